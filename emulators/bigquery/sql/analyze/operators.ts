import { invalidQuery } from '../../errors.ts';
import { quoteText, scalar, type SqlType, type StructType, typeName } from '../../types/types.ts';
import { renderOnce } from '../functions/once.ts';
import { type Overloads, renderTemplate, resolveOverload } from '../functions/signature.ts';
import { mustCoerce, requireBool, supertype } from './coerce.ts';
import type { Expr } from './context.ts';

/** https://cloud.google.com/bigquery/docs/reference/standard-sql/operators#arithmetic_operators */
const NUMBERS = (op: string): Overloads => ({
  'INT64 INT64 > INT64': `($1 ${op} $2)`,
  'NUMERIC NUMERIC > NUMERIC': `CAST(($1 ${op} $2) AS DECIMAL(38,9))`,
  'BIGNUMERIC BIGNUMERIC > BIGNUMERIC': `CAST(($1 ${op} $2) AS DECIMAL(38,18))`,
  'FLOAT64 FLOAT64 > FLOAT64': `bq_finite($1 ${op} $2, $1, $2)`,
});

const OPERATORS: Readonly<Record<string, Overloads>> = {
  '+': { ...NUMBERS('+'), 'DATE INT64 > DATE': 'bq_in_calendar($1 + CAST($2 AS INTEGER))' },
  '-': { ...NUMBERS('-'), 'DATE INT64 > DATE': 'bq_in_calendar($1 - CAST($2 AS INTEGER))' },
  '*': {
    ...NUMBERS('*'),
    'NUMERIC NUMERIC > NUMERIC': 'bq_numeric_mul($1, $2)',
    'BIGNUMERIC BIGNUMERIC > BIGNUMERIC': 'bq_exact_bignumeric($1 * $2)',
  },
  '/': { 'FLOAT64 FLOAT64 > FLOAT64': 'bq_div($1, $2)', 'NUMERIC NUMERIC > NUMERIC': 'bq_numeric_div($1, $2)' },
  '||': {
    'STRING STRING > STRING': '($1 || $2)',
    'BYTES BYTES > BYTES': '($1 || $2)',
    'T[] T[] > T[]': 'CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL ELSE list_concat($1, $2) END',
  },
  NEG: {
    'INT64 > INT64': '(-$1)',
    'NUMERIC > NUMERIC': '(-$1)',
    'BIGNUMERIC > BIGNUMERIC': '(-$1)',
    'FLOAT64 > FLOAT64': '(-$1)',
  },
  '~': { 'INT64 > INT64': '(~$1)' },
  '&': { 'INT64 INT64 > INT64': '($1 & $2)' },
  '|': { 'INT64 INT64 > INT64': '($1 | $2)' },
  '^': { 'INT64 INT64 > INT64': 'xor($1, $2)' },
  '<<': { 'INT64 INT64 > INT64': 'bq_shift_left($1, $2)' },
  '>>': { 'INT64 INT64 > INT64': 'bq_shift_right($1, $2)' },
  LIKE: { 'STRING STRING > BOOL': "($1 LIKE $2 ESCAPE '\\')" },
};
const COMPARISONS = ['=', '!=', '<', '>', '<=', '>='];
/** DuckDB holds NaN equal to itself and above all; in GoogleSQL every comparison with NaN but != is false. */
const NAN_MACROS: Readonly<Record<string, string>> = {
  '=': 'bq_eq',
  '!=': 'bq_ne',
  '<': 'bq_lt',
  '>': 'bq_gt',
  '<=': 'bq_le',
  '>=': 'bq_ge',
};

export function analyzeOperator(op: string, args: readonly Expr[]): Expr {
  const [a, b, c] = args;
  if (!a) throw invalidQuery(`operator ${op} lacks its operand`);
  if (b && COMPARISONS.includes(op)) return comparison(op, a, b);
  if (b && op.endsWith('DISTINCT FROM')) return comparison(op, a, b);
  if (b && c && op === 'BETWEEN') return bool(`(${comparison('>=', a, b).sql} AND ${comparison('<=', a, c).sql})`);
  if (op === 'AND' || op === 'OR') return bool(`(${args.map((arg) => operand(arg, op)).join(` ${op} `)})`);
  if (op === 'NOT') return bool(`(NOT ${operand(a, op)})`);
  if (op === 'IS NULL' || op === 'IS NOT NULL') return bool(`(${a.sql} ${op})`);
  if (op.startsWith('IS ')) return bool(`(${operand(a, op)} ${op})`);
  const resolved = resolveOverload(integerDivision(op, a, b) ?? OPERATORS[op] ?? {}, args);
  if (!resolved) throw noSignature(op, args);
  return {
    sql: renderTemplate(
      resolved.template,
      resolved.args.map((arg) => arg.sql),
    ),
    type: resolved.type,
  };
}

/** `/` on two INT64 is FLOAT64, although NUMERIC would be the nearer type. */
function integerDivision(op: string, a: Expr, b: Expr | undefined): Overloads | undefined {
  if (op !== '/' || a.type.kind !== 'INT64' || b?.type.kind !== 'INT64') return undefined;
  return { 'FLOAT64 FLOAT64 > FLOAT64': 'bq_div($1, $2)' };
}

/** https://cloud.google.com/bigquery/docs/reference/standard-sql/operators#comparison_operators */
export function comparison(op: string, a: Expr, b: Expr): Expr {
  const type = supertype([a, b]);
  if (!type || !isComparable(type, op)) throw noSignature(op, [a, b]);
  const refuse = (from: string, to: string): string => `Cannot compare ${from} and ${to}`;
  const [left, right] = [mustCoerce(a, type, refuse).sql, mustCoerce(b, type, refuse).sql];
  if (type.kind === 'STRUCT') return compareStructs(op, type, left, right);
  const macro = type.kind === 'FLOAT64' ? NAN_MACROS[op] : undefined;
  if (!macro) return bool(`(${left} ${op} ${right})`);
  return bool(renderOnce([left, right], (args) => `${macro}(${args.join(', ')})`));
}

/** Field by field, for a NULL in a field makes the answer NULL, where DuckDB holds NULL equal to NULL inside structs. */
function compareStructs(op: string, type: StructType, left: string, right: string): Expr {
  const part = (sql: string, i: number, of: SqlType): Expr => ({
    sql: `struct_extract(${sql}, ${quoteText(type.fields[i]?.name ?? '')})`,
    type: of,
  });
  const equal = type.fields.map(
    (field, i) => comparison('=', part(left, i, field.type), part(right, i, field.type)).sql,
  );
  return bool(`(${op === '!=' ? 'NOT ' : ''}(${equal.join(' AND ')}))`);
}

function isComparable(type: SqlType, op: string): boolean {
  if (type.kind === 'ARRAY' || type.kind === 'JSON') return false;
  if (type.kind !== 'STRUCT') return true;
  return ['=', '!='].includes(op) && type.fields.every((field) => isComparable(field.type, op));
}

function operand(expr: Expr, op: string): string {
  return requireBool(expr, `operand of ${op}`).sql;
}

function bool(sql: string): Expr {
  return { sql, type: scalar('BOOL') };
}

function noSignature(op: string, args: readonly Expr[]): Error {
  const types = args.map((arg) => typeName(arg.type)).join(', ');
  return invalidQuery(`No matching signature for operator ${op === 'NEG' ? '-' : op} for argument types: ${types}`);
}
