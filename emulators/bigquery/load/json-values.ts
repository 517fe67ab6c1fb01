import { DuckDBListValue, DuckDBStructValue, type DuckDBValue } from '@duckdb/node-api';
import { invalid } from '../errors.ts';
import type { Field } from '../types/schema.ts';
import { scalarKind } from '../types/types.ts';
import { fromText } from './text-values.ts';

/** A number that a double would round, as it is written. */
export class ExactNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** JSON.parse that keeps numbers beyond 2^53 and long fractions as text. @throws ApiError invalid */
export function parseExactJson(line: string): unknown {
  // Each reviver call gets the number's source text (ECMAScript "JSON.parse source text access"), which the types lack yet.
  const revive = (_: string, value: unknown, context?: { source?: string }): unknown =>
    typeof value === 'number' && context?.source !== undefined && String(value) !== context.source
      ? new ExactNumber(context.source)
      : value;
  try {
    return JSON.parse(line, revive);
  } catch (error) {
    throw invalid(`Error while reading data, error message: JSON parsing error in row: ${(error as Error).message}`);
  }
}

/** One row's values in the order of `fields`. @throws ApiError invalid for values that are none of their column's */
export function fromJson(row: unknown, fields: readonly Field[], ignoreUnknown: boolean, path = ''): DuckDBValue[] {
  if (typeof row !== 'object' || row === null || Array.isArray(row) || row instanceof ExactNumber)
    throw invalid(`JSON object expected${path === '' ? '' : ` for field ${path.slice(0, -1)}`}`);
  const given = new Map(
    Object.entries(row).map(([name, value]) => [name.toLowerCase(), { name, value: value as unknown }]),
  );
  const values = fields.map((field) => {
    const found = given.get(field.name.toLowerCase());
    given.delete(field.name.toLowerCase());
    return readField(found?.value, field, ignoreUnknown, `${path}${field.name}`);
  });
  const [unknown] = given.values();
  if (unknown && !ignoreUnknown) throw invalid(`no such field: ${path}${unknown.name}.`);
  return values;
}

function readField(value: unknown, field: Field, ignoreUnknown: boolean, name: string): DuckDBValue {
  if (field.mode === 'REPEATED') {
    if (value === undefined || value === null) return new DuckDBListValue([]);
    if (!Array.isArray(value)) throw invalid(`Array specified for non-repeated field or the other way round: ${name}`);
    return new DuckDBListValue(
      value.map((item: unknown) => {
        if (item === null) throw invalid(`Only optional fields can be set to NULL. Field: ${name}; Value: NULL`);
        return readOne(item, field, ignoreUnknown, name);
      }),
    );
  }
  if (value === undefined || value === null) {
    if (field.mode === 'REQUIRED') throw invalid(`Missing required field: ${name}.`);
    return null;
  }
  return readOne(value, field, ignoreUnknown, name);
}

function readOne(value: unknown, field: Field, ignoreUnknown: boolean, name: string): DuckDBValue {
  if (field.type === 'RECORD') {
    const fields = field.fields ?? [];
    const values = fromJson(value, fields, ignoreUnknown, `${name}.`);
    return new DuckDBStructValue(Object.fromEntries(fields.map((each, i) => [each.name, values[i] ?? null])));
  }
  const kind = scalarKind(field.type) ?? 'STRING';
  if (kind === 'JSON')
    return JSON.stringify(value, (_, part: unknown) => (part instanceof ExactNumber ? Number(part.text) : part));
  if (typeof value === 'object' && !(value instanceof ExactNumber))
    throw invalid(`This field: ${name} is not a record.`);
  const text = value instanceof ExactNumber ? value.text : typeof value === 'string' ? value : JSON.stringify(value);
  if (kind === 'TIMESTAMP' && typeof value === 'number')
    return fromText(new Date(Math.round(value * 1000)).toISOString(), kind, name);
  if (kind === 'INT64' && /^-?\d+\.0+$/.test(text)) return fromText(text.replace(/\.0+$/, ''), kind, name);
  return checkLength(fromText(text, kind, name), field, name);
}

function checkLength(value: DuckDBValue, field: Field, name: string): DuckDBValue {
  if (field.maxLength !== undefined && typeof value === 'string' && value.length > Number(field.maxLength)) {
    throw invalid(
      `Field ${name}: value has length ${value.length} which is greater than the maximum length ${field.maxLength}`,
    );
  }
  return value;
}
