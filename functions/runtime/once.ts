import { holdsLease } from '../ledger/leases.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Queryable } from '../ledger/queryable.ts';
import { lockRun, moveTableRun, readTableRun, type TableRun, type TableRunState, isOver } from '../ledger/runs.ts';
import { CLAIM_SECONDS, claimTask, completeTask, releaseTask, renewClaim, type TaskKey } from '../ledger/tasks.ts';
import { failureOf, TerminalError, TransientError } from './errors.ts';

/** What a piece of work ends in: its result, kept for redeliveries, and what must be committed together with it. */
export interface Outcome<R> {
  readonly result: R;
  commit?(tx: Queryable): Promise<void>;
}

/**
 * Does a piece of work once, however often its message is delivered: claims it by compare-and-set, does it, and commits
 * its outcome in one ledger transaction. Finished work answers its stored result. A claim that was lost meanwhile
 * commits nothing, and `signal` tells the work so.
 *
 * A redelivered message gets its result back as JSON made it, so results are plain data.
 * @throws TransientError CLAIMED_ELSEWHERE while another delivery is at it, or took over
 */
export async function once<R>(
  ledger: Ledger,
  key: TaskKey,
  work: (signal: AbortSignal) => Promise<Outcome<R>>,
): Promise<R> {
  const claim = await claimTask(ledger, key);
  if (claim.state === 'done') return claim.result as R;
  if (claim.state === 'busy') throw claimedElsewhere(key);
  const lost = new AbortController();
  const heartbeat = setInterval(
    () => {
      renewClaim(ledger, key, claim.token).then(
        (kept) => {
          if (!kept) lost.abort(claimedElsewhere(key));
        },
        () => undefined, // A ledger that does not answer now is asked again at the commit.
      );
    },
    (CLAIM_SECONDS * 1000) / 3,
  );
  try {
    const outcome = await work(lost.signal);
    await ledger.transaction(async (tx) => {
      await lockRun(tx, key.runId);
      if (!(await completeTask(tx, key, claim.token, outcome.result))) throw claimedElsewhere(key);
      await outcome.commit?.(tx);
    });
    return outcome.result;
  } catch (error) {
    // If this cannot be written either, the claim runs out by itself.
    await releaseTask(ledger, key, claim.token, failureOf(error)).catch(() => undefined);
    throw error;
  } finally {
    clearInterval(heartbeat);
  }
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
  work: (run: TableRun, signal: AbortSignal) => Promise<TableOutcome<R>>,
): Promise<R | undefined> {
  const run = await readTableRun(ledger, key.runId, key.table);
  if (!run) {
    const message = `the ledger has no table run ${key.runId} / ${key.table}, which a message for ${key.stage} names`;
    throw new TerminalError('STATE_UNEXPECTED', message);
  }
  if (isOver(run.state)) return undefined;
  return await once(ledger, key, async (signal) => {
    if (!expected.includes(run.state)) throw unexpectedState(key, run.state, expected);
    const outcome = await work(run, signal);
    return {
      result: outcome.result,
      async commit(tx) {
        if (!(await holdsLease(tx, key))) {
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

function claimedElsewhere({ runId, table, stage, slice }: TaskKey): TransientError {
  return new TransientError('CLAIMED_ELSEWHERE', `another call is at ${stage} ${slice} of ${runId} / ${table}`);
}
