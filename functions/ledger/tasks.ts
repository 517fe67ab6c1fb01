import { randomUUID } from 'node:crypto';
import type { Stage } from '../../pipelines/model/names.ts';
import type { Failure } from '../runtime/errors.ts';
import { LEASE_SECONDS } from './leases.ts';
import type { Queryable } from './queryable.ts';

/** One call of a function that must have its effect once. `table` is '' for work of a run as a whole. */
export interface TaskKey {
  readonly runId: string;
  readonly table: string;
  readonly stage: Stage;
  readonly slice: number;
}

/** How long a claim lasts without a heartbeat: after a crash, the next delivery waits no longer than this. */
export const CLAIM_SECONDS = 30;

export type Claim =
  | { readonly state: 'claimed'; readonly token: string }
  | { readonly state: 'done'; readonly result: unknown }
  | { readonly state: 'busy' };

const values = ({ runId, table, stage, slice }: TaskKey): unknown[] => [runId, table, stage, slice];
const WHERE = 'run_id = $1 and table_name = $2 and stage = $3 and slice = $4';

/** The table's lease begins anew: whose calls are short would lose it otherwise, for they end before their first heartbeat. */
const leaseKept = (from: string): string =>
  `update lease set expires_at = clock_timestamp() + make_interval(secs => $7)
    where run_id = $1 and table_name = $2 and exists (select from ${from})`;

/**
 * Claims a task unless it is done or somebody with a live claim is at it. Compare-and-set in one statement, which keeps
 * the table's lease as well.
 */
export async function claimTask(db: Queryable, key: TaskKey): Promise<Claim> {
  const token = randomUUID();
  const claimed = await db.query(
    `with claimed as (
       insert into task (run_id, table_name, stage, slice, state, token, claimed_until)
       values ($1, $2, $3, $4, 'claimed', $5, clock_timestamp() + make_interval(secs => $6))
       on conflict (run_id, table_name, stage, slice) do update
          set token = excluded.token, claimed_until = excluded.claimed_until, attempts = task.attempts + 1
        where task.state = 'claimed' and task.claimed_until < clock_timestamp() returning 1),
     leased as (${leaseKept('claimed')})
     select 1 from claimed`,
    [...values(key), token, CLAIM_SECONDS, LEASE_SECONDS],
  );
  if (claimed.rowCount === 1) return { state: 'claimed', token };
  const { rows } = await db.query<{ state: string; result: unknown }>(
    `select state, result from task where ${WHERE}`,
    values(key),
  );
  return rows[0]?.state === 'done' ? { state: 'done', result: rows[0].result } : { state: 'busy' };
}

/** Keeps the claim, and the table's lease with it; false when the claim is somebody else's by now. */
export async function renewClaim(db: Queryable, key: TaskKey, token: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `with renewed as (
       update task set claimed_until = clock_timestamp() + make_interval(secs => $6)
        where ${WHERE} and state = 'claimed' and token = $5 returning 1),
     leased as (${leaseKept('renewed')})
     select 1 from renewed`,
    [...values(key), token, CLAIM_SECONDS, LEASE_SECONDS],
  );
  return rowCount === 1;
}

/** Marks a claimed task done; false when the claim was lost, and then the caller's transaction must not commit. */
export async function completeTask(tx: Queryable, key: TaskKey, token: string, result: unknown): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update task set state = 'done', result = $6, error = null, error_class = null, error_code = null
      where ${WHERE} and state = 'claimed' and token = $5`,
    [...values(key), token, JSON.stringify(result ?? null)],
  );
  return rowCount === 1;
}

/** Gives a claim back after an error, so that the next delivery may try at once; false when the claim was lost. */
export async function releaseTask(db: Queryable, key: TaskKey, token: string, failure: Failure): Promise<boolean> {
  const { rowCount } = await db.query(
    `update task set claimed_until = clock_timestamp() - interval '1 second', error = $6, error_class = $7, error_code = $8
      where ${WHERE} and state = 'claimed' and token = $5`,
    [...values(key), token, failure.text, failure.errorClass, failure.code],
  );
  return rowCount === 1;
}

/** The newest error of a table's work, or of a run's own where `table` is ''. */
export async function lastError(db: Queryable, runId: string, table: string): Promise<string | undefined> {
  const { rows } = await db.query<{ error: string }>(
    `select error from task where run_id = $1 and table_name = $2 and error is not null order by claimed_until desc limit 1`,
    [runId, table],
  );
  return rows[0]?.error;
}
