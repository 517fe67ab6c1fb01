import { createHash } from 'node:crypto';

/** Pseudo-random numbers that are the same for the same seed on every machine (the generator is sfc32). */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter: number;

  constructor(...seed: readonly (string | number)[]) {
    const digest = createHash('sha256').update(seed.join('\0')).digest();
    this.#a = digest.readUInt32LE(0);
    this.#b = digest.readUInt32LE(4);
    this.#c = digest.readUInt32LE(8);
    this.#counter = digest.readUInt32LE(12);
  }

  /** A number in [0, 1). */
  next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  }

  /** An integer from `min` to `max`, both included. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  /** True once in `n` times, on average. */
  oneIn(n: number): boolean {
    return this.next() * n < 1;
  }

  pick<T>(list: readonly [T, ...T[]]): T;
  pick(list: string): string;
  pick<T>(list: readonly [T, ...T[]] | string): T | string {
    return list[this.integer(0, list.length - 1)] ?? list[0] ?? '';
  }

  /** Up to `count` different entries of the list. */
  sample<T>(list: readonly [T, ...T[]], count: number): T[] {
    const chosen = new Set<T>();
    for (let i = 0; i < count; i++) chosen.add(this.pick(list));
    return [...chosen];
  }

  /** Text from a pattern: `#` becomes a digit, `A` a capital letter, anything else stays. */
  fill(pattern: string): string {
    return pattern.replace(/[#A]/g, (mark) => this.pick(mark === '#' ? '0123456789' : 'ABCDEFGHJKLMNPRSTUVWXYZ'));
  }

  text(length: number, alphabet: string): string {
    return Array.from({ length }, () => this.pick(alphabet)).join('');
  }
}
