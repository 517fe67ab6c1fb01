import { z } from 'zod';
import { columnName } from './fields.ts';

/** The two words that need no column. `xmin` can be none, and a column `full` is written `{ column: full }`. */
const WORDS: readonly string[] = ['xmin', 'full'];

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

const lag = z
  .string()
  .regex(/^[1-9]\d{0,5}[smhd]$/, 'a lag is a whole number and s, m, h or d, e.g. 15m')
  .describe(
    'What is younger than this, by the cursor, is read again. For a clock that is not the database’s: it covers how far the clock is behind, and the longest transaction.',
  )
  .optional();

const word = columnName.describe(
  'A timestamp column set by the database clock (now()) whenever the row changes, e.g. by a trigger; or `xmin`, for a table without any; or `full`, to read everything each time.',
);

/** Each form beside the setting that says that it is meant. */
const forms = {
  column: z.strictObject({ column: columnName.describe('A timestamp column.'), lag }),
  expression: z.strictObject({
    expression: z
      .string()
      .trim()
      .min(1, 'an expression is SQL over the columns of the table, e.g. greatest(created_at, updated_at)')
      .describe('SQL over the columns of the table that gives a timestamp, e.g. greatest(created_at, updated_at).'),
    lag,
  }),
  columns: z.strictObject({
    columns: z
      .array(columnName)
      .min(1, 'a cursor needs at least one column')
      .describe('Columns with integers that sequences hand out, the most significant first.'),
  }),
};

/** The settings of which a cursor has exactly one, in the order of the union's branches. */
export const cursorForms: readonly string[] = ['word', ...Object.keys(forms)];

/** How a run knows what is new in a table; docs/cursors.md says which is for which. */
export const cursorSchema = z.union([word, forms.column, forms.expression, forms.columns]);
export type CursorSpec = z.infer<typeof cursorSchema>;

/** What a declared cursor means, in one shape for each kind. */
export type Cursor =
  | { readonly kind: 'column'; readonly column: string; readonly lag: number }
  | { readonly kind: 'expression'; readonly expression: string; readonly lag: number }
  | { readonly kind: 'integers'; readonly columns: readonly string[] }
  | { readonly kind: 'xmin' }
  | { readonly kind: 'full' };

/** Lags become seconds, 0 when there is none. */
export function resolveCursor(spec: CursorSpec): Cursor {
  if (spec === 'xmin' || spec === 'full') return { kind: spec };
  if (typeof spec === 'string') return { kind: 'column', column: spec, lag: 0 };
  if ('columns' in spec) return { kind: 'integers', columns: spec.columns };
  if ('column' in spec) return { kind: 'column', column: spec.column, lag: seconds(spec.lag) };
  return { kind: 'expression', expression: spec.expression, lag: seconds(spec.lag) };
}

function seconds(declared: string | undefined): number {
  if (declared === undefined) return 0;
  return Number(declared.slice(0, -1)) * (UNITS[declared.slice(-1)] ?? Number.NaN);
}

/**
 * The column by which the newer of two versions of a row is known: one that the database's own clock sets. A clock with
 * a lag may give the newer version the older time, and the other kinds have no order between versions at all.
 */
export function versionColumn(spec: CursorSpec): string | undefined {
  const cursor = resolveCursor(spec);
  return cursor.kind === 'column' && cursor.lag === 0 ? cursor.column : undefined;
}

/** Which branch of the union a declared cursor means; undefined when it is none of them. */
export function meantForm(declared: unknown): string | undefined {
  if (typeof declared === 'string') return 'word';
  if (typeof declared !== 'object' || declared === null) return undefined;
  return Object.keys(forms).find((form) => form in declared);
}

export const CURSOR_HINT = `a column's name, ${WORDS.join(', ')}, { column: … }, { expression: … } or { columns: […] }`;
