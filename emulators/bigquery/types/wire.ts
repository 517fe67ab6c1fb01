import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { SqlType } from './types.ts';

/** `{v}` of a row: https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/getQueryResults (all scalars are text) */
export type WireValue = string | null | { f: { v: WireValue }[] } | { v: WireValue }[];

export interface WireOptions {
  /** formatOptions.useInt64Timestamp: TIMESTAMP as microseconds, else as seconds in floating point. */
  readonly int64Timestamps: boolean;
}

export function toWire(value: DuckDBValue, type: SqlType, options: WireOptions): WireValue {
  if (type.kind === 'ARRAY') {
    const items = value instanceof DuckDBListValue ? value.items : [];
    return items.map((item) => ({ v: toWire(item, type.element, options) }));
  }
  if (value === null) return null;
  if (type.kind === 'STRUCT') {
    const entries = value instanceof DuckDBStructValue ? Object.values(value.entries) : [];
    return { f: type.fields.map((field, i) => ({ v: toWire(entries[i] ?? null, field.type, options) })) };
  }
  if (value instanceof DuckDBTimestampTZValue) return timestamp(value.micros, options);
  if (value instanceof DuckDBTimestampValue) return isoDatetime(value.micros);
  if (value instanceof DuckDBDateValue) return new Date(value.days * 86_400_000).toISOString().slice(0, 10);
  if (value instanceof DuckDBTimeValue) return isoDatetime(value.micros).slice(11);
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('base64');
  if (value instanceof DuckDBDecimalValue) return decimal(value);
  if (typeof value === 'number' && type.kind === 'FLOAT64') return float(value);
  return String(value);
}

function timestamp(micros: bigint, options: WireOptions): string {
  if (options.int64Timestamps) return String(micros);
  const digits = String(micros < 0n ? -micros : micros).padStart(7, '0');
  return `${micros < 0n ? '-' : ''}${digits.slice(0, -6)}.${digits.slice(-6)}`;
}

function isoDatetime(micros: bigint): string {
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = new Date(Number((micros - fraction) / 1000n)).toISOString().slice(0, 19);
  return fraction === 0n ? seconds : `${seconds}.${String(fraction).padStart(6, '0')}`;
}

function decimal(value: DuckDBDecimalValue): string {
  const text = value.toString();
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** Google writes infinity as JSON's readers expect it: `Infinity`; whole numbers keep their point. */
function float(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return Number.isInteger(value) && Math.abs(value) < 1e15 ? `${value}.0` : String(value);
}
