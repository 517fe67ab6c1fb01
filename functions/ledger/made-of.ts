import type { Queryable } from './queryable.ts';

type TableRunKey = { readonly runId: string; readonly table: string };

/** The load job of a table run, and the contract that its staging table was made by (`fingerprint.ts`). */
export async function recordLoad(
  db: Queryable,
  { runId, table }: TableRunKey,
  { jobId, contract }: { readonly jobId: string; readonly contract: string },
): Promise<void> {
  await db.query('update table_run set load_job = $3, contract = $4 where run_id = $1 and table_name = $2', [
    runId,
    table,
    jobId,
    contract,
  ]);
}

/** The merge job of a table run, and the bytes that are on its bill. */
export async function recordMerge(
  db: Queryable,
  { runId, table }: TableRunKey,
  { jobId, bytesBilled }: { readonly jobId: string; readonly bytesBilled: number },
): Promise<void> {
  await db.query('update table_run set merge_job = $3, bytes_billed = $4 where run_id = $1 and table_name = $2', [
    runId,
    table,
    jobId,
    bytesBilled,
  ]);
}
