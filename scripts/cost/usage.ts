import type { Sku } from './prices.ts';

/** So many units of a SKU in a month. */
export interface Usage {
  readonly sku: Sku;
  /** What uses it, for people. */
  readonly what: string;
  readonly quantity: number;
}

export const GIB = 2 ** 30;
export const TIB = 2 ** 40;

export const sum = <T>(list: readonly T[], of: (item: T) => number): number =>
  list.reduce((total, item) => total + of(item), 0);
