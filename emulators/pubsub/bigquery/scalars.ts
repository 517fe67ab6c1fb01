import type { Node } from '../schemas/nodes.ts';
import { dateText, timestampText, timeText, Unwritable } from './times.ts';

/** Renders a value as the JSON text of a cell. @throws Unwritable */
export type Render = (value: unknown) => string;

type Scalar = Exclude<Node, { readonly kind: 'record' | 'array' | 'map' | 'union' }>;

/**
 * Which columns take an Avro type, and how: https://cloud.google.com/pubsub/docs/bigquery#avro-types. By Avro type, or by
 * logical type for those that Google lists; any other logical type counts as the type that it annotates.
 */
const SCALARS: Readonly<Record<string, (node: Scalar) => Readonly<Record<string, Render>>>> = {
  boolean: () => ({ BOOL: String }),
  int: () => WHOLE,
  long: () => WHOLE,
  float: () => ({ FLOAT64: float, NUMERIC: text, BIGNUMERIC: text }),
  double: () => ({ FLOAT64: float, NUMERIC: text, BIGNUMERIC: text }),
  bytes: () => ({ BYTES: base64 }),
  fixed: () => ({ BYTES: base64 }),
  string: () => ({
    STRING: text,
    JSON: jsonText,
    TIMESTAMP: text,
    DATETIME: text,
    DATE: text,
    TIME: text,
    NUMERIC: text,
    BIGNUMERIC: text,
  }),
  enum: (node) => ({ INT64: (value) => String('symbols' in node ? node.symbols.indexOf(String(value)) : -1) }),
  'timestamp-micros': () => ({ TIMESTAMP: (value) => text(timestampText(value as bigint)) }),
  'timestamp-millis': () => ({ TIMESTAMP: (value) => text(timestampText((value as bigint) * 1000n)) }),
  date: () => ({ DATE: (value) => text(dateText(BigInt(value as number))) }),
  'time-micros': () => ({ TIME: (value) => text(timeText(value as bigint)) }),
  'time-millis': () => ({ TIME: (value) => text(timeText(BigInt(value as number) * 1000n)) }),
  decimal: (node) => {
    const scale = 'logical' in node ? (node.logical?.scale ?? 0) : 0;
    const render: Render = (value) => text(decimalText(value as Buffer, scale));
    return { NUMERIC: render, BIGNUMERIC: render };
  },
  // INTERVAL is a type that no emulator of ours has.
  duration: () => ({}),
};
const WHOLE: Readonly<Record<string, Render>> = { INT64: text, NUMERIC: text, BIGNUMERIC: text };
const LISTED: Readonly<Record<string, readonly string[]>> = {
  int: ['date', 'time-millis'],
  long: ['timestamp-micros', 'timestamp-millis', 'time-micros'],
  bytes: ['decimal'],
  fixed: ['decimal', 'duration'],
};

/** The columns that take this type. */
export function scalarColumns(node: Scalar): Readonly<Record<string, Render>> {
  const logical = 'logical' in node ? node.logical?.name : undefined;
  const listed = logical !== undefined && LISTED[node.kind]?.includes(logical) === true;
  return SCALARS[listed ? logical : node.kind]?.(node) ?? {};
}

function text(value: unknown): string {
  return JSON.stringify(String(value));
}

function float(value: unknown): string {
  return Number.isFinite(value) ? String(value) : text(value);
}

function base64(value: unknown): string {
  return text((value as Buffer).toString('base64'));
}

/** @throws Unwritable */
export function jsonText(value: unknown): string {
  try {
    JSON.parse(String(value));
  } catch {
    throw new Unwritable(`not JSON, as its column is: ${String(value).slice(0, 100)}`);
  }
  return String(value);
}

/** The unscaled two's complement, big-endian: https://avro.apache.org/docs/1.12.0/specification/#decimal */
function decimalText(bytes: Buffer, scale: number): string {
  const unscaled = bytes.length === 0 ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`));
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  const sign = unscaled < 0n ? '-' : '';
  const point = digits.length - scale;
  return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}
