import type { Source } from '../block.ts';
import { type Codec, requireLength, type SourceType, type TypeRule, Unfit } from '../rule.ts';
import { printFraction, printTime } from './calendar.ts';
import { readTime } from './datetime.ts';
import { throughText } from './text.ts';

/**
 * Types that no Avro type is made for; they become the text that Postgres prints, and stay exact. An interval is
 * printed as ISO 8601 has it (`P1Y2M3DT4H5M6.7S`), whatever the session's IntervalStyle.
 */
const TEXT_BYTES = 80;

function asText(name: string, bytes: number, print: (source: Source, at: number) => string): Codec {
  return {
    growth: TEXT_BYTES,
    write(source, at, length, out) {
      requireLength(name, bytes, length);
      out.writeAscii(print(source, at));
    },
    back: throughText,
    print,
  };
}

/** A column with a precision or a range of fields would round or cut what Postgres reads for it, and say nothing. */
function unlessRounded(codec: Codec, { name, modifier }: SourceType): Codec {
  if (modifier === -1) return codec;
  return { ...codec, back: { refused: `${name} with a precision rounds what it is given` } };
}

/** Microseconds, days, months. */
function printInterval({ view }: Source, at: number): string {
  const micros = view.getBigInt64(at);
  const [days, months] = [view.getInt32(at + 8), view.getInt32(at + 12)];
  const part = (value: number | bigint, unit: string): string => (Number(value) === 0 ? '' : `${String(value)}${unit}`);
  const seconds = micros / 1_000_000n;
  const rest = Number(micros % 1_000_000n);
  const [hour, minute, second] = [seconds / 3600n, (seconds / 60n) % 60n, Number(seconds % 60n)];
  const fraction = printFraction(Math.abs(rest));
  const sign = second < 0 || rest < 0 ? '-' : '';
  const fine = second === 0 && rest === 0 ? '' : `${sign}${Math.abs(second)}${fraction}S`;
  const date = `${part(Math.trunc(months / 12), 'Y')}${part(months % 12, 'M')}${part(days, 'D')}`;
  const time = `${part(hour, 'H')}${part(minute, 'M')}${fine}`;
  if (date === '' && time === '') return 'PT0S';
  return `P${date}${time === '' ? '' : `T${time}`}`;
}

const INTERVAL_BYTES = 16;
const intervalText = asText('interval', INTERVAL_BYTES, printInterval);

/** Since Postgres 17 an interval may be infinite: every part of it is its largest or its smallest number. */
function isInfinite({ view }: Source, at: number): boolean {
  const extreme = view.getInt32(at + 12);
  if (extreme !== 0x7fff_ffff && extreme !== -0x8000_0000) return false;
  const micros = extreme > 0 ? 2n ** 63n - 1n : -(2n ** 63n);
  return view.getInt32(at + 8) === extreme && view.getBigInt64(at) === micros;
}

const intervalCodec: Codec = {
  ...intervalText,
  write(source, at, length, out) {
    if (length === INTERVAL_BYTES && isInfinite(source, at)) throw new Unfit('an infinite interval is no ISO 8601');
    intervalText.write(source, at, length, out);
  },
};

export const interval: TypeRule = {
  names: ['interval'],
  fits: () => 'string (ISO 8601)',
  compile: (type, field) => (field === 'string' ? unlessRounded(intervalCodec, type) : undefined),
};

/** The offset is sent in seconds west of Greenwich. */
function printTimeWithZone(source: Source, at: number): string {
  const west = source.view.getInt32(at + 8);
  const [sign, seconds] = [west > 0 ? '-' : '+', Math.abs(west)];
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  while (parts.length > 1 && parts.at(-1) === 0) parts.pop();
  return `${printTime(readTime(source, at))}${sign}${parts.map((part) => String(part).padStart(2, '0')).join(':')}`;
}

const timetzCodec = asText('timetz', 12, printTimeWithZone);

/** BigQuery's TIME has no zone, and without it the value would mean something else. */
export const timetz: TypeRule = {
  names: ['timetz'],
  fits: () => 'string',
  compile: (type, field) => (field === 'string' ? unlessRounded(timetzCodec, type) : undefined),
};
