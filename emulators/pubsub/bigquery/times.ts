/** A value that its column cannot hold: the message is not written, and tried again. */
export class Unwritable extends Error {
  override readonly name = 'Unwritable';
}

const DAY_MS = 86_400_000n;
/** The days that BigQuery has: https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#timestamp_type */
const FIRST_MS = BigInt(Date.parse('0001-01-01T00:00:00Z'));
const END_MS = BigInt(Date.parse('9999-12-31T00:00:00Z')) + DAY_MS;

/** Microseconds since 1970 as `2026-11-20 10:00:00.123456 UTC`. @throws Unwritable beyond the years 1 to 9999 */
export function timestampText(micros: bigint): string {
  const [ms, rest] = divide(micros, 1000n);
  const [day, time] = isoOf(ms, `${micros} microseconds`).split('T');
  return `${day ?? ''} ${(time ?? '').slice(0, 12)}${String(rest).padStart(3, '0')} UTC`;
}

/** Days since 1970 as `2026-11-20`. @throws Unwritable beyond the years 1 to 9999 */
export function dateText(days: bigint): string {
  return isoOf(days * DAY_MS, `${days} days`).slice(0, 10);
}

/** Microseconds since midnight as `10:00:00.123456`. @throws Unwritable beyond a day */
export function timeText(micros: bigint): string {
  const [ms, rest] = divide(micros, 1000n);
  if (ms < 0n || ms >= DAY_MS) throw new Unwritable(`${micros} microseconds are no time of a day`);
  return `${isoOf(ms, '').slice(11, 23)}${String(rest).padStart(3, '0')}`;
}

function isoOf(ms: bigint, what: string): string {
  if (ms < FIRST_MS || ms >= END_MS) throw new Unwritable(`${what} since 1970 are beyond the years 1 to 9999`);
  return new Date(Number(ms)).toISOString();
}

/** Quotient and remainder; the remainder is never negative. */
function divide(value: bigint, by: bigint): [bigint, bigint] {
  const rest = ((value % by) + by) % by;
  return [(value - rest) / by, rest];
}
