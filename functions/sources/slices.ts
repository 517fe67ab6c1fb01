import type pg from 'pg';
import Cursor from 'pg-cursor';
import type { TextRow } from '../avro/row.ts';
import type { SliceBounds } from '../ledger/slices.ts';
import type { Contract } from '../../schemas/contract.ts';
import { selectList } from './columns.ts';
import { quote, quoteTable } from './postgres.ts';

/** What of a table a run reads: the rows at or after the cursor, cut by key. */
export interface TableRange {
  readonly table: string;
  readonly key: readonly string[];
  readonly cursor: string;
  /** A timestamptz as Postgres prints it; `-infinity` reads everything. */
  readonly from: string;
}

/**
 * Rows fetched and handed on at once. It bounds the memory of a slice together with the block of the encoder, and is the
 * unit of everything asynchronous: a promise per row costs more than the row, above all in a function, where the
 * functions framework follows every promise.
 */
const BATCH_ROWS = 1000;

/**
 * Cuts a range into slices of at most `rows` rows each, by the values of a one-column key; a table with a longer key is
 * one slice. The slices together cover every key there can be, so a row that is inserted meanwhile is in one of them.
 */
export async function planSlices(client: pg.Client, range: TableRange, rows: number): Promise<SliceBounds[]> {
  const [column, ...others] = range.key;
  if (column === undefined || others.length > 0) return [{}];
  const { rows: borders } = await client.query<[string]>({
    text: `select border from (
             select ${quote(column)}::text as border, row_number() over (order by ${quote(column)}) as n
               from ${quoteTable(range.table)} where ${quote(range.cursor)} >= $1) numbered
            where n > 1 and n % $2 = 1 % $2 order by n`,
    values: [range.from, rows],
    rowMode: 'array',
  });
  const keys = borders.map(([border]) => border);
  return [undefined, ...keys].map((from, index) => {
    const to = keys[index];
    return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  });
}

/**
 * Reads one slice in one snapshot. Whatever its snapshot is, it is later than the cursor's bound, so that a row which
 * it cannot see yet is met by the next run.
 * @returns batches of rows
 */
export async function* readSlice(
  client: pg.Client,
  contract: Contract,
  range: TableRange,
  bounds: SliceBounds,
): AsyncGenerator<readonly TextRow[], void, undefined> {
  const conditions = [`${quote(range.cursor)} >= $1`];
  const values: string[] = [range.from];
  const key = quote(range.key[0] ?? '');
  if (bounds.from !== undefined) conditions.push(`${key} >= $${values.push(bounds.from)}`);
  if (bounds.to !== undefined) conditions.push(`${key} < $${values.push(bounds.to)}`);
  const sql = `select ${selectList(contract)} from ${quoteTable(range.table)} where ${conditions.join(' and ')}`;

  await client.query('begin isolation level repeatable read read only');
  const cursor = client.query(new Cursor<TextRow>(sql, values, { rowMode: 'array' }));
  for (let rows = await cursor.read(BATCH_ROWS); rows.length > 0; rows = await cursor.read(BATCH_ROWS)) yield rows;
  await cursor.close();
  await client.query('commit');
}
