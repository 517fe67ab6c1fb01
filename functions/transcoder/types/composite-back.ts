import type { ContractField } from '../../../schemas/contract.ts';
import type { Block } from '../block.ts';
import type { Input } from '../input.ts';
import { type Back, type Codec, type SourceType, Unfit } from '../rule.ts';

const LENGTH_BYTES = 4;

export interface Part {
  readonly index: number;
  readonly field: ContractField;
  readonly codec: Codec;
}

/** A record as a composite value; see composite.ts for its form. Records name their fields in an order of their own. */
export function compositeBack({ name, attributes = [] }: SourceType, parts: readonly Part[]): Back {
  const missing = attributes.find((_, index) => !parts.some((part) => part.index === index));
  if (missing) return { refused: `the record has no "${missing.name}", which type ${name} needs` };
  const ways: Way[] = [];
  for (const { index, field, codec } of parts) {
    const { back } = codec;
    const oid = attributes[index]?.type.oid;
    const what = `attribute "${field.name}" of type ${name}`;
    if ('refused' in back) return { refused: `${what}: ${back.refused}` };
    if (back.through) return { refused: `${what} has no way back but its text, and only a column may be cast` };
    if (oid === undefined) return { refused: `nobody knows the oid of ${what}` };
    ways.push({ index, field, oid, read: back.read });
  }
  const room = parts.reduce((sum, { codec }) => sum + 8 + ('room' in codec.back ? codec.back.room : 0), 8);
  return { read: reader(ways), room };
}

interface Way {
  readonly index: number;
  readonly field: ContractField;
  readonly oid: number;
  readonly read: (input: Input, out: Block) => void;
}

function reader(ways: readonly Way[]): (input: Input, out: Block) => void {
  const sorted = ways.every(({ index }, place) => index === place);
  const starts = new Int32Array(ways.length);
  const ends = new Int32Array(ways.length);
  return (input, out) => {
    const start = out.at;
    out.at += 2 * LENGTH_BYTES;
    for (const { index, field, oid, read } of ways) {
      starts[index] = out.at;
      out.writeInt32(oid);
      if (field.nullable && !input.readBranch()) out.writeInt32(-1);
      else readPart(field.name, read, input, out);
      ends[index] = out.at;
    }
    if (!sorted) reorder(out, start + 2 * LENGTH_BYTES, starts, ends);
    out.view.setInt32(start, out.at - start - LENGTH_BYTES);
    out.view.setInt32(start + LENGTH_BYTES, ways.length);
  };
}

function readPart(name: string, read: Way['read'], input: Input, out: Block): void {
  try {
    read(input, out);
  } catch (error) {
    throw error instanceof Unfit ? new Unfit(`${name}: ${error.message}`) : error;
  }
}

/** Brings the attributes, which were written as the file has them, into the order in which Postgres reads them. */
function reorder(out: Block, from: number, starts: Int32Array, ends: Int32Array): void {
  const written = Buffer.from(out.bytes.subarray(from, out.at));
  let to = from;
  for (let index = 0; index < starts.length; index++) {
    to += written.copy(out.bytes, to, (starts[index] ?? 0) - from, (ends[index] ?? 0) - from);
  }
}
