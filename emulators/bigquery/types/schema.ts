import { LIMITS } from '../limits.ts';
import { invalid, unsupported } from '../errors.ts';
import { type ArrayType, scalarKind, type SqlType, type StructType } from './types.ts';

/** A column as the REST API writes it: https://cloud.google.com/bigquery/docs/reference/rest/v2/tables#TableFieldSchema */
export interface Field {
  readonly name: string;
  /** The older words: INTEGER, FLOAT, BOOLEAN, RECORD. */
  readonly type: string;
  readonly mode?: 'NULLABLE' | 'REQUIRED' | 'REPEATED';
  readonly fields?: readonly Field[];
  readonly description?: string;
  readonly precision?: string;
  readonly scale?: string;
  readonly maxLength?: string;
}

const REST_NAMES: Readonly<Record<string, string>> = {
  INT64: 'INTEGER',
  FLOAT64: 'FLOAT',
  BOOL: 'BOOLEAN',
  STRUCT: 'RECORD',
};
const FIELD_NAME = /^[A-Za-z_\p{L}][\p{L}\p{N}\p{M}\p{Pc}\p{Pd}& %=+:'<>#|]*$/u;
const RESERVED_PREFIXES = ['_TABLE_', '_FILE_', '_PARTITION', '_ROW_TIMESTAMP', '__ROOT__', '_COLIDENTIFIER'];

export function fieldType(field: Field): SqlType {
  const plain = elementType(field);
  return field.mode === 'REPEATED' ? { kind: 'ARRAY', element: plain } : plain;
}

function elementType(field: Field): Exclude<SqlType, ArrayType> {
  if (field.type === 'RECORD') return rowType(field.fields ?? []);
  const kind = scalarKind(field.type);
  if (!kind) throw invalid(`Invalid field type: ${field.type} for field ${field.name}`);
  return { kind };
}

export function rowType(fields: readonly Field[]): StructType {
  return { kind: 'STRUCT', fields: fields.map((field) => ({ name: field.name, type: fieldType(field) })) };
}

/** A result's column, or one that a query creates. @throws ApiError for an array of arrays, which no column holds */
export function toField(name: string, type: SqlType): Field {
  if (type.kind === 'ARRAY') {
    if (type.element.kind === 'ARRAY') throw invalid(`Cannot create a column of type ARRAY<ARRAY>: field ${name}`);
    return { ...toField(name, type.element), mode: 'REPEATED' };
  }
  if (type.kind === 'STRUCT') {
    const fields = type.fields.map((field) => toField(field.name, field.type));
    return { name, type: 'RECORD', mode: 'NULLABLE', fields };
  }
  return { name, type: REST_NAMES[type.kind] ?? type.kind, mode: 'NULLABLE' };
}

/**
 * Reads `schema.fields` of a request.
 * @throws ApiError invalid for names, types and modes that Google refuses
 */
export function readFields(value: unknown, depth = 1): Field[] {
  if (!Array.isArray(value)) throw invalid('schema.fields must be a list');
  if (value.length > LIMITS.columnsPerTable)
    throw invalid(`Too many fields: ${value.length}, at most ${LIMITS.columnsPerTable}`);
  if (depth > LIMITS.nestingLevels) throw invalid(`A RECORD is nested deeper than ${LIMITS.nestingLevels} levels`);
  const fields = value.map((entry: unknown) => readField(entry, depth));
  checkDuplicates(fields.map((field) => field.name));
  return fields;
}

function readField(entry: unknown, depth: number): Field {
  if (typeof entry !== 'object' || entry === null) throw invalid('a field of the schema must be an object');
  const raw = entry as Record<string, unknown>;
  const name = checkFieldName(raw['name']);
  if (typeof raw['type'] !== 'string') throw invalid(`Field ${name} is missing its type`);
  if (raw['defaultValueExpression'] !== undefined) throw unsupported(`defaultValueExpression (field ${name})`);
  const upper = raw['type'].toUpperCase();
  const kind = scalarKind(upper);
  const type = kind ? (REST_NAMES[kind] ?? kind) : (REST_NAMES[upper] ?? upper);
  if (!kind && type !== 'RECORD') throw unsupportedOrInvalid(type, name);
  const mode = readMode(raw['mode'], name);
  const rest = pickText(raw, ['description', 'precision', 'scale', 'maxLength']);
  if (type !== 'RECORD') return { name, type, mode, ...rest };
  const fields = readFields(raw['fields'] ?? [], depth + 1);
  if (fields.length === 0) throw invalid(`Field ${name} is type RECORD but has no schema`);
  return { name, type, mode, fields, ...rest };
}

function unsupportedOrInvalid(type: string, name: string): Error {
  if (['GEOGRAPHY', 'INTERVAL', 'RANGE', 'FOREIGN'].includes(type))
    return unsupported(`the type ${type} (field ${name})`);
  return invalid(`Invalid value for type: ${type} is not a valid value`);
}

function readMode(value: unknown, name: string): NonNullable<Field['mode']> {
  const mode = typeof value === 'string' && value !== '' ? value.toUpperCase() : 'NULLABLE';
  if (mode !== 'NULLABLE' && mode !== 'REQUIRED' && mode !== 'REPEATED') {
    throw invalid(`Invalid value for mode: ${mode} is not a valid value (field ${name})`);
  }
  return mode;
}

/** The `n` of STRING(n), the `p` and `s` of NUMERIC(p, s). */
export function typeParameters(field: Field | undefined): Pick<Field, 'maxLength' | 'precision' | 'scale'> {
  return pickText({ ...field }, ['maxLength', 'precision', 'scale']);
}

function pickText(raw: Record<string, unknown>, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    keys.flatMap((key) => {
      const value = raw[key];
      return typeof value === 'string' || typeof value === 'number' ? [[key, String(value)]] : [];
    }),
  );
}

/** https://cloud.google.com/bigquery/docs/schemas#column_names */
export function checkFieldName(value: unknown): string {
  if (typeof value !== 'string' || value === '') throw invalid('Field name is missing or empty');
  const reserved = RESERVED_PREFIXES.some((prefix) => value.toUpperCase().startsWith(prefix));
  if (value.length > LIMITS.columnNameCharacters || reserved || !FIELD_NAME.test(value)) {
    throw invalid(
      `Invalid field name "${value}". Fields must contain the allowed characters, and be at most ${LIMITS.columnNameCharacters} characters long.`,
    );
  }
  return value;
}

function checkDuplicates(names: readonly string[]): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name.toLowerCase())) throw invalid(`Duplicate field name: ${name}`);
    seen.add(name.toLowerCase());
  }
}
