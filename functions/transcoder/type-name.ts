import type { SourceType } from './rule.ts';

/** A type as people write it: `numeric(12,2)`, `text[]`. */
export function readableType(type: SourceType): string {
  if (type.element) return `${readableType(type.element)}[]`;
  if (type.name !== 'numeric' || type.modifier < 4) return type.name;
  const { precision, scale } = unpackNumeric(type.modifier);
  return `numeric(${precision},${scale})`;
}

/** Postgres keeps p and s of numeric(p, s) in the modifier, s in 11 bits with a sign. */
export function unpackNumeric(modifier: number): { precision: number; scale: number } {
  const packed = modifier - 4;
  return { precision: (packed >>> 16) & 0xffff, scale: ((packed & 0x7ff) ^ 0x400) - 0x400 };
}
