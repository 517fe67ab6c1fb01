import { invalid, invalidQuery } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import {
  duckType,
  scalar,
  type ScalarKind,
  scalarKind,
  type SqlType,
  type StructType,
  typeName,
} from '../types/types.ts';
import { structSql } from '../sql/analyze/coerce.ts';
import type { Expr } from '../sql/analyze/context.ts';
import type { Resource } from '../store/store.ts';

export interface Parameters {
  readonly find: (name: string, index: number) => Expr;
  /** `p0`, `p1` … and the text that is bound to each; a value never becomes part of the SQL. */
  readonly bindings: ReadonlyMap<string, string>;
}

/** What a scalar's text must look like, where DuckDB's cast would take more than Google does. */
const FORMATS: Readonly<Partial<Record<string, RegExp>>> = {
  INT64: /^[+-]?\d+$/,
  FLOAT64: /^[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?|inf(inity)?|nan)$/i,
  NUMERIC: /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/,
  BIGNUMERIC: /^[+-]?(\d+(\.\d{0,18})?|\.\d{1,18})$/,
  BOOL: /^(true|false)$/i,
  BYTES: /^[A-Za-z0-9+/_-]*=*$/,
  DATE: /^\d{4}-\d{1,2}-\d{1,2}$/,
  TIME: /^\d{1,2}:\d{1,2}:\d{1,2}(\.\d{1,6}0*)?$/,
  DATETIME: /^\d{4}-\d{1,2}-\d{1,2}([ T]\d{1,2}:\d{1,2}:\d{1,2}(\.\d{1,6}0*)?)?$/,
  TIMESTAMP:
    /^\d{4}-\d{1,2}-\d{1,2}([ T]\d{1,2}:\d{1,2}:\d{1,2}(\.\d{1,6}0*)?)?\s*(Z|UTC|[+-]\d{1,2}(:?\d{2})?|[A-Za-z_]+\/[A-Za-z_/+-]+)?$/,
};

/**
 * Reads queryParameters: https://cloud.google.com/bigquery/docs/parameterized-queries
 * @throws ApiError invalid for a value that is none of its type
 */
export function readParameters(raw: unknown): Parameters {
  const list = Array.isArray(raw) ? (raw as Resource[]) : [];
  if (list.length > LIMITS.queryParameters)
    throw invalid(`Too many query parameters: ${list.length}, at most ${LIMITS.queryParameters}`);
  const bindings = new Map<string, string>();
  const read = list.map((parameter, i) => {
    const name =
      typeof parameter['name'] === 'string' && parameter['name'] !== '' ? parameter['name'].toLowerCase() : undefined;
    return {
      name,
      expr: readValue(
        readType(parameter['parameterType']),
        parameter['parameterValue'],
        bindings,
        name ?? String(i + 1),
      ),
    };
  });
  const find = (name: string, index: number): Expr => {
    const found = index < 0 ? read.find((parameter) => parameter.name === name) : read[index];
    if (!found)
      throw invalidQuery(
        index < 0
          ? `Query parameter '${name}' not found`
          : `Query parameter number ${index + 1} is not defined (${list.length} provided)`,
      );
    return found.expr;
  };
  return { find, bindings };
}

function readType(raw: unknown): SqlType {
  const { type, arrayType, structTypes } = (raw ?? {}) as {
    type?: unknown;
    arrayType?: unknown;
    structTypes?: unknown;
  };
  if (type === 'ARRAY') return { kind: 'ARRAY', element: readType(arrayType) };
  if (type === 'STRUCT' && Array.isArray(structTypes)) {
    const fields = (structTypes as { name?: string; type?: unknown }[]).map((field, i) => ({
      name: field.name ?? `_field_${i + 1}`,
      type: readType(field.type),
    }));
    return { kind: 'STRUCT', fields };
  }
  const kind = typeof type === 'string' ? scalarKind(type) : undefined;
  if (!kind) throw invalid(`Invalid type of a query parameter: ${String(type)}`);
  return scalar(kind);
}

function readValue(type: SqlType, raw: unknown, bindings: Map<string, string>, name: string): Expr {
  const value = (raw ?? {}) as { value?: unknown; arrayValues?: unknown; structValues?: unknown };
  if (type.kind === 'ARRAY') return readArray(type, value.arrayValues, bindings, name);
  if (type.kind === 'STRUCT') return readStruct(type, value.structValues, bindings, name);
  if (value.value === undefined || value.value === null) return { sql: `CAST(NULL AS ${duckType(type)})`, type };
  const text = typeof value.value === 'string' ? value.value : JSON.stringify(value.value);
  const format = FORMATS[type.kind];
  if (format && !format.test(text.trim()))
    throw invalid(`Invalid value for query parameter ${name}: ${JSON.stringify(text)} is no ${typeName(type)}`);
  const bound = `p${bindings.size}`;
  bindings.set(bound, boundText(type.kind, text));
  const sql = type.kind === 'BYTES' ? `from_base64($${bound})` : `CAST($${bound} AS ${duckType(type)})`;
  // A STRING parameter becomes a DATE or TIMESTAMP where one is wanted, as a literal does.
  return { sql, type, constant: text, ...(type.kind === 'STRING' ? { loose: 'literal' } : {}) };
}

function boundText(kind: ScalarKind, text: string): string {
  if (kind === 'STRING' || kind === 'JSON') return text;
  if (kind === 'BYTES') return text.replaceAll('-', '+').replaceAll('_', '/');
  // Google's client writes nanoseconds, of which BigQuery keeps the microseconds.
  return text.trim().replace(/(\.\d{6})0+/, '$1');
}

function readArray(type: SqlType & { kind: 'ARRAY' }, raw: unknown, bindings: Map<string, string>, name: string): Expr {
  const values = Array.isArray(raw) ? (raw as unknown[]) : [];
  const items = values.map((item, i) => readValue(type.element, item, bindings, `${name}[${i}]`).sql);
  return { sql: `CAST([${items.join(', ')}] AS ${duckType(type)})`, type };
}

function readStruct(type: StructType, raw: unknown, bindings: Map<string, string>, name: string): Expr {
  const values = (raw ?? {}) as Record<string, unknown>;
  const parts = type.fields.map(
    (field) => readValue(field.type, values[field.name], bindings, `${name}.${field.name}`).sql,
  );
  return { sql: structSql(type, parts), type };
}
