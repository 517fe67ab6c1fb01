import type { Block } from '../block.ts';
import { brokenFile, type Input } from '../input.ts';
import { Unfit, type WayBack } from '../rule.ts';

/** An Avro decimal as Postgres' groups of four digits; see numeric.ts for both forms. */
const HEADER_BYTES = 8;
const GROUP = 10_000;
const GROUP_DIGITS = 4;
const NEGATIVE = 0x4000;
/** BigQuery's longest decimal has 32 bytes; whoever pads them with signs may take more. */
const BYTES_AT_MOST = 64;
const LIMB = 0x1_0000;
/** A product with the largest power that fills a group, 10^3, stays exact. */
const SMALL_BYTES = 5;
const GROUPS_AT_MOST = Math.ceil((BYTES_AT_MOST * Math.log10(256)) / GROUP_DIGITS) + 1;

/**
 * @param columnScale the scale that the column rounds to, without a word; undefined when it takes everything
 * @returns the value with `scale` digits behind the point, as numeric(…, scale) would have it
 */
export function decimalBack(precision: number, scale: number, columnScale: number | undefined): WayBack {
  const groups = new Groups();
  const fraction = Math.ceil(scale / GROUP_DIGITS);
  const shift = 10 ** (fraction * GROUP_DIGITS - scale);
  const zeros = columnScale === undefined ? 0 : Math.max(scale - columnScale, 0);
  const padding = fraction * GROUP_DIGITS - scale;
  return {
    room: 4 + HEADER_BYTES + 2 * GROUPS_AT_MOST,
    read(input, out) {
      const length = input.readLength();
      if (length === 0 || length > BYTES_AT_MOST) throw brokenFile(`a decimal of ${length} bytes`);
      const negative = groups.read(input, length, shift);
      if (groups.digits - padding > precision) throw new Unfit(`a number of more than ${precision} digits`);
      if (zeros > 0 && groups.zeros - padding < zeros)
        throw new Unfit(`more than ${columnScale} digits behind the point`);
      groups.write(out, fraction, scale, negative);
    },
  };
}

/** Groups of digits, the last one first; kept for the next value. */
class Groups {
  readonly #groups = new Uint16Array(GROUPS_AT_MOST);
  readonly #limbs = new Uint32Array(BYTES_AT_MOST / 2);
  #count = 0;

  /** How many digits there are, without zeros before them. */
  get digits(): number {
    if (this.#count === 0) return 0;
    return (this.#count - 1) * GROUP_DIGITS + String(this.#groups[this.#count - 1]).length;
  }

  /** How many zeros are at the end; of a zero, as many as one may ask for. */
  get zeros(): number {
    let first = 0;
    while (first < this.#count && this.#groups[first] === 0) first++;
    if (first === this.#count) return Infinity;
    const last = this.#groups[first] ?? 0;
    return first * GROUP_DIGITS + (last % 1000 === 0 ? 3 : last % 100 === 0 ? 2 : last % 10 === 0 ? 1 : 0);
  }

  /** The integer in `length` bytes times `shift`. @returns whether it is negative */
  read(input: Input, length: number, shift: number): boolean {
    const { view, at } = input;
    input.at = at + length;
    this.#count = 0;
    const negative = view.getInt8(at) < 0;
    if (length > SMALL_BYTES) {
      this.#divideLimbs(this.#readLimbs(input, at, length, shift));
      return negative;
    }
    let value = view.getInt8(at);
    for (let index = 1; index < length; index++) value = value * 256 + view.getUint8(at + index);
    let rest = Math.abs(value) * shift;
    while (rest > 0) {
      const group = rest % GROUP;
      this.#groups[this.#count++] = group;
      rest = (rest - group) / GROUP;
    }
    return negative;
  }

  /** The magnitude in limbs of 16 bits, the last one first. @returns how many are not zero */
  #readLimbs({ view }: Input, at: number, length: number, shift: number): number {
    const negative = view.getInt8(at) < 0;
    const flip = negative ? 0xff : 0;
    const count = Math.ceil(length / 2);
    // Minus n is n inverted, plus one.
    let carry = negative ? shift : 0;
    for (let index = 0; index < count; index++) {
      const low = at + length - 1 - 2 * index;
      const limb = (view.getUint8(low) ^ flip) | (low > at ? (view.getUint8(low - 1) ^ flip) << 8 : 0);
      const product = limb * shift + carry;
      this.#limbs[index] = product % LIMB;
      carry = Math.floor(product / LIMB);
    }
    if (carry === 0) return count;
    if (count === this.#limbs.length) throw new Unfit(`a decimal of ${length} bytes`);
    this.#limbs[count] = carry;
    return count + 1;
  }

  #divideLimbs(limbs: number): void {
    let used = limbs;
    for (;;) {
      while (used > 0 && this.#limbs[used - 1] === 0) used--;
      if (used === 0) return;
      let rest = 0;
      for (let index = used - 1; index >= 0; index--) {
        const dividend = rest * LIMB + (this.#limbs[index] ?? 0);
        rest = dividend % GROUP;
        this.#limbs[index] = (dividend - rest) / GROUP;
      }
      this.#groups[this.#count++] = rest;
    }
  }

  /** @param fraction how many groups are behind the point @param scale how many digits Postgres shows there */
  write(out: Block, fraction: number, scale: number, negative: boolean): void {
    const count = this.#count;
    let first = 0;
    while (first < count && this.#groups[first] === 0) first++;
    const sent = count - first;
    const { view, at } = out;
    view.setInt32(at, HEADER_BYTES + 2 * sent);
    view.setInt16(at + 4, sent);
    view.setInt16(at + 6, sent === 0 ? 0 : count - 1 - fraction);
    view.setUint16(at + 8, negative ? NEGATIVE : 0);
    view.setUint16(at + 10, scale);
    let next = at + 4 + HEADER_BYTES;
    for (let index = count - 1; index >= first; index--) {
      view.setUint16(next, this.#groups[index] ?? 0);
      next += 2;
    }
    out.at = next;
  }
}
