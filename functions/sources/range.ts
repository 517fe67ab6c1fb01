import pg from 'pg';
import type { CursorSpec } from '../../pipelines/model/cursor.ts';
import type { SliceBounds } from '../ledger/slices.ts';
import { BEGINNING, parsePosition, type Position } from './position.ts';
import { quote, quoteTable } from './postgres.ts';

/** What of a table a run reads: what the cursor says is new. */
export interface TableRange {
  readonly table: string;
  readonly key: readonly string[];
  readonly cursor: CursorSpec;
  /** A position as the ledger keeps it; `-infinity` reads everything. */
  readonly from: string;
}

/** The condition that selects a slice's rows, in SQL with its values in it: COPY takes no parameters. */
export function sliceCondition(range: TableRange, bounds: SliceBounds): string {
  return [newRows(range), ...boundConditions(range, bounds)].join(' and ');
}

/** The rows of a slice, as a query without parameters. */
export function sliceQuery(selectList: string, range: TableRange, bounds: SliceBounds): string {
  return `select ${selectList} from ${quoteTable(range.table)} where ${sliceCondition(range, bounds)}`;
}

function boundConditions(range: TableRange, bounds: SliceBounds): string[] {
  if ('since' in bounds) return [writtenSince(bounds.since)];
  if ('fromBlock' in bounds) {
    const { fromBlock, toBlock } = bounds;
    return [`ctid >= '(${fromBlock},0)'`, ...(toBlock === undefined ? [] : [`ctid < '(${toBlock},0)'`])];
  }
  const key = quote(range.key[0] ?? '');
  const { from, to } = bounds;
  const above = from === undefined ? [] : [`${key} >= ${pg.escapeLiteral(from)}`];
  if (to === undefined) return above;
  // The contract refuses a key that is null, but first somebody has to read the row: the first slice does.
  const below = `${key} < ${pg.escapeLiteral(to)}`;
  return [...above, from === undefined ? `(${below} or ${key} is null)` : below];
}

function newRows({ cursor, from }: TableRange): string {
  if (from === BEGINNING) return 'true';
  const position = parsePosition(from, cursor);
  if (!position) throw new TypeError(`${from} is no position of a cursor`);
  return conditionOf(position);
}

/** A time that is null is before and after nothing, so such rows are read every time. */
function conditionOf(position: Position): string {
  switch (position.kind) {
    case 'column':
    case 'expression': {
      const { at, lag } = position;
      const by = cursorExpression(position);
      const from =
        lag === 0 ? pg.escapeLiteral(at) : `${pg.escapeLiteral(at)}::timestamptz - interval '${lag} seconds'`;
      return `(${by} >= ${from} or ${by} is null)`;
    }
    case 'integers': {
      const columns = position.columns.map(quote).join(', ');
      const values = position.above.map((value) => pg.escapeLiteral(value)).join(', ');
      const above = position.above.length === 0 ? [] : [`(${columns}) > (${values})`];
      return `(${[...above, writtenSince(position.since)].join(' or ')})`;
    }
    case 'xmin':
      return writtenSince(position.since);
    case 'full':
      return 'true';
  }
}

/** A column, or what a pipeline declares instead; the lines of its own keep a comment in it from reaching further. */
export function cursorExpression(
  cursor:
    { readonly kind: 'column'; readonly column: string } | { readonly kind: 'expression'; readonly expression: string },
): string {
  return cursor.kind === 'column' ? quote(cursor.column) : `(\n${cursor.expression}\n)`;
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
