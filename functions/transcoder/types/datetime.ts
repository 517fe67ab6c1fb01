import type { Source } from '../block.ts';
import type { Input } from '../input.ts';
import { type Codec, requireLength, type SourceType, type TypeRule, Unfit } from '../rule.ts';
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
  back: {
    room: 8,
    read(input, out) {
      const day = input.readInt();
      if (day < FIRST_DAY || day > LAST_DAY) throw new Unfit(`day ${day} since 1970 ${NOT_IN_BIGQUERY}`);
      out.writeInt32(4);
      out.writeInt32(day - EPOCH_DAYS);
    },
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

function isOutside(high: number, low: number): boolean {
  const early = high < FIRST.high || (high === FIRST.high && low < FIRST.low);
  return early || high > LAST.high || (high === LAST.high && low > LAST.low);
}

/** Whether a column with so few digits of a second would round, of which Postgres says nothing. */
function isFiner(high: number, low: number, digits: number): boolean {
  if (digits < 0 || digits >= 6) return false;
  const unit = 10 ** (6 - digits);
  return ((high % unit) * (0x1_0000_0000 % unit) + (low % unit)) % unit !== 0;
}

function tell({ high, low }: Input, digits: number): string {
  const micros = (BigInt(high) << 32n) + BigInt(low >>> 0);
  const column = digits < 0 ? '' : `, or has more than ${digits} digits of a second`;
  return `microsecond ${micros} ${NOT_IN_BIGQUERY}${column}`;
}

/** A timestamp with or without a time zone is the same number: microseconds in UTC, or by the clock on the wall. */
function timestampCodec(zone: string, { modifier }: SourceType): Codec {
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
      if (isOutside(high, low)) throw new Unfit(`${print(source, at)} ${NOT_IN_BIGQUERY}`);
      const sum = low + EPOCH.low;
      out.writeLong(high + EPOCH.high + (sum > 0xffff_ffff ? 1 : 0), sum | 0);
    },
    back: {
      room: 12,
      read(input, out) {
        input.readLong();
        const difference = (input.low >>> 0) - EPOCH.low;
        const high = input.high - EPOCH.high - (difference < 0 ? 1 : 0);
        const low = difference >>> 0;
        if (isOutside(high, low) || isFiner(high, low, modifier)) throw new Unfit(tell(input, modifier));
        out.writeInt32(8);
        out.writeInt32(high);
        out.writeInt32(low);
      },
    },
    print,
  };
}

export const timestamptz: TypeRule = {
  names: ['timestamptz'],
  fits: () => 'long (timestamp-micros)',
  compile: (type, field) => (field === 'timestamp-micros' ? timestampCodec('+00', type) : undefined),
};

export const timestamp: TypeRule = {
  names: ['timestamp'],
  fits: () => 'long (local-timestamp-micros)',
  compile: (type, field) => (field === 'local-timestamp-micros' ? timestampCodec('', type) : undefined),
};

/** At most 24 hours, so the number is exact. */
export function readTime({ view }: Source, at: number): number {
  return view.getInt32(at) * 0x1_0000_0000 + view.getUint32(at + 4);
}

const timeCodec = ({ modifier }: SourceType): Codec => ({
  growth: 1,
  write(source, at, length, out) {
    requireLength('time', 8, length);
    if (readTime(source, at) >= DAY_MICROS) throw new Unfit('24:00:00 is beyond the last microsecond of a TIME');
    out.writeLong(source.view.getInt32(at), source.view.getInt32(at + 4));
  },
  back: {
    room: 12,
    read(input, out) {
      input.readLong();
      const { high, low } = input;
      const micros = high * 0x1_0000_0000 + (low >>> 0);
      if (micros < 0 || micros >= DAY_MICROS || isFiner(high, low >>> 0, modifier)) {
        throw new Unfit(`microsecond ${micros} is no time of this column`);
      }
      out.writeInt32(8);
      out.writeInt32(high);
      out.writeInt32(low);
    },
  },
  print: (source, at) => printTime(readTime(source, at)),
});

export const time: TypeRule = {
  names: ['time'],
  fits: () => 'long (time-micros)',
  compile: (type, field) =>
    typeof field === 'object' && 'scalar' in field && field.scalar === 'time-micros' ? timeCodec(type) : undefined,
};
