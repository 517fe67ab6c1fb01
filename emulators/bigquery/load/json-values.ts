import { DuckDBListValue, DuckDBStructValue, DuckDBTimestampTZValue, type DuckDBValue } from '@duckdb/node-api';
import { invalid, unsupported } from '../errors.ts';
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

/** JSON.parse that keeps numbers beyond 2^53 and long fractions as text. @throws ApiError invalid, naming `what` */
export function parseExactJson(text: string, what: string): unknown {
  // Each reviver call gets the number's source text (ECMAScript "JSON.parse source text access"), which the types lack yet.
  const revive = (_: string, value: unknown, context?: { source?: string }): unknown =>
    typeof value === 'number' && context?.source !== undefined && String(value) !== context.source
      ? new ExactNumber(context.source)
      : value;
  try {
    return JSON.parse(text, revive);
  } catch (error) {
    throw invalid(`${what}: ${(error as Error).message}`);
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
  if (kind === 'JSON') return toJsonText(value, name);
  if (typeof value === 'object' && !(value instanceof ExactNumber))
    throw invalid(`This field: ${name} is not a record.`);
  const text = value instanceof ExactNumber ? value.text : typeof value === 'string' ? value : JSON.stringify(value);
  if (kind === 'TIMESTAMP' && typeof value !== 'string') return timestampOfSeconds(text, name);
  if (kind === 'INT64' && /^-?\d+\.0+$/.test(text)) return fromText(text.replace(/\.0+$/, ''), kind, name);
  return fromText(text, kind, name);
}

/** Seconds since 1970 as a JSON number, exact to the microsecond. */
function timestampOfSeconds(text: string, name: string): DuckDBValue {
  const found = /^(-?)(\d{1,12})(?:\.(\d{1,6})0*)?$/.exec(text);
  if (!found) throw unsupported(`the number ${text} as a TIMESTAMP (field ${name})`);
  const micros = BigInt(`${found[2] ?? ''}${(found[3] ?? '').padEnd(6, '0')}`);
  return new DuckDBTimestampTZValue(found[1] === '-' ? -micros : micros);
}

/**
 * JSON columns hold 64-bit integers and doubles; a number that is neither would be rounded.
 * https://cloud.google.com/bigquery/docs/reference/standard-sql/json-data#numbers
 */
function toJsonText(value: unknown, name: string): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (!(part instanceof ExactNumber)) return part;
    if (/^-?\d+$/.test(part.text)) {
      const whole = BigInt(part.text);
      if (whole >= -(2n ** 63n) && whole < 2n ** 64n) return whole === 0n ? 0 : rawJson(part.text);
    } else if (sameNumber(String(Number(part.text)), part.text)) return Number(part.text);
    throw unsupported(`the number ${part.text} in a JSON column (field ${name})`);
  });
}

/** ECMAScript's JSON.rawJSON, which the types lack yet. */
function rawJson(text: string): unknown {
  return (JSON as unknown as { rawJSON: (text: string) => unknown }).rawJSON(text);
}

/** Whether two texts are one number: `1.50` and `1.5`, `1e2` and `100`. */
function sameNumber(a: string, b: string): boolean {
  return significantDigits(a) === significantDigits(b);
}

/** `12e3` for `12000`, `0.12e5` and their like; the sign is left out. */
function significantDigits(text: string): string {
  const [, whole = '', fraction = '', exponent = '0'] = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const kept = digits.replace(/0+$/, '');
  return kept === '' ? '0' : `${kept}e${Number(exponent) - fraction.length + digits.length - kept.length}`;
}
