/** Random numbers that are the same in every run, so that a property which fails can be looked at (mulberry32). */
export interface Random {
  /** 0 <= integer < below */
  below(below: number): number;
  pick<T>(from: readonly T[]): T;
  bigint(bits: number): bigint;
  text(characters: string, length: number): string;
}

export function seeded(seed: number): Random {
  let state = seed >>> 0;
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
  const pick = <T>(from: readonly T[]): T => from[below(from.length)] as T;
  return {
    below,
    pick,
    bigint(bits) {
      let value = 0n;
      for (let bit = 0; bit < bits; bit += 16) value = (value << 16n) | BigInt(below(65_536));
      return BigInt.asIntN(bits, value);
    },
    text(characters, length) {
      const from = Array.from(characters);
      return Array.from({ length }, () => pick(from)).join('');
    },
  };
}
