import {
  DuckDBBlobValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBStructValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import { invalid, unsupported } from '../errors.ts';
import type { Field } from '../types/schema.ts';

/**
 * A check of rows against STRING(n), BYTES(n) and NUMERIC(p, s), which DuckDB's types do not hold.
 * https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#parameterized_data_types
 */
export function rowCheck(fields: readonly Field[]): (row: readonly DuckDBValue[]) => void {
  if (!fields.some(hasParameters)) return () => undefined;
  return (row) => {
    for (const [i, field] of fields.entries()) checkValue(row[i] ?? null, field, field.name);
  };
}

function hasParameters(field: Field): boolean {
  return field.maxLength !== undefined || field.precision !== undefined || (field.fields ?? []).some(hasParameters);
}

function checkValue(value: DuckDBValue, field: Field, name: string): void {
  if (value instanceof DuckDBListValue) for (const item of value.items) checkValue(item, field, name);
  else if (value instanceof DuckDBStructValue)
    for (const each of field.fields ?? []) checkValue(value.entries[each.name] ?? null, each, `${name}.${each.name}`);
  else if (value instanceof DuckDBDecimalValue) checkDecimal(value, field, name);
  else if (typeof value === 'string') checkLength(Array.from(value).length, field, name);
  else if (value instanceof DuckDBBlobValue) checkLength(value.bytes.length, field, name);
}

function checkLength(length: number, field: Field, name: string): void {
  if (field.maxLength === undefined || length <= Number(field.maxLength)) return;
  throw invalid(
    `Field ${name}: value has length ${length} which is greater than the maximum length ${field.maxLength}`,
  );
}

function checkDecimal({ value, scale }: DuckDBDecimalValue, field: Field, name: string): void {
  if (field.precision === undefined) return;
  const digits = Number(field.scale ?? 0);
  const unit = 10n ** BigInt(Math.max(0, scale - digits));
  const limit = 10n ** BigInt(Number(field.precision) - digits + scale);
  const type = `${field.type}(${field.precision}, ${digits})`;
  if (value >= limit || value <= -limit) throw invalid(`Field ${name}: value is out of range for ${type}`);
  if (value % unit !== 0n) throw unsupported(`rounding while loading (field ${name} of type ${type})`);
}
