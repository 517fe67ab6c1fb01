import type { ContractField } from '../../../schemas/contract.ts';
import type { Block, Source } from '../block.ts';
import { brokenStream, type Codec, Misfit, nullWhenUnfit, type SourceColumn, type TypeRule, Unfit } from '../rule.ts';
import { compositeBack, type Part } from './composite-back.ts';

/**
 * A count, and for each attribute its type, its length and its value:
 * https://github.com/postgres/postgres/blob/REL_17_STABLE/src/backend/utils/adt/rowtypes.c (record_send).
 * Fields are found by name, so a record may have them in another order, and fewer.
 */
export const composite: TypeRule = {
  names: [],
  fits: (type) => `a record with fields among ${(type.attributes ?? []).map(({ name }) => name).join(', ')}`,
  compile(type, field, inner) {
    const { attributes } = type;
    if (!attributes || typeof field !== 'object' || !('record' in field)) return undefined;
    const parts = field.record.map((part) => {
      const index = attributes.findIndex(({ name }) => name === part.name);
      const attribute = attributes[index];
      if (!attribute) throw new Misfit(`type ${type.name} has no attribute "${part.name}"`);
      const codec = inner(attribute.type, part.type, part.name);
      if (codec.cast !== undefined) {
        const what = `attribute "${part.name}" of type ${type.name} is ${attribute.type.name}`;
        throw new Misfit(`${what}, which can be read as a column of its own only; select it by a view`);
      }
      return { index, field: part, codec: part.unfit === 'null' ? nullWhenUnfit(codec) : codec };
    });
    return { ...compositeCodec(parts, attributes), back: compositeBack(type, parts) };
  },
};

function compositeCodec(parts: readonly Part[], attributes: readonly SourceColumn[]): Omit<Codec, 'back'> {
  // Where each attribute of the value at hand is; a type cannot contain itself, so nobody else is using them.
  const starts = new Int32Array(attributes.length);
  const lengths = new Int32Array(attributes.length);
  const growth = parts.reduce((sum, { codec }) => sum + codec.growth + 1, 0);
  const write = (source: Source, at: number, length: number, out: Block): void => {
    locate(source, at, length, starts, lengths);
    for (const { index, field, codec } of parts) {
      const size = lengths[index] ?? -1;
      if (size >= 0) {
        writePart(source, starts[index] ?? 0, size, field, codec, out);
      } else if (field.nullable) out.writeByte(0);
      else throw new Unfit(`${field.name}: null, and the contract does not allow it`);
    }
  };
  const print = (source: Source, at: number, length: number): string => {
    locate(source, at, length, starts, lengths);
    const texts = parts.map(({ index, field, codec }) => {
      const size = lengths[index] ?? -1;
      return [field.name, size < 0 ? null : codec.print(source, starts[index] ?? 0, size)] as const;
    });
    return JSON.stringify(Object.fromEntries(texts));
  };
  return { write, growth, print };
}

function writePart(source: Source, at: number, size: number, field: ContractField, codec: Codec, out: Block): void {
  if (field.nullable) out.writeByte(2);
  try {
    codec.write(source, at, size, out);
  } catch (error) {
    throw error instanceof Unfit ? new Unfit(`${field.name}: ${error.message}`) : error;
  }
}

function locate({ view }: Source, at: number, length: number, starts: Int32Array, lengths: Int32Array): void {
  const end = at + length;
  if (length < 4 || view.getInt32(at) !== starts.length) throw brokenStream('a composite value of other attributes');
  let next = at + 4;
  for (let index = 0; index < starts.length; index++) {
    const size = next + 8 <= end ? view.getInt32(next + 4) : -2;
    next += 8;
    if (size < -1 || size > end - next) throw brokenStream('an attribute reaches beyond its composite value');
    starts[index] = next;
    lengths[index] = size;
    next += Math.max(size, 0);
  }
  if (next !== end) throw brokenStream('bytes behind the last attribute of a composite value');
}
