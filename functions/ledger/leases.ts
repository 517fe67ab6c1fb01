import type { ErrorCode } from '../runtime/errors.ts';
import type { Queryable } from './queryable.ts';

/**
 * How long a table stays leased after its run last showed life. Far longer than a function may run (540 s), so that a
 * call which outlives its lease cannot exist; far shorter than a day, so that a vanished run does not block the next.
 */
export const LEASE_SECONDS = 1800;

const LOST: ErrorCode = 'LEASE_LOST';

/** `overtook` is the run whose table run was failed for it. */
export type Acquired = { readonly fence: string; readonly overtook?: string } | { readonly heldBy: string };

/**
 * Takes a table for a run, under a new fence. A run that holds the table already keeps its fence; a lease that ran out
 * is taken over, and its run can no longer commit. In the caller's transaction.
 */
export async function acquireLease(
  tx: Queryable,
  { pipeline, table, runId }: { pipeline: string; table: string; runId: string },
): Promise<Acquired> {
  const lease = await lockLease(tx, { pipeline, table });
  const heldBy = lease && holderOf(lease, runId);
  if (heldBy !== undefined) return { heldBy };
  if (lease?.run_id === runId) return { fence: lease.fence };
  const taken = await tx.query<{ fence: string }>(
    `update lease set fence = fence + 1, run_id = $3, expires_at = clock_timestamp() + make_interval(secs => $4)
      where pipeline = $1 and table_name = $2 returning fence`,
    [pipeline, table, runId, LEASE_SECONDS],
  );
  const overtook = lease?.run_id && (await failOvertaken(tx, lease.run_id, table, runId)) ? lease.run_id : undefined;
  const fence = taken.rows[0]?.fence ?? '';
  await tx.query(
    `update table_run set fence = $3, started_at = clock_timestamp() where run_id = $1 and table_name = $2`,
    [runId, table, fence],
  );
  return { fence, ...(overtook === undefined ? {} : { overtook }) };
}

/** True when `acquireLease` would give this run a table that it does not hold yet. Locks the lease, as that does. */
export async function mayTake(
  tx: Queryable,
  { pipeline, table, runId }: { pipeline: string; table: string; runId: string },
): Promise<boolean> {
  const lease = await lockLease(tx, { pipeline, table });
  return lease?.run_id !== runId && (lease === undefined || holderOf(lease, runId) === undefined);
}

interface Lease {
  readonly fence: string;
  readonly run_id: string | null;
  readonly expired: boolean | null;
}

async function lockLease(
  tx: Queryable,
  { pipeline, table }: { pipeline: string; table: string },
): Promise<Lease | undefined> {
  await tx.query('insert into lease (pipeline, table_name) values ($1, $2) on conflict do nothing', [pipeline, table]);
  const { rows } = await tx.query<Lease>(
    `select fence, run_id, expires_at < clock_timestamp() as expired from lease
      where pipeline = $1 and table_name = $2 for update`,
    [pipeline, table],
  );
  return rows[0];
}

/** The other run that keeps this one out. */
function holderOf(lease: Lease, runId: string): string | undefined {
  return lease.run_id !== null && lease.run_id !== runId && lease.expired !== true ? lease.run_id : undefined;
}

/**
 * True while the table run still holds its table, which it keeps for as long again: a commit is a sign of life. Locks the
 * lease, so that the answer is true at the commit as well.
 */
export async function keepLease(tx: Queryable, key: { runId: string; table: string }): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update lease set expires_at = clock_timestamp() + make_interval(secs => $3) from table_run
      where table_run.run_id = $1 and table_run.table_name = $2 and lease.table_name = $2
        and lease.pipeline = table_run.pipeline and lease.run_id = $1 and lease.fence = table_run.fence`,
    [key.runId, key.table, LEASE_SECONDS],
  );
  return rowCount === 1;
}

async function failOvertaken(tx: Queryable, runId: string, table: string, by: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update table_run set state = 'failed', reason = $3, finished_at = clock_timestamp(),
            error_class = 'terminal', error_code = $4, error_text = $3
      where run_id = $1 and table_name = $2 and state not in ('succeeded', 'failed', 'skipped')`,
    [runId, table, `showed no life for ${LEASE_SECONDS} s; ${by} took the table over`, LOST],
  );
  await tx.query(
    `update run set state = 'failed', reason = $2, finished_at = clock_timestamp(),
            error_class = 'terminal', error_code = $3
      where run_id = $1 and state = 'running' and not exists
        (select 1 from table_run where run_id = $1 and state not in ('succeeded', 'failed', 'skipped'))`,
    [runId, `table ${table} showed no life; ${by} took it over`, LOST],
  );
  return rowCount === 1;
}
