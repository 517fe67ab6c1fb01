import type { Source } from '../block.ts';
import { type Codec, requireLength, type TypeRule, Unfit } from '../rule.ts';
import { DAY_MICROS, EPOCH_DAYS, FIRST_DAY, LAST_DAY, printDay, printTime, printTimestamp } from './calendar.ts';

const NOT_IN_BIGQUERY = 'is outside of BigQuery (years 0001 to 9999, finite)';
/** Postgres' infinities are the largest and the smallest number. */
const INFINITE_DAY = 0x7fff_ffff;

function printDate({ view }: Source, at: number): string {
  const day = view.getInt32(at);
  if (day >= INFINITE_DAY) return 'infinity';
  return day < -INFINITE_DAY ? '-infinity' : printDay(day + EPOCH_DAYS);
}

const dateCodec: Codec = {
  growth: 1,
  write(source, at, length, out) {
    requireLength('date', 4, length);
    const day = source.view.getInt32(at);
    if (day < FIRST_DAY - EPOCH_DAYS || day > LAST_DAY - EPOCH_DAYS)
      throw new Unfit(`${printDate(source, at)} ${NOT_IN_BIGQUERY}`);
    out.writeInt(day + EPOCH_DAYS);
  },
  print: printDate,
};

export const date: TypeRule = {
  names: ['date'],
  fits: () => 'int (date)',
  compile: (_type, field) => (field === 'date' ? dateCodec : undefined),
};

/** Both halves of a 64-bit integer, the lower one unsigned. */
function halves(value: bigint): { high: number; low: number } {
  return { high: Number(BigInt.asIntN(32, value >> 32n)), low: Number(value & 0xffff_ffffn) };
}
const EPOCH = halves(BigInt(EPOCH_DAYS) * BigInt(DAY_MICROS));
const FIRST = halves(BigInt(FIRST_DAY - EPOCH_DAYS) * BigInt(DAY_MICROS));
const LAST = halves(BigInt(LAST_DAY + 1 - EPOCH_DAYS) * BigInt(DAY_MICROS) - 1n);

/** A timestamp with or without a time zone is the same number: microseconds in UTC, or by the clock on the wall. */
function timestampCodec(zone: string): Codec {
  const print = ({ view }: Source, at: number): string => {
    const micros = view.getBigInt64(at);
    if (micros === 2n ** 63n - 1n) return 'infinity';
    return micros === -(2n ** 63n) ? '-infinity' : printTimestamp(micros, zone);
  };
  return {
    growth: 2,
    // A number is exact to 2^53 microseconds, 285 years; so the two halves are compared and added by themselves.
    write(source, at, length, out) {
      requireLength('timestamp', 8, length);
      const high = source.view.getInt32(at);
      const low = source.view.getUint32(at + 4);
      const early = high < FIRST.high || (high === FIRST.high && low < FIRST.low);
      if (early || high > LAST.high || (high === LAST.high && low > LAST.low))
        throw new Unfit(`${print(source, at)} ${NOT_IN_BIGQUERY}`);
      const sum = low + EPOCH.low;
      out.writeLong(high + EPOCH.high + (sum > 0xffff_ffff ? 1 : 0), sum | 0);
    },
    print,
  };
}

export const timestamptz: TypeRule = {
  names: ['timestamptz'],
  fits: () => 'long (timestamp-micros)',
  compile: (_type, field) => (field === 'timestamp-micros' ? timestampCodec('+00') : undefined),
};

export const timestamp: TypeRule = {
  names: ['timestamp'],
  fits: () => 'long (local-timestamp-micros)',
  compile: (_type, field) => (field === 'local-timestamp-micros' ? timestampCodec('') : undefined),
};

/** At most 24 hours, so the number is exact. */
export function readTime({ view }: Source, at: number): number {
  return view.getInt32(at) * 0x1_0000_0000 + view.getUint32(at + 4);
}

const timeCodec: Codec = {
  growth: 1,
  write(source, at, length, out) {
    requireLength('time', 8, length);
    if (readTime(source, at) >= DAY_MICROS) throw new Unfit('24:00:00 is beyond the last microsecond of a TIME');
    out.writeLong(source.view.getInt32(at), source.view.getInt32(at + 4));
  },
  print: (source, at) => printTime(readTime(source, at)),
};

export const time: TypeRule = {
  names: ['time'],
  fits: () => 'long (time-micros)',
  compile: (_type, field) =>
    typeof field === 'object' && 'scalar' in field && field.scalar === 'time-micros' ? timeCodec : undefined,
};
