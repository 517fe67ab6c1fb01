import type { Queryable } from './queryable.ts';

/** A run of the same table that may have left its staging table. */
export interface EarlierRun {
  readonly runId: string;
  /** It reached its merge and did not end it: it may have a call that does not know yet that it is over. */
  readonly mayMerge: boolean;
}

/**
 * The last run of the table that merged, and those since then that had the table and failed. What was before them, they
 * have seen to themselves.
 */
export async function earlierRuns(
  db: Queryable,
  { runId, table }: { readonly runId: string; readonly table: string },
): Promise<EarlierRun[]> {
  const { rows } = await db.query<{ run_id: string; may_merge: boolean }>(
    `with mine as (select pipeline, table_name, fence from table_run where run_id = $1 and table_name = $2),
          same as (select t.* from table_run t join mine using (pipeline, table_name) where t.fence < mine.fence),
          merged as (select max(fence) as fence from same where state = 'succeeded')
     select run_id, state = 'failed' and exists (
              select from task where task.run_id = same.run_id and task.table_name = same.table_name
                 and stage = 'audit' and task.state = 'done') as may_merge
       from same cross join merged
      where same.fence = merged.fence or (state = 'failed' and same.fence > coalesce(merged.fence, 0))
      order by same.fence`,
    [runId, table],
  );
  return rows.map((row) => ({ runId: row.run_id, mayMerge: row.may_merge }));
}
