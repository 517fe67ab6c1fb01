import { z } from 'zod';
import { type Cursor, type CursorSpec, resolveCursor } from '../../pipelines/model/cursor.ts';

/** Where a table begins that was never read: before every row, whatever its cursor is. */
export const BEGINNING = '-infinity';

const digits = z.string().regex(/^\d+$/);
/** The oldest transaction that a snapshot could not see, as an id of 64 bits, and the history that counts it. */
const written = { since: digits, history: z.string() };
/** A timestamptz as Postgres prints it, and how much before it is read again, in seconds. */
const time = { at: z.string(), lag: z.int().min(0) };

const schema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('column'), column: z.string(), ...time }),
  z.strictObject({ kind: z.literal('expression'), expression: z.string(), ...time }),
  /** `above` is empty when the table was. */
  z.strictObject({
    kind: z.literal('integers'),
    columns: z.array(z.string()),
    above: z.array(z.string().regex(/^-?\d+$/)),
    ...written,
  }),
  z.strictObject({ kind: z.literal('xmin'), ...written }),
  z.strictObject({ kind: z.literal('full') }),
]);

/**
 * Where a run of a table begins, as the ledger keeps it. It says itself by what it was taken, so that it is never read
 * as something else: not after the pipeline has changed, and not by a slice that is encoded while it does.
 */
export type Position = z.infer<typeof schema>;

export function printPosition(position: Position): string {
  return JSON.stringify(position);
}

/**
 * Reads what the ledger has. A bare timestamp is a position of a column, from when there were no others.
 * @returns undefined when it is none; whoever asks reads everything
 */
export function parsePosition(text: string, spec: CursorSpec): Position | undefined {
  if (!text.startsWith('{')) {
    const cursor = resolveCursor(spec);
    const isTime = /^\d{4,6}-\d\d-\d\d/.test(text);
    return isTime && cursor.kind === 'column' ? { ...cursor, at: text, lag: 0 } : undefined;
  }
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Whether a position was taken by this cursor. Another lag is no other cursor. */
export function isTakenBy(position: Position, cursor: Cursor): boolean {
  const what = ({ kind, column, expression, columns }: Partial<Record<string, unknown>>): string =>
    JSON.stringify([kind, column, expression, columns]);
  return what(position) === what(cursor);
}
