import { invalidQuery } from '../../errors.ts';
import { duckType, sameType, scalar, type ScalarKind, type SqlType, typeName } from '../../types/types.ts';
import type { Expr } from './context.ts';
import { temporalLiteral } from './literals.ts';

/** Implicit coercion: https://cloud.google.com/bigquery/docs/reference/standard-sql/conversion_rules#coercion */
const WIDENS: Partial<Record<ScalarKind, readonly ScalarKind[]>> = {
  INT64: ['NUMERIC', 'BIGNUMERIC', 'FLOAT64'],
  NUMERIC: ['BIGNUMERIC', 'FLOAT64'],
  BIGNUMERIC: ['FLOAT64'],
  DATE: ['DATETIME'],
};
const LITERAL_WIDENS: Partial<Record<ScalarKind, readonly ScalarKind[]>> = {
  STRING: ['DATE', 'TIME', 'DATETIME', 'TIMESTAMP'],
  FLOAT64: ['NUMERIC', 'BIGNUMERIC'],
};

/** The expression as `type`, or `undefined` when GoogleSQL does not coerce it by itself. */
export function coerce(expr: Expr, type: SqlType): Expr | undefined {
  if (expr.loose === 'null' || (expr.loose === 'empty' && type.kind === 'ARRAY')) {
    return { sql: `CAST(${expr.sql} AS ${duckType(type)})`, type };
  }
  if (expr.items) return coerceItems(expr, expr.items, type);
  if (sameType(expr.type, type)) return renameFields(expr, type);
  const from = expr.type.kind;
  if (from === 'ARRAY' || from === 'STRUCT' || type.kind === 'ARRAY' || type.kind === 'STRUCT') return undefined;
  if (WIDENS[from]?.includes(type.kind)) return { ...expr, sql: `CAST(${expr.sql} AS ${duckType(type)})`, type };
  if (expr.loose !== 'literal' || !LITERAL_WIDENS[from]?.includes(type.kind)) return undefined;
  if (from === 'STRING' && expr.constant !== undefined) return temporalLiteral(type.kind, expr.constant);
  return { sql: `CAST(${expr.constant === undefined ? expr.sql : `'${expr.constant}'`} AS ${duckType(type)})`, type };
}

/** @throws ApiError invalidQuery with `message` when it does not coerce */
export function mustCoerce(expr: Expr, type: SqlType, message: (from: string, to: string) => string): Expr {
  const coerced = coerce(expr, type);
  if (!coerced) throw invalidQuery(message(typeName(expr.type), typeName(type)));
  return coerced;
}

/** The type that all the expressions coerce to, or `undefined`: https://cloud.google.com/bigquery/docs/reference/standard-sql/conversion_rules#supertypes */
export function supertype(exprs: readonly Expr[]): SqlType | undefined {
  const typed = exprs.filter((expr) => expr.loose !== 'null');
  const fixed = typed.filter((expr) => expr.loose !== 'literal' && expr.loose !== 'empty' && !expr.items);
  const candidates = [...fixed, ...typed].map((expr) => expr.type);
  if (candidates.length === 0) return scalar('INT64');
  const numeric: SqlType[] = (['INT64', 'NUMERIC', 'BIGNUMERIC', 'FLOAT64', 'DATETIME'] as const).map(scalar);
  return [...candidates, ...numeric].find((type) => exprs.every((expr) => coerce(expr, type)));
}

export function requireBool(expr: Expr, where: string): Expr {
  return mustCoerce(expr, scalar('BOOL'), (from) => `${where} should return type BOOL, but returns ${from}`);
}

function coerceItems(expr: Expr, items: readonly Expr[], type: SqlType): Expr | undefined {
  if (type.kind === 'ARRAY' && expr.type.kind === 'ARRAY') {
    const elements = items.map((item) => coerce(item, type.element));
    if (elements.some((element) => element === undefined)) return undefined;
    return { sql: `CAST([${elements.map((element) => element?.sql ?? '').join(', ')}] AS ${duckType(type)})`, type };
  }
  if (type.kind !== 'STRUCT' || expr.type.kind !== 'STRUCT' || type.fields.length !== items.length) return undefined;
  const values = type.fields.map((field, i) => {
    const item = items[i];
    return item && coerce(item, field.type);
  });
  if (values.some((value) => value === undefined)) return undefined;
  return {
    sql: structSql(
      type,
      values.map((value) => value?.sql ?? 'NULL'),
    ),
    type,
  };
}

/** A struct of another's field types under its own names. DuckDB casts structs by name, GoogleSQL by place. */
function renameFields(expr: Expr, type: SqlType): Expr {
  if (typeName(expr.type) === typeName(type)) return expr;
  if (expr.type.kind === 'STRUCT' && type.kind === 'STRUCT') {
    const parts = expr.type.fields.map((field, i): Expr => {
      const to = type.fields[i];
      const part: Expr = { sql: `struct_extract(${expr.sql}, ${i + 1})`, type: field.type };
      return to ? renameFields(part, to.type) : part;
    });
    return {
      sql: `CASE WHEN ${expr.sql} IS NOT NULL THEN ${structSql(
        type,
        parts.map((part) => part.sql),
      )} END`,
      type,
    };
  }
  if (expr.type.kind === 'ARRAY' && type.kind === 'ARRAY') {
    const element = renameFields({ sql: 'e', type: expr.type.element }, type.element);
    return { sql: `list_transform(${expr.sql}, lambda e: ${element.sql})`, type };
  }
  return expr;
}

export function structSql(type: SqlType & { kind: 'STRUCT' }, values: readonly string[]): string {
  const pairs = type.fields.map((field, i) => `"${field.name.replaceAll('"', '""')}" := ${values[i] ?? 'NULL'}`);
  return `CAST(struct_pack(${pairs.join(', ')}) AS ${duckType(type)})`;
}
