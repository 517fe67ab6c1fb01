/** GoogleSQL's types and how DuckDB holds them; the one place that knows both. */
export type ScalarKind =
  | 'INT64'
  | 'FLOAT64'
  | 'NUMERIC'
  | 'BIGNUMERIC'
  | 'BOOL'
  | 'STRING'
  | 'BYTES'
  | 'DATE'
  | 'TIME'
  | 'DATETIME'
  | 'TIMESTAMP'
  | 'JSON';

export interface StructField {
  readonly name: string;
  readonly type: SqlType;
}
export interface ScalarType {
  readonly kind: ScalarKind;
}
export interface ArrayType {
  readonly kind: 'ARRAY';
  readonly element: SqlType;
}
export interface StructType {
  readonly kind: 'STRUCT';
  readonly fields: readonly StructField[];
}
export type SqlType = ScalarType | ArrayType | StructType;

/**
 * NUMERIC has 29 digits before the point and 9 behind it. BIGNUMERIC's 38 and 38 do not fit DuckDB's 38 in all: here it
 * has 20 before and 18 behind, and what needs more is refused.
 */
export const NUMERIC_SCALE = 9;
export const BIGNUMERIC_SCALE = 18;
export const DECIMAL_DIGITS = 38;

const DUCK: Readonly<Record<ScalarKind, string>> = {
  INT64: 'BIGINT',
  FLOAT64: 'DOUBLE',
  NUMERIC: `DECIMAL(${DECIMAL_DIGITS},${NUMERIC_SCALE})`,
  BIGNUMERIC: `DECIMAL(${DECIMAL_DIGITS},${BIGNUMERIC_SCALE})`,
  BOOL: 'BOOLEAN',
  STRING: 'VARCHAR',
  BYTES: 'BLOB',
  DATE: 'DATE',
  TIME: 'TIME',
  DATETIME: 'TIMESTAMP',
  TIMESTAMP: 'TIMESTAMPTZ',
  JSON: 'JSON',
};

/** Names of one type: GoogleSQL's synonyms and the REST API's older words. */
const SYNONYMS: Readonly<Record<string, ScalarKind>> = {
  INT: 'INT64',
  SMALLINT: 'INT64',
  INTEGER: 'INT64',
  BIGINT: 'INT64',
  TINYINT: 'INT64',
  BYTEINT: 'INT64',
  FLOAT: 'FLOAT64',
  DECIMAL: 'NUMERIC',
  BIGDECIMAL: 'BIGNUMERIC',
  BOOLEAN: 'BOOL',
};

export function scalar(kind: ScalarKind): ScalarType {
  return { kind };
}

export function scalarKind(name: string): ScalarKind | undefined {
  const upper = name.toUpperCase();
  return upper in DUCK ? (upper as ScalarKind) : SYNONYMS[upper];
}

export function duckType(type: SqlType): string {
  if (type.kind === 'ARRAY') return `${duckType(type.element)}[]`;
  if (type.kind !== 'STRUCT') return DUCK[type.kind];
  return `STRUCT(${type.fields.map((field) => `${quoteName(field.name)} ${duckType(field.type)}`).join(', ')})`;
}

/** As Google's messages write it: `ARRAY<STRUCT<a INT64>>`. */
export function typeName(type: SqlType): string {
  if (type.kind === 'ARRAY') return `ARRAY<${typeName(type.element)}>`;
  if (type.kind !== 'STRUCT') return type.kind;
  return `STRUCT<${type.fields.map((field) => `${field.name} ${typeName(field.type)}`).join(', ')}>`;
}

/** Equal types; the names of a struct's fields do not count, as in GoogleSQL's type equivalence. */
export function sameType(a: SqlType, b: SqlType): boolean {
  if (a.kind === 'ARRAY') return b.kind === 'ARRAY' && sameType(a.element, b.element);
  if (a.kind !== 'STRUCT') return a.kind === b.kind;
  if (b.kind !== 'STRUCT' || a.fields.length !== b.fields.length) return false;
  return a.fields.every((field, i) => {
    const other = b.fields[i];
    return other !== undefined && sameType(field.type, other.type);
  });
}

/** Fields of one struct must differ in DuckDB; GoogleSQL leaves them without a name. */
export function anonymousField(index: number): string {
  return `_field_${index + 1}`;
}

/** A name as DuckDB takes it, whatever it holds. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function quoteText(text: string): string {
  const quoted = text.split('\0').map((part) => `'${part.replaceAll("'", "''")}'`);
  return quoted.length === 1 ? (quoted[0] ?? "''") : `(${quoted.join(' || chr(0) || ')})`;
}
