import type { Queryable } from './queryable.ts';

/**
 * Runs of the table that held it before this one, had reached the merge, and did not end it: since the last run that did,
 * for that one has asked the same.
 */
export async function failedWhileMerging(
  db: Queryable,
  { runId, table }: { readonly runId: string; readonly table: string },
): Promise<string[]> {
  const { rows } = await db.query<{ run_id: string }>(
    `with mine as (select pipeline, table_name, fence from table_run where run_id = $1 and table_name = $2),
          same as (select t.* from table_run t join mine using (pipeline, table_name) where t.fence < mine.fence),
          merged as (select max(fence) as fence from same where state = 'succeeded')
     select run_id from same cross join merged
      where state = 'failed' and same.fence > coalesce(merged.fence, 0) and exists (
        select from task where task.run_id = same.run_id and task.table_name = same.table_name
           and stage = 'audit' and task.state = 'done')
      order by same.fence`,
    [runId, table],
  );
  return rows.map((row) => row.run_id);
}
