import type { Queryable } from './queryable.ts';

export async function readCursor(db: Queryable, pipeline: string, table: string): Promise<string | undefined> {
  const { rows } = await db.query<{ value: string }>(
    'select value from cursor where pipeline = $1 and table_name = $2',
    [pipeline, table],
  );
  return rows[0]?.value;
}

/** Moves a table's cursor to where its table run says. Only ever in the transaction that ends that table run. */
export async function moveCursor(tx: Queryable, runId: string, table: string): Promise<void> {
  await tx.query(
    `insert into cursor (pipeline, table_name, value, run_id)
     select pipeline, table_name, cursor_to, run_id from table_run where run_id = $1 and table_name = $2
     on conflict (pipeline, table_name) do update set value = excluded.value, run_id = excluded.run_id`,
    [runId, table],
  );
}
