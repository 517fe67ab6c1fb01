import pg from 'pg';
import type { Cursor } from '../../pipelines/model/cursor.ts';
import { describeError, TerminalError } from '../runtime/errors.ts';
import { quote, quoteTable } from './postgres.ts';
import { cursorExpression } from './range.ts';

/** Oids of pg_type: https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat */
const TIMESTAMPTZ = 1184;
const TIMESTAMP = 1114;
const INTEGERS: readonly number[] = [20, 21, 23];

/** SQLSTATE classes that say that what was asked is wrong, and not that the server has other troubles. */
const REFUSALS: readonly string[] = ['22', '42', '0A'];

/**
 * Refuses a cursor that the table cannot have, before a row is read.
 * @throws TerminalError SOURCE_REFUSED with Postgres' own message, or what is wrong with the type
 */
export async function checkCursor(client: pg.Client, table: string, cursor: Cursor): Promise<void> {
  if (cursor.kind === 'column' || cursor.kind === 'expression') await checkTime(client, table, cursor);
  if (cursor.kind === 'integers') await checkIntegers(client, table, cursor.columns);
  if (cursor.kind === 'xmin' || cursor.kind === 'integers') await checkVersions(client, table, cursor);
}

type TimeCursor = Extract<Cursor, { readonly lag: number }>;

/**
 * An expression goes into SQL as it is written, so it has to be one expression and nothing more. Text that closes a
 * parenthesis of ours and goes on behind it cannot be right inside parentheses and inside brackets as well; text with a
 * comma gives a record, which is no timestamp.
 */
async function checkTime(client: pg.Client, table: string, cursor: TimeCursor): Promise<void> {
  const name = cursor.kind === 'column' ? cursor.column : cursor.expression;
  const by = cursorExpression(cursor);
  const bare = cursor.kind === 'column' ? by : cursor.expression;
  const sql = `select ${by} as alone, array[\n${bare}\n] as listed from ${quoteTable(table)} where ${by} is null`;
  const type = (await tryOut(client, table, name, sql))[0];
  if (type === TIMESTAMPTZ || (type === TIMESTAMP && cursor.lag > 0)) return;
  const wrong =
    type === TIMESTAMP
      ? "it has no time zone, so now() is the wall clock of whoever writes, and west of UTC that is behind; declare a lag that covers all writers (12h covers every zone), or, when all write in one zone, the expression <column> AT TIME ZONE '<zone>'"
      : 'it is no timestamp; docs/cursors.md says what a table without one may have';
  throw refusal(table, name, wrong);
}

async function checkIntegers(client: pg.Client, table: string, columns: readonly string[]): Promise<void> {
  for (const column of columns) {
    const sql = `select ${quote(column)} from ${quoteTable(table)}`;
    const [type = 0] = await tryOut(client, table, column, sql);
    if (!INTEGERS.includes(type)) throw refusal(table, column, 'it is no smallint, integer or bigint');
  }
}

/** Only what a transaction of this database has written carries its id: no view, and no table of another server. */
async function checkVersions(client: pg.Client, table: string, { kind }: Cursor): Promise<void> {
  const { rows } = await client.query<{ plain: string }>(
    `select (relkind in ('r', 'p', 'm'))::text as plain from pg_class where oid = $1::regclass`,
    [quoteTable(table)],
  );
  if (rows[0]?.plain !== 'true') {
    throw refusal(table, kind, 'it needs xmin, and only tables have that; name the table itself, or a timestamp');
  }
  await tryOut(client, table, kind, `select xmin from ${quoteTable(table)}`);
}

/** @returns the types of its columns, by oid */
async function tryOut(client: pg.Client, table: string, name: string, sql: string): Promise<number[]> {
  try {
    // Without rows. A statement with a parameter is one statement: the protocol takes no more.
    const { fields } = await client.query(`${sql} limit $1`, ['0']);
    return fields.map(({ dataTypeID }) => dataTypeID);
  } catch (error) {
    const state = error instanceof pg.DatabaseError ? (error.code ?? '') : '';
    if (!REFUSALS.includes(state.slice(0, 2))) throw error;
    throw refusal(table, name, `${describeError(error)} (SQLSTATE ${state})`);
  }
}

function refusal(table: string, name: string, why: string): TerminalError {
  return new TerminalError('SOURCE_REFUSED', `the cursor ${JSON.stringify(name)} of table public.${table}: ${why}`);
}
