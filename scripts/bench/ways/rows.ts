import type pg from 'pg';
import Cursor from 'pg-cursor';

export type Row = Record<string, unknown>;

/** Rows to a read of the cursor. */
const BATCH = 1000;

/** Row objects as pg makes them, some at a time: what a program without a transcoder reads. */
export async function* readRows(client: pg.Client, query: string): AsyncGenerator<Row[], void, undefined> {
  const cursor = client.query(new Cursor<Row>(query));
  for (let rows = await cursor.read(BATCH); rows.length > 0; rows = await cursor.read(BATCH)) yield rows;
}
