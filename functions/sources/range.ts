import pg from 'pg';
import type { SliceBounds } from '../ledger/slices.ts';
import { quote, quoteTable } from './postgres.ts';

/** What of a table a run reads: the rows at or after the cursor. */
export interface TableRange {
  readonly table: string;
  readonly key: readonly string[];
  readonly cursor: string;
  /** A timestamptz as Postgres prints it; `-infinity` reads everything. */
  readonly from: string;
}

/** The condition that selects a slice's rows, in SQL with its values in it: COPY takes no parameters. */
export function sliceCondition(range: TableRange, bounds: SliceBounds): string {
  const conditions = [`${quote(range.cursor)} >= ${pg.escapeLiteral(range.from)}`];
  if ('fromBlock' in bounds) {
    conditions.push(`ctid >= '(${bounds.fromBlock},0)'`);
    if (bounds.toBlock !== undefined) conditions.push(`ctid < '(${bounds.toBlock},0)'`);
  } else if ('since' in bounds) {
    conditions.push(writtenSince(bounds.since));
  } else {
    const key = quote(range.key[0] ?? '');
    if (bounds.from !== undefined) conditions.push(`${key} >= ${pg.escapeLiteral(bounds.from)}`);
    if (bounds.to !== undefined) conditions.push(`${key} < ${pg.escapeLiteral(bounds.to)}`);
  }
  return conditions.join(' and ');
}

/** The rows of a slice, as a query without parameters. */
export function sliceQuery(selectList: string, range: TableRange, bounds: SliceBounds): string {
  return `select ${selectList} from ${quoteTable(range.table)} where ${sliceCondition(range, bounds)}`;
}

/**
 * Row versions whose transaction is this one or later. Ids in rows have 32 bits and wrap around, so they are compared by
 * their distance; of a version that is older than two thousand million transactions this may say yes, and a row that is
 * read twice is merged once. https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-WRAPAROUND
 */
function writtenSince(id: string): string {
  if (!/^\d+$/.test(id)) throw new TypeError(`"${id}" is no transaction id`);
  return `(xmin::text::bigint - ${BigInt(id) % 2n ** 32n} + 4294967296) % 4294967296 < 2147483648`;
}
