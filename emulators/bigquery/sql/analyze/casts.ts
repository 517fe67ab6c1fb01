import { invalidQuery, unsupported } from '../../errors.ts';
import {
  anonymousField,
  duckType,
  scalarKind,
  scalar,
  type ScalarKind,
  type SqlType,
  typeName,
} from '../../types/types.ts';
import type { TypeNode } from '../ast.ts';
import { renderOnce } from '../functions/once.ts';
import { coerce, structSql } from './coerce.ts';
import type { Expr } from './context.ts';

/**
 * CAST by its two types: https://cloud.google.com/bigquery/docs/reference/standard-sql/conversion_functions#cast
 * `$` is the value. `bq_…` are the macros of store/macros.ts; where a value may be bad, a second template is for
 * SAFE_CAST.
 */
const CASTS: Readonly<Record<string, string | readonly [strict: string, safe: string]>> = {
  'INT64 FLOAT64': 'CAST($ AS DOUBLE)',
  'INT64 NUMERIC': 'CAST($ AS DECIMAL(38,9))',
  'INT64 BIGNUMERIC': 'CAST($ AS DECIMAL(38,18))',
  'INT64 BOOL': '($ <> 0)',
  'INT64 STRING': 'CAST($ AS VARCHAR)',
  'FLOAT64 INT64': ['CAST(round($) AS BIGINT)', 'TRY_CAST(round($) AS BIGINT)'],
  'FLOAT64 NUMERIC': ['CAST(bq_float_string($) AS DECIMAL(38,9))', 'TRY_CAST(bq_float_string($) AS DECIMAL(38,9))'],
  'FLOAT64 STRING': 'bq_float_string($)',
  'NUMERIC INT64': ['CAST(round($) AS BIGINT)', 'TRY_CAST(round($) AS BIGINT)'],
  'NUMERIC FLOAT64': 'CAST($ AS DOUBLE)',
  'NUMERIC BIGNUMERIC': 'CAST($ AS DECIMAL(38,18))',
  'NUMERIC STRING': 'bq_decimal_string($)',
  'BIGNUMERIC INT64': ['CAST(round($) AS BIGINT)', 'TRY_CAST(round($) AS BIGINT)'],
  'BIGNUMERIC FLOAT64': 'CAST($ AS DOUBLE)',
  'BIGNUMERIC NUMERIC': 'CAST($ AS DECIMAL(38,9))',
  'BIGNUMERIC STRING': 'bq_decimal_string($)',
  'BOOL INT64': 'CAST($ AS BIGINT)',
  'BOOL STRING': 'CAST($ AS VARCHAR)',
  'STRING INT64': ['bq_int64($)', 'bq_safe_int64($)'],
  'STRING FLOAT64': ['bq_float64($)', 'bq_safe_float64($)'],
  'STRING NUMERIC': ['bq_numeric($)', 'bq_safe_numeric($)'],
  'STRING BIGNUMERIC': ['bq_bignumeric($)', 'bq_safe_bignumeric($)'],
  'STRING BOOL': ['bq_bool($)', 'bq_safe_bool($)'],
  'STRING BYTES': 'encode($)',
  'STRING DATE': ['bq_date($)', 'bq_safe_date($)'],
  'STRING TIME': ['bq_time($)', 'bq_safe_time($)'],
  'STRING DATETIME': ['bq_datetime($)', 'bq_safe_datetime($)'],
  'STRING TIMESTAMP': ['bq_timestamp($)', 'bq_safe_timestamp($)'],
  'BYTES STRING': ['decode($)', 'TRY(decode($))'],
  'DATE STRING': "strftime($, '%Y-%m-%d')",
  'DATE DATETIME': 'CAST($ AS TIMESTAMP)',
  'DATE TIMESTAMP': 'CAST($ AS TIMESTAMPTZ)',
  'DATETIME STRING': 'bq_datetime_string($)',
  'DATETIME DATE': 'CAST($ AS DATE)',
  'DATETIME TIME': 'CAST($ AS TIME)',
  'DATETIME TIMESTAMP': "timezone('UTC', $)",
  'TIMESTAMP STRING': 'bq_timestamp_string($)',
  'TIMESTAMP DATE': "CAST(timezone('UTC', $) AS DATE)",
  'TIMESTAMP TIME': "CAST(timezone('UTC', $) AS TIME)",
  'TIMESTAMP DATETIME': "timezone('UTC', $)",
  'TIME STRING': 'bq_time_string($)',
};

export function castExpr(expr: Expr, type: SqlType, safe: boolean): Expr {
  const implicit = expr.loose === 'null' || expr.loose === 'empty' || expr.items ? coerce(expr, type) : undefined;
  if (implicit) return implicit;
  if (typeName(expr.type) === typeName(type)) return { sql: expr.sql, type };
  if (expr.type.kind === 'STRUCT' && type.kind === 'STRUCT') return castStruct(expr, expr.type, type, safe);
  if (expr.type.kind === 'ARRAY' && type.kind === 'ARRAY') {
    const element = castExpr({ sql: 'e', type: expr.type.element }, type.element, safe);
    return { sql: `list_transform(${expr.sql}, lambda e: ${element.sql})`, type };
  }
  const entry = CASTS[`${expr.type.kind} ${type.kind}`];
  if (entry === undefined) throw invalidQuery(`Invalid cast from ${typeName(expr.type)} to ${typeName(type)}`);
  const template = typeof entry === 'string' ? entry : entry[safe ? 1 : 0];
  return { sql: renderOnce([expr.sql], ([sql]) => template.replaceAll('$', () => sql ?? '')), type };
}

function castStruct(
  expr: Expr,
  from: SqlType & { kind: 'STRUCT' },
  to: SqlType & { kind: 'STRUCT' },
  safe: boolean,
): Expr {
  if (from.fields.length !== to.fields.length)
    throw invalidQuery(`Invalid cast from ${typeName(from)} to ${typeName(to)}`);
  const values = to.fields.map((field, i) => {
    const source = from.fields[i];
    if (!source) throw invalidQuery(`Invalid cast from ${typeName(from)} to ${typeName(to)}`);
    return castExpr({ sql: `struct_extract(${expr.sql}, ${i + 1})`, type: source.type }, field.type, safe).sql;
  });
  return { sql: `CASE WHEN ${expr.sql} IS NOT NULL THEN ${structSql(to, values)} END`, type: to };
}

/** @throws ApiError invalidQuery for a name that is no type, 501 for types that the emulator lacks */
export function resolveType(node: TypeNode): SqlType {
  if (node.params.length > 0)
    throw unsupported(`type parameters in an expression: ${node.name}(${node.params.join(', ')})`);
  if (node.name === 'ARRAY' && node.element) {
    const element = resolveType(node.element);
    if (element.kind === 'ARRAY') throw invalidQuery('Arrays of arrays are not supported');
    return { kind: 'ARRAY', element };
  }
  if (node.name === 'STRUCT') {
    const fields = node.fields.map((field, i) => ({
      name: field.name ?? anonymousField(i),
      type: resolveType(field.type),
    }));
    return { kind: 'STRUCT', fields };
  }
  const kind: ScalarKind | undefined = scalarKind(node.name);
  if (kind) return scalar(kind);
  if (['GEOGRAPHY', 'INTERVAL', 'RANGE'].includes(node.name)) throw unsupported(`the type ${node.name}`);
  throw invalidQuery(`Type not found: ${node.name}`);
}

/** The text of a value as FORMAT's %t and string functions write it. */
export function toText(expr: Expr): string {
  if (expr.type.kind === 'STRING') return expr.sql;
  if (expr.type.kind === 'FLOAT64') return `bq_float_text(${expr.sql})`;
  return castExpr({ sql: expr.sql, type: expr.type }, scalar('STRING'), false).sql;
}

export function nullOf(type: SqlType): Expr {
  return { sql: `CAST(NULL AS ${duckType(type)})`, type };
}
