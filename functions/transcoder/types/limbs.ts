import type { Block } from '../block.ts';

const LIMB_BITS = 24;
const LIMB = 2 ** LIMB_BITS;
const LIMB_BYTES = LIMB_BITS / 8;
/** 76 digits, BigQuery's longest decimal, need 253 bits and one for the sign. */
const COUNT = 11;

/** An unsigned integer beyond 2^53, made of limbs that are exact as numbers and kept for the next value. */
export class Limbs {
  readonly #limbs = new Int32Array(COUNT);
  #used = 0;

  clear(): void {
    this.#used = 0;
  }

  /** this * factor + addend; both below 2^24. */
  multiplyAdd(factor: number, addend: number): void {
    let carry = addend;
    for (let index = 0; index < this.#used; index++) {
      const product = (this.#limbs[index] ?? 0) * factor + carry;
      this.#limbs[index] = product % LIMB;
      carry = Math.floor(product / LIMB);
    }
    if (carry > 0) this.#limbs[this.#used++] = carry;
  }

  /** As an Avro `bytes` in two's complement, as few as it takes; the bytes of -n are those of n - 1 inverted. */
  write(negative: boolean, out: Block): void {
    if (negative) this.#decrement();
    while (this.#used > 0 && this.#limbs[this.#used - 1] === 0) this.#used--;
    const top = this.#used === 0 ? 0 : (this.#limbs[this.#used - 1] ?? 0);
    const bits = Math.max(this.#used - 1, 0) * LIMB_BITS + 32 - Math.clz32(top);
    const size = (bits >>> 3) + 1;
    const flip = negative ? 0xff : 0;
    out.writeLength(size);
    for (let byte = size - 1; byte >= 0; byte--) {
      const index = Math.floor(byte / LIMB_BYTES);
      const limb = index < this.#used ? (this.#limbs[index] ?? 0) : 0;
      out.writeByte((limb >>> (8 * (byte % LIMB_BYTES))) ^ flip);
    }
  }

  #decrement(): void {
    let index = 0;
    while (this.#limbs[index] === 0) this.#limbs[index++] = LIMB - 1;
    this.#limbs[index] = (this.#limbs[index] ?? 0) - 1;
  }
}
