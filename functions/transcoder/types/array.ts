import type { Input } from '../input.ts';
import { type Back, brokenStream, type Codec, type SourceType, type TypeRule, Unfit } from '../rule.ts';
import type { Block, Source } from '../block.ts';

/**
 * Dimensions, a flag for nulls, the element's type, then size and lower bound of each dimension, then the elements:
 * https://github.com/postgres/postgres/blob/REL_17_STABLE/src/backend/utils/adt/arrayfuncs.c (array_send).
 * Avro's array is a count, its items and a zero. Lower bounds are not kept, for BigQuery's arrays all begin alike.
 */
const HEADER_BYTES = 12;
const DIMENSION_BYTES = 8;

export const array: TypeRule = {
  names: [],
  fits: (type) => `an array of what ${readableElement(type)} fits`,
  compile(type, field, inner) {
    if (!type.element || typeof field !== 'object' || !('array' in field)) return undefined;
    const item = inner(type.element, field.array, 'items');
    const back = arrayBack(item.back, type.element);
    return { ...arrayCodec(item), back, ...(item.cast === undefined ? {} : { cast: `${item.cast}[]` }) };
  },
};

function readableElement(type: SourceType): string {
  return type.element?.name ?? 'its element';
}

function arrayCodec(item: Codec): Omit<Codec, 'back'> {
  const write = (source: Source, at: number, length: number, out: Block): void => {
    const count = countItems(source, at, length);
    const end = at + length;
    // Growth is known per element, and how many there are only now.
    out.extend(count * (item.growth + 1));
    if (count > 0) out.writeLength(count);
    let next = at + HEADER_BYTES + (count > 0 ? DIMENSION_BYTES : 0);
    for (let index = 0; index < count; index++) {
      const size = next + 4 <= end ? source.view.getInt32(next) : -2;
      next += 4;
      if (size === -1) throw new Unfit(`element ${index + 1} is null; BigQuery's arrays hold values only`);
      if (size < 0 || size > end - next) throw brokenStream('an element reaches beyond its array');
      item.write(source, next, size, out);
      next += size;
    }
    if (next !== end) throw brokenStream('bytes behind the last element of an array');
    out.writeByte(0);
  };
  return { write, growth: 10, print: (source, at, length) => printArray(source, at, length, item) };
}

function arrayBack(item: Back, { name, oid }: SourceType): Back {
  if ('refused' in item) return item;
  const { through, room } = item;
  const element = through?.oid ?? oid;
  if (element === undefined) return { refused: `nobody knows the oid of ${name}` };
  const read = (input: Input, out: Block): void => {
    const start = out.at;
    const items = start + 4 + HEADER_BYTES + DIMENSION_BYTES;
    out.at = items;
    let count = 0;
    for (let some = input.readCount(); some > 0; some = input.readCount()) {
      count += some;
      for (let index = 0; index < some; index++) {
        out.extend(room);
        item.read(input, out);
      }
    }
    // Postgres has no dimension for an array of nothing.
    if (count === 0) out.at = items - DIMENSION_BYTES;
    const header = [out.at - start - 4, count === 0 ? 0 : 1, 0, element, count, 1];
    for (const [index, value] of header.slice(0, count === 0 ? 4 : 6).entries()) {
      out.view.setInt32(start + 4 * index, value);
    }
  };
  const array = through ? { through: { ...through, type: `${through.type}[]` } } : {};
  return { read, room: 4 + HEADER_BYTES + DIMENSION_BYTES, ...array };
}

function countItems({ view }: Source, at: number, length: number): number {
  const dimensions = length < HEADER_BYTES ? -1 : view.getInt32(at);
  if (dimensions < 0 || length < HEADER_BYTES + dimensions * DIMENSION_BYTES) throw brokenStream('a cut array');
  if (dimensions > 1) throw new Unfit(`an array of ${dimensions} dimensions; BigQuery's arrays have one`);
  const count = dimensions === 0 ? 0 : view.getInt32(at + HEADER_BYTES);
  // Every element has at least its length, so a count that lies reserves no memory.
  if (count < 0 || count * 4 > length) throw brokenStream(`an array of ${count} elements in ${length} bytes`);
  return count;
}

/** The elements as a JSON array of texts, whatever the dimensions. */
function printArray(source: Source, at: number, length: number, item: Codec): string {
  const texts: (string | null)[] = [];
  let next = at + HEADER_BYTES + source.view.getInt32(at) * DIMENSION_BYTES;
  while (next < at + length) {
    const size = source.view.getInt32(next);
    if (size > at + length - next - 4) throw brokenStream('an element reaches beyond its array');
    texts.push(size < 0 ? null : item.print(source, next + 4, size));
    next += 4 + Math.max(size, 0);
  }
  return JSON.stringify(texts);
}
