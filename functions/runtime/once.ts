import { keepLease } from '../ledger/leases.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Queryable } from '../ledger/queryable.ts';
import { lockRun, moveTableRun, readTableRun, type TableRun, type TableRunState, isOver } from '../ledger/runs.ts';
import { CLAIM_SECONDS, claimTask, completeTask, releaseTask, renewClaim, type TaskKey } from '../ledger/tasks.ts';
import { DELIVERY } from '../../pipelines/model/retries.ts';
import { failureOf, TerminalError, TransientError } from './errors.ts';

/** A heartbeat may be missed. */
const BEAT_SECONDS = CLAIM_SECONDS / 3;

/** What a piece of work ends in: its result, kept for redeliveries, and what must be committed together with it. */
export interface Outcome<R> {
  readonly result: R;
  commit?(tx: Queryable): Promise<void>;
}

/** A claim, for as long as it is held. */
export interface Held {
  /** Aborts when the claim is lost, and when the call has been at it for longer than a function may run. */
  readonly signal: AbortSignal;
  /**
   * Resolves when the claim is still ours. Whoever takes it over writes after this, so that a generation which was read
   * before is not theirs. @throws TransientError CLAIMED_ELSEWHERE; what the ledger says when it cannot be asked
   */
  readonly prove: () => Promise<void>;
}

/**
 * Does a piece of work once, however often its message is delivered: claims it by compare-and-set, does it, and commits
 * its outcome in one ledger transaction. Finished work answers its stored result. A claim that was lost meanwhile
 * commits nothing, and `held` tells the work so; what failed then is nobody's failure.
 *
 * A redelivered message gets its result back as JSON made it, so results are plain data.
 * @throws TransientError CLAIMED_ELSEWHERE while another delivery is at it, or took over
 */
export async function once<R>(ledger: Ledger, key: TaskKey, work: (held: Held) => Promise<Outcome<R>>): Promise<R> {
  const claim = await claimTask(ledger, key);
  if (claim.state === 'done') return claim.result as R;
  if (claim.state === 'busy') throw claimedElsewhere(key);
  const lost = new AbortController();
  const stop = keepClaim(ledger, key, claim.token, lost);
  const prove = async (): Promise<void> => {
    if (!(await renewClaim(ledger, key, claim.token))) throw claimedElsewhere(key);
  };
  try {
    const outcome = await work({ signal: lost.signal, prove });
    await ledger.transaction(async (tx) => {
      await lockRun(tx, key.runId);
      if (!(await completeTask(tx, key, claim.token, outcome.result))) throw claimedElsewhere(key);
      await outcome.commit?.(tx);
    });
    return outcome.result;
  } catch (error) {
    // If this cannot be written either, the claim runs out by itself.
    const ours = await releaseTask(ledger, key, claim.token, failureOf(error)).catch(() => true);
    throw ours ? error : claimedElsewhere(key, error);
  } finally {
    stop();
  }
}

/**
 * Beats until the claim is lost, or until nobody should be at it any more: work that hangs, on a connection whose other
 * end is gone, would keep its table for ever. @returns what ends it
 */
function keepClaim(ledger: Ledger, key: TaskKey, token: string, lost: AbortController): () => void {
  let beats = 0;
  const stop = (): void => {
    clearInterval(heartbeat);
  };
  const giveUp = (reason: TransientError): void => {
    stop();
    lost.abort(reason);
  };
  const heartbeat = setInterval(() => {
    beats += 1;
    if (beats * BEAT_SECONDS > DELIVERY.timeoutSeconds) {
      giveUp(
        new TransientError('SERVICE_UNAVAILABLE', `${describe(key)} took longer than ${DELIVERY.timeoutSeconds} s`),
      );
      return;
    }
    renewClaim(ledger, key, token).then(
      (kept) => {
        if (!kept) giveUp(claimedElsewhere(key));
      },
      () => undefined, // A ledger that does not answer now is asked again at the commit.
    );
  }, BEAT_SECONDS * 1000);
  return stop;
}

/** The same for a stage of a table run; `commit` says which state the table run is in from then on, if that changes. */
export interface TableOutcome<R> {
  readonly result: R;
  commit(tx: Queryable): Promise<TableRunState | undefined>;
}

/**
 * `once`, for a stage of a table run: only in the state that the stage expects, and only while the run holds its table.
 * @returns undefined when the table run is over, and there is nothing left to do
 */
export async function onceForTable<R>(
  ledger: Ledger,
  key: TaskKey,
  expected: readonly TableRunState[],
  work: (run: TableRun, held: Held) => Promise<TableOutcome<R>>,
): Promise<R | undefined> {
  const run = await readTableRun(ledger, key.runId, key.table);
  if (!run) {
    const message = `the ledger has no table run ${key.runId} / ${key.table}, which a message for ${key.stage} names`;
    throw new TerminalError('STATE_UNEXPECTED', message);
  }
  if (isOver(run.state)) return undefined;
  return await once(ledger, key, async (held) => {
    if (!expected.includes(run.state)) throw unexpectedState(key, run.state, expected);
    const outcome = await work(run, held);
    return {
      result: outcome.result,
      async commit(tx) {
        if (!(await keepLease(tx, key))) {
          throw new TerminalError(
            'LEASE_LOST',
            `${key.runId} no longer holds ${run.pipeline}/${key.table}; nothing was committed`,
          );
        }
        const next = await outcome.commit(tx);
        if (next && !(await moveTableRun(tx, run, expected, next)))
          throw unexpectedState(key, 'another state', expected);
      },
    };
  });
}

function unexpectedState({ runId, table, stage }: TaskKey, state: string, expected: readonly string[]): TerminalError {
  const message = `table run ${runId} / ${table} is in ${state}; ${stage} expects ${expected.join(' or ')}`;
  return new TerminalError('STATE_UNEXPECTED', message);
}

function claimedElsewhere(key: TaskKey, cause?: unknown): TransientError {
  return new TransientError('CLAIMED_ELSEWHERE', `another call is at ${describe(key)}`, { cause });
}

function describe({ runId, table, stage, slice }: TaskKey): string {
  return `${stage} ${slice} of ${runId} / ${table}`;
}
