import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import { invalid, unsupported } from '../errors.ts';
import { BIGNUMERIC_SCALE, DECIMAL_DIGITS, NUMERIC_SCALE, type ScalarKind } from '../types/types.ts';

const DATE = /^(\d{4})-(\d{1,2})-(\d{1,2})/;
const TIME = /^(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,6})(\d*))?/;
const ZONE = /^\s*(?:(Z|UTC)|([+-])(\d{1,2})(?::?(\d{2}))?)?$/i;
const INT64_MAX = 2n ** 63n - 1n;

/**
 * The value that a text of a CSV or JSON file stands for.
 * @throws ApiError invalid naming column, value and type; notImplemented for digits that BigQuery holds and DuckDB does not
 */
export function fromText(text: string, kind: ScalarKind, column: string): DuckDBValue {
  const value = READERS[kind](text);
  if (value === undefined) throw invalid(`Could not parse '${text.slice(0, 100)}' as ${kind} for field ${column}`);
  return value;
}

const READERS: Readonly<Record<ScalarKind, (text: string) => DuckDBValue | undefined>> = {
  STRING: (text) => text,
  JSON: (text) => (isJson(text) ? text : undefined),
  INT64: (text) => {
    if (!/^\s*[+-]?\d+\s*$/.test(text)) return undefined;
    const value = BigInt(text.trim().replace('+', ''));
    return value > INT64_MAX || value < -INT64_MAX - 1n ? undefined : value;
  },
  FLOAT64: (text) => {
    const special = {
      nan: NaN,
      inf: Infinity,
      '+inf': Infinity,
      '-inf': -Infinity,
      infinity: Infinity,
      '-infinity': -Infinity,
    }[text.trim().toLowerCase()];
    if (special !== undefined) return special;
    return text.trim() === '' || !Number.isFinite(Number(text)) ? undefined : Number(text);
  },
  NUMERIC: numericFromText,
  BIGNUMERIC: bigNumericFromText,
  BOOL: (text) =>
    ({ true: true, t: true, yes: true, y: true, '1': true, false: false, f: false, no: false, n: false, '0': false })[
      text.trim().toLowerCase()
    ],
  BYTES: (text) => (/^[A-Za-z0-9+/_-]*=*$/.test(text) ? new DuckDBBlobValue(Buffer.from(text, 'base64')) : undefined),
  DATE: (text) => {
    const days = readDays(text.trim());
    return days?.rest === '' ? new DuckDBDateValue(days.days) : undefined;
  },
  TIME: (text) => {
    const time = readTime(text.trim());
    return time?.rest === '' ? new DuckDBTimeValue(time.micros) : undefined;
  },
  DATETIME: (text) => {
    const at = readInstant(text.trim());
    return at?.rest === '' ? new DuckDBTimestampValue(at.micros) : undefined;
  },
  TIMESTAMP: (text) => {
    const at = readInstant(text.trim());
    const zone = at && ZONE.exec(at.rest);
    if (!at || !zone) return undefined;
    const minutes = BigInt(Number(zone[3] ?? 0) * 60 + Number(zone[4] ?? 0)) * (zone[2] === '-' ? -1n : 1n);
    return new DuckDBTimestampTZValue(at.micros - minutes * 60_000_000n);
  },
};

/** BIGNUMERIC is smaller here than at Google, so what does not fit is refused and never rounded. */
function bigNumericFromText(text: string): DuckDBDecimalValue | undefined {
  const parts = readDecimal(text, BIGNUMERIC_SCALE);
  if (!parts) return undefined;
  if (parts.rest !== 0n || parts.unscaled >= 10n ** BigInt(DECIMAL_DIGITS))
    throw unsupported(
      `BIGNUMERIC beyond ${DECIMAL_DIGITS - BIGNUMERIC_SCALE} digits before and ${BIGNUMERIC_SCALE} behind the point: ${text.trim()}`,
    );
  return new DuckDBDecimalValue(parts.negative ? -parts.unscaled : parts.unscaled, DECIMAL_DIGITS, BIGNUMERIC_SCALE);
}

/** Rounds half away from zero to the scale, as Google does; `undefined` for what is no number or too large. */
function numericFromText(text: string): DuckDBDecimalValue | undefined {
  const parts = readDecimal(text, NUMERIC_SCALE);
  if (!parts) return undefined;
  const unscaled = parts.unscaled + (2n * parts.rest >= parts.unit ? 1n : 0n);
  if (unscaled >= 10n ** BigInt(DECIMAL_DIGITS)) return undefined;
  return new DuckDBDecimalValue(parts.negative ? -unscaled : unscaled, DECIMAL_DIGITS, NUMERIC_SCALE);
}

interface DecimalParts {
  readonly negative: boolean;
  /** The digits down to the scale, and below it `rest` parts of `unit`. */
  readonly unscaled: bigint;
  readonly rest: bigint;
  readonly unit: bigint;
}

function readDecimal(text: string, scale: number): DecimalParts | undefined {
  const found = /^\s*([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d{1,3}))?\s*$/.exec(text);
  if (!found || (found[2] === '' && found[3] === '')) return undefined;
  const digits = BigInt(`${found[2] ?? ''}${found[3] ?? ''}`);
  const negative = found[1] === '-';
  const shift = scale - (found[3] ?? '').length + Number(found[4] ?? 0);
  if (shift >= 0) return { negative, unscaled: digits * 10n ** BigInt(shift), rest: 0n, unit: 1n };
  const unit = 10n ** BigInt(-shift);
  return { negative, unscaled: digits / unit, rest: digits % unit, unit };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function readDays(text: string): { days: number; rest: string } | undefined {
  const found = DATE.exec(text);
  if (!found) return undefined;
  const [year, month, day] = [Number(found[1]), Number(found[2]), Number(found[3])];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (year < 1 || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return { days: date.getTime() / 86_400_000, rest: text.slice(found[0].length) };
}

function readTime(text: string): { micros: bigint; rest: string } | undefined {
  const found = TIME.exec(text);
  if (!found) return undefined;
  const [hour, minute, second] = [Number(found[1]), Number(found[2]), Number(found[3])];
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  if (/[1-9]/.test(found[5] ?? '')) throw unsupported(`digits below the microsecond: ${text}`);
  const micros = BigInt(hour * 3600 + minute * 60 + second) * 1_000_000n + BigInt((found[4] ?? '').padEnd(6, '0'));
  return { micros, rest: text.slice(found[0].length) };
}

function readInstant(text: string): { micros: bigint; rest: string } | undefined {
  const date = readDays(text);
  if (!date) return undefined;
  const day = BigInt(date.days) * 86_400_000_000n;
  const time = /^[Tt ]\s*\d/.test(date.rest) ? readTime(date.rest.slice(1).trimStart()) : undefined;
  return time ? { micros: day + time.micros, rest: time.rest } : { micros: day, rest: date.rest };
}
