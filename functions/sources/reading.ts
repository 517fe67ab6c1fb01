import type pg from 'pg';
import { type Cursor, resolveCursor } from '../../pipelines/model/cursor.ts';
import type { TableSpec } from '../../pipelines/model/pipeline.ts';
import type { Contract } from '../../schemas/contract.ts';
import type { SliceBounds } from '../ledger/slices.ts';
import { checkCursor } from './cursor-check.ts';
import { isClockBehind, nextCursor } from './cursor.ts';
import { planSource } from './plan.ts';
import { BEGINNING, isTakenBy, parsePosition, type Position, printPosition } from './position.ts';
import { quote, quoteTable } from './postgres.ts';
import { planSlices } from './slices.ts';
import { readMoment, whyUnknown } from './transactions.ts';

/** What a run of a table reads, and where the run after it begins. */
export interface PlannedReading {
  readonly cursorFrom: string;
  readonly cursorTo: string;
  readonly slices: readonly SliceBounds[];
  /** For the log: what is read although it was read before, and what the next run may miss. */
  readonly warnings: readonly string[];
}

type TimeCursor = Extract<Cursor, { readonly lag: number }>;

/**
 * Decides what a run reads. The order is what loses nothing: first the bound at which the next run begins, then the
 * slices are cut, then each is read in a snapshot of its own. Every snapshot is later than the bound, and a row below the
 * bound was committed before it, so every slice sees it; the slices cover all keys and blocks that there can be, so one
 * of them has it. What is committed between these moments, or written while slices are read, is not below the bound: it
 * is read by the next run, whether or not a slice has met it already.
 * @param stored where the last run ended, as the ledger has it, or BEGINNING
 * @throws TerminalError SOURCE_CONTRACT_MISMATCH | SOURCE_REFUSED before a row is read, and whatever pg says
 */
export async function planReading(
  client: pg.Client,
  spec: Pick<TableSpec, 'source' | 'key' | 'cursor' | 'slice'>,
  contract: Contract,
  stored: string,
): Promise<PlannedReading> {
  const cursor = resolveCursor(spec.cursor);
  // What cannot be read is refused here, once, and not by every slice.
  await planSource(client, contract, spec.source);
  await checkCursor(client, spec.source, cursor);
  const known = stored === BEGINNING ? undefined : parsePosition(stored, spec.cursor);
  const isSame = known !== undefined && isTakenBy(known, cursor);
  const position = isSame ? known : undefined;
  const bounds = await takeBounds(client, spec.source, cursor, position);

  const again = stored === BEGINNING || isSame ? bounds.again : `the cursor is another one than ${stored}`;
  const warnings = [
    ...(again === undefined ? [] : [`${again}: everything is read again`]),
    ...(bounds.warning === undefined ? [] : [bounds.warning]),
  ];
  const from = again === undefined ? bounds.from : undefined;
  const cursorFrom = from ? printPosition(from) : BEGINNING;
  const range = { table: spec.source, key: spec.key, cursor: spec.cursor, from: cursorFrom };
  const slices = await planSlices(client, range, spec.slice);
  return { cursorFrom, cursorTo: printPosition(bounds.to), slices, warnings };
}

/** Both ends of what a run reads; `again` says why it reads everything although there was a position. */
interface Bounds {
  readonly from?: Position | undefined;
  readonly to: Position;
  readonly again?: string | undefined;
  readonly warning?: string | undefined;
}

async function takeBounds(
  client: pg.Client,
  table: string,
  cursor: Cursor,
  position: Position | undefined,
): Promise<Bounds> {
  switch (cursor.kind) {
    case 'column':
    case 'expression':
      return await timeBounds(client, cursor, position && 'at' in position ? position : undefined);
    case 'integers':
    case 'xmin':
      return await versionBounds(client, table, cursor, position && 'since' in position ? position : undefined);
    case 'full':
      return { to: cursor };
  }
}

/**
 * The longer of two lags counts, then a lag that was raised holds at once, and one that was lowered does not uncover what
 * the last run left to it. A clock that was set back stamps rows with times that are long behind the cursor.
 */
async function timeBounds(
  client: pg.Client,
  cursor: TimeCursor,
  position: Extract<Position, { readonly at: string }> | undefined,
): Promise<Bounds> {
  const isBehind = position !== undefined && (await isClockBehind(client, position.at));
  const begin = position && !isBehind ? position.at : BEGINNING;
  const { at, warning } = await nextCursor(client, begin, cursor.lag);
  return {
    from: position && { ...position, lag: Math.max(position.lag, cursor.lag) },
    to: { ...cursor, at },
    again: isBehind ? `the clock of the source is behind the cursor, ${position.at}` : undefined,
    warning,
  };
}

/**
 * A sequence hands out numbers in another order than transactions commit, and keeps some aside for sessions, so no number
 * is ever the last below which nothing comes. What came late is found by the transaction that wrote it, and so is a row
 * that was changed and kept its number.
 */
async function versionBounds(
  client: pg.Client,
  table: string,
  cursor: Extract<Cursor, { readonly kind: 'integers' | 'xmin' }>,
  position: Extract<Position, { readonly since: string }> | undefined,
): Promise<Bounds> {
  // Before the highest numbers are read: a row below them that is not seen yet is by a transaction not over at this moment.
  const moment = await readMoment(client);
  const written = { since: moment.since, history: moment.history };
  const to: Position =
    cursor.kind === 'xmin'
      ? { ...cursor, ...written }
      : { ...cursor, columns: [...cursor.columns], above: await highest(client, table, cursor.columns), ...written };
  return { from: position, to, again: position && whyUnknown(position, moment) };
}

/** The highest numbers that can be seen, in the order of the columns; none of an empty table. */
async function highest(client: pg.Client, table: string, columns: readonly string[]): Promise<string[]> {
  // Of the table, for a bare name is that of the text that is selected, and by text 99 is above 100.
  const names = columns.map((column) => `source.${quote(column)}`);
  const { rows } = await client.query<string[]>({
    text: `select ${names.map((name) => `${name}::text`).join(', ')} from ${quoteTable(table)} as source
            where (${names.join(', ')}) is not null order by ${names.map((name) => `${name} desc`).join(', ')} limit 1`,
    rowMode: 'array',
  });
  return rows[0] ?? [];
}
