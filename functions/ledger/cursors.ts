import type { Queryable } from './queryable.ts';

export interface Cursor {
  readonly value: string;
  /** When the final table was created that has everything before the cursor; undefined when that was not written down. */
  readonly target: string | undefined;
}

export async function readCursor(db: Queryable, pipeline: string, table: string): Promise<Cursor | undefined> {
  const { rows } = await db.query<{ value: string; target: string | null }>(
    'select value, target from cursor where pipeline = $1 and table_name = $2',
    [pipeline, table],
  );
  return rows[0] && { value: rows[0].value, target: rows[0].target ?? undefined };
}

/** Moves a table's cursor to where its table run says. Only ever in the transaction that ends that table run. */
export async function moveCursor(tx: Queryable, runId: string, table: string): Promise<void> {
  await tx.query(
    `insert into cursor (pipeline, table_name, value, run_id, target)
     select pipeline, table_name, cursor_to, run_id, target from table_run where run_id = $1 and table_name = $2
     on conflict (pipeline, table_name) do update set value = excluded.value, run_id = excluded.run_id, target = excluded.target`,
    [runId, table],
  );
}
