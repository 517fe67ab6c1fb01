import type { Block, Source } from '../block.ts';
import { brokenStream, type Codec, type SourceType, type TypeRule, Unfit } from '../rule.ts';
import { unpackNumeric } from '../type-name.ts';
import { decimalBack } from './numeric-back.ts';
import { printNumeric } from './numeric-text.ts';
import { Limbs } from './limbs.ts';

/**
 * Postgres sends groups of four decimal digits, the first of them worth 10000^weight, without zeros at either end:
 * https://github.com/postgres/postgres/blob/REL_17_STABLE/src/backend/utils/adt/numeric.c (numeric_send).
 * Avro takes the value times 10^scale as a two's-complement integer: https://avro.apache.org/docs/1.12.0/specification/#decimal
 */
const HEADER_BYTES = 8;
const GROUP = 10_000;
const GROUP_DIGITS = 4;
const NEGATIVE = 0x4000;
const SPECIAL: Readonly<Record<number, string>> = { 0xc000: 'NaN', 0xd000: 'infinity', 0xf000: '-infinity' };
const NUMERIC_OID = 1700;
/** Up to here a number is exact. */
const EXACT_DIGITS = 15;
const POWERS = Array.from({ length: EXACT_DIGITS + 1 }, (_, digits) => 10 ** digits);

function declared({ modifier }: SourceType): { precision: number; scale: number } | undefined {
  return modifier < 4 ? undefined : unpackNumeric(modifier);
}

export const numeric: TypeRule = {
  names: ['numeric'],
  fits(type) {
    const limits = declared(type);
    if (!limits) return 'bytes (decimal) of a precision and scale that you choose; what does not fit is quarantined';
    const scale = Math.max(limits.scale, 0);
    const whole = Math.max(limits.precision - limits.scale, 0);
    return `bytes (decimal) with precision ${whole + scale} and scale ${scale}, or more on either side of the point`;
  },
  compile(type, field) {
    if (typeof field !== 'object' || !('decimal' in field)) return undefined;
    const { precision, scale } = field.decimal;
    const limits = declared(type);
    if (limits && (limits.scale > scale || limits.precision - limits.scale > precision - scale)) return undefined;
    return { ...decimalCodec(precision, scale), back: decimalBack(precision, scale, limits?.scale) };
  },
};

/** Money has as many decimals as lc_monetary says, which its eight bytes do not tell; as a numeric they show. */
export const money: TypeRule = {
  names: ['money'],
  fits: () => 'bytes (decimal) with precision 19 and the scale of lc_monetary, e.g. 2',
  compile(_type, field) {
    if (typeof field !== 'object' || !('decimal' in field)) return undefined;
    const { precision, scale } = field.decimal;
    const through = { type: 'numeric', oid: NUMERIC_OID };
    return {
      ...decimalCodec(precision, scale),
      cast: 'numeric',
      back: { ...decimalBack(precision, scale, undefined), through },
    };
  },
};

function decimalCodec(precision: number, scale: number): Omit<Codec, 'back'> {
  const limbs = new Limbs();
  const write = (source: Source, at: number, length: number, out: Block): void => {
    const { view } = source;
    let count = length < HEADER_BYTES ? -1 : view.getInt16(at);
    if (count < 0 || length !== HEADER_BYTES + 2 * count) throw brokenStream(`a numeric of ${length} bytes`);
    const weight = view.getInt16(at + 2);
    const sign = view.getUint16(at + 4);
    if (sign !== 0 && sign !== NEGATIVE) throw new Unfit(`${SPECIAL[sign] ?? 'no number'} is no decimal`);
    const digits = at + HEADER_BYTES;
    while (count > 0 && view.getUint16(digits + 2 * (count - 1)) === 0) count--;
    if (count === 0) {
      out.writeByte(2);
      out.writeByte(0);
      return;
    }
    // Places between the last digit that was sent and the last one that Avro's integer has; negative when too many came.
    const missing = scale + GROUP_DIGITS * (weight - count + 1);
    const last = readGroup(view, digits + 2 * (count - 1));
    if (missing <= -GROUP_DIGITS || (missing < 0 && last % (POWERS[-missing] ?? 1) !== 0)) {
      throw new Unfit(`${printNumeric(source, at)} has more than ${scale} digits behind the point`);
    }
    if ((weight + 1) * GROUP_DIGITS + scale <= EXACT_DIGITS) {
      let value = 0;
      for (let group = 0; group < count - 1; group++) value = value * GROUP + readGroup(view, digits + 2 * group);
      value =
        missing < 0
          ? value * (POWERS[GROUP_DIGITS + missing] ?? 1) + last / (POWERS[-missing] ?? 1)
          : (value * GROUP + last) * (POWERS[missing] ?? 1);
      if (precision > EXACT_DIGITS || value < (POWERS[precision] ?? 1)) {
        writeSmall(value, sign === NEGATIVE, out);
        return;
      }
    } else if (countDigits(view, digits, count, weight, scale) <= precision) {
      limbs.clear();
      for (let group = 0; group < count - 1; group++) limbs.multiplyAdd(GROUP, readGroup(view, digits + 2 * group));
      if (missing < 0) limbs.multiplyAdd(POWERS[GROUP_DIGITS + missing] ?? 1, last / (POWERS[-missing] ?? 1));
      else limbs.multiplyAdd(GROUP, last);
      for (let rest = missing; rest > 0; rest -= GROUP_DIGITS) limbs.multiplyAdd(POWERS[Math.min(rest, 4)] ?? 1, 0);
      limbs.write(sign === NEGATIVE, out);
      return;
    }
    throw new Unfit(`${printNumeric(source, at)} does not fit decimal(${precision}, ${scale})`);
  };
  // A number of a few groups may stand far before the point, so its own length says nothing.
  return { write, growth: Math.ceil(precision / 2) + 2, print: printNumeric };
}

function readGroup(view: DataView, at: number): number {
  const group = view.getUint16(at);
  if (group >= GROUP) throw brokenStream(`${group} among the digits of a numeric`);
  return group;
}

/** How many digits the value has when it is counted in units of 10^-scale. */
function countDigits(view: DataView, digits: number, count: number, weight: number, scale: number): number {
  let first = 0;
  while (first < count - 1 && readGroup(view, digits + 2 * first) === 0) first++;
  return String(readGroup(view, digits + 2 * first)).length + GROUP_DIGITS * (weight - first) + scale;
}

/** An integer below 10^15 in as few bytes as it takes; those of -n are those of n - 1 inverted. */
function writeSmall(value: number, negative: boolean, out: Block): void {
  const magnitude = negative ? value - 1 : value;
  const flip = negative ? 0xff : 0;
  const high = Math.floor(magnitude / 0x1_0000_0000);
  const low = magnitude >>> 0;
  const bits = high === 0 ? 32 - Math.clz32(low) : 64 - Math.clz32(high);
  const size = (bits >>> 3) + 1;
  out.writeByte(size << 1);
  for (let byte = size - 1; byte >= 0; byte--) {
    out.writeByte((byte < 4 ? low >>> (8 * byte) : high >>> (8 * (byte - 4))) ^ flip);
  }
}
