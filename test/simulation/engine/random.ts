/** Chance that one number decides: the same seed gives the same answers in the same order. */
export interface Random {
  /** 0 <= x < 1 */
  next(): number;
  /** 0 <= n < below, whole. */
  int(below: number): number;
  chance(probability: number): boolean;
  /** @throws RangeError for no items */
  pick<T>(items: readonly T[]): T;
  /** One of the items, each as likely as its weight says. @throws RangeError when all weigh nothing */
  weighted<T>(items: readonly (readonly [weight: number, item: T])[]): T;
}

/** mulberry32: 32 bits of state are plenty for a few thousand draws. */
export function seeded(seed: number): Random {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const random: Random = {
    next,
    int: (below) => Math.floor(next() * below),
    chance: (probability) => next() < probability,
    pick: (items) => random.weighted(items.map((item) => [1, item])),
    weighted(items) {
      let left = next() * items.reduce((sum, [weight]) => sum + weight, 0);
      for (const [weight, item] of items) {
        if (weight <= 0) continue;
        left -= weight;
        if (left < 0) return item;
      }
      throw new RangeError('there is nothing to choose from');
    },
  };
  return random;
}
