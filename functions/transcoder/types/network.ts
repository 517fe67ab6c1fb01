import type { Source } from '../block.ts';
import { brokenStream, type Codec, type TypeRule } from '../rule.ts';
import { throughText } from './text.ts';

/** https://github.com/postgres/postgres/blob/REL_17_STABLE/src/backend/utils/adt/network.c (network_send) */
const HEADER_BYTES = 4;
const FAMILIES: Readonly<Record<number, number>> = { 2: 4, 3: 16 };
const TEXT_BYTES = 52;

/** An inet shows its mask when it is not a single host; a cidr always. */
function print(source: Source, at: number, length: number): string {
  const { view, bytes } = source;
  const size = length < HEADER_BYTES ? undefined : FAMILIES[view.getUint8(at)];
  if (size === undefined || length !== HEADER_BYTES + size || view.getUint8(at + 3) !== size) {
    throw brokenStream(`an inet of ${length} bytes`);
  }
  const bits = view.getUint8(at + 1);
  const isCidr = view.getUint8(at + 2) !== 0;
  const address = bytes.subarray(at + HEADER_BYTES, at + length);
  const text = size === 4 ? [...address].join('.') : printIpv6(address);
  return bits === size * 8 && !isCidr ? text : `${text}/${bits}`;
}

/** The longest run of two zero words or more is left out, the first of several; an embedded IPv4 address is one. */
function printIpv6(address: Buffer): string {
  const words = Array.from({ length: 8 }, (_, index) => address.readUInt16BE(2 * index));
  const { from, length } = longestZeros(words);
  const embedded = from === 0 && (length === 6 || (length === 5 && words[5] === 0xffff));
  const parts = words.map((word) => word.toString(16));
  if (embedded) parts.splice(6, 2, [...address.subarray(12)].join('.'));
  if (length === 0) return parts.join(':');
  return `${parts.slice(0, from).join(':')}::${parts.slice(from + length).join(':')}`;
}

function longestZeros(words: readonly number[]): { from: number; length: number } {
  let best = { from: 0, length: 0 };
  let from = 0;
  for (let index = 0; index <= words.length; index++) {
    if (words[index] === 0) continue;
    if (index - from > best.length && index - from > 1) best = { from, length: index - from };
    from = index + 1;
  }
  return best;
}

const codec: Codec = {
  growth: TEXT_BYTES,
  write(source, at, length, out) {
    out.writeAscii(print(source, at, length));
  },
  back: throughText,
  print,
};

export const network: TypeRule = {
  names: ['inet', 'cidr'],
  fits: () => 'string',
  compile: (_type, field) => (field === 'string' ? codec : undefined),
};
