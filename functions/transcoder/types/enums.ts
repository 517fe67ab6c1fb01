import type { Source } from '../block.ts';
import { brokenFile } from '../input.ts';
import { type Codec, type TypeRule, Unfit } from '../rule.ts';
import { textCodec } from './text.ts';

/** An enum is sent as its label. */
export const enumRule: TypeRule = {
  names: [],
  fits: (type) => `string, or an enum with the symbols ${(type.labels ?? []).join(', ')}`,
  compile(type, field) {
    if (field === 'string') return textCodec;
    if (typeof field !== 'object' || !('enum' in field)) return undefined;
    const { enum: symbols } = field;
    if (type.labels?.every((label) => symbols.includes(label)) !== true) return undefined;
    return symbolCodec(symbols);
  },
};

function symbolCodec(symbols: readonly string[]): Codec {
  const known = symbols.map((symbol) => Buffer.from(symbol, 'utf8'));
  return {
    growth: 3,
    write(source, at, length, out) {
      const index = known.findIndex((symbol) => equals(symbol, source, at, length));
      // The type may have got a label since the plan was made.
      if (index < 0) throw new Unfit(`"${textCodec.print(source, at, length)}" is no symbol of the contract's enum`);
      out.writeInt(index);
    },
    back: {
      room: 4 + Math.max(...known.map((symbol) => symbol.length)),
      read(input, out) {
        const index = input.readInt();
        const symbol = known[index];
        if (!symbol) throw brokenFile(`symbol ${index} of an enum of ${known.length}`);
        out.writeInt32(symbol.length);
        out.append(symbol);
      },
    },
    print: textCodec.print,
  };
}

function equals(symbol: Buffer, { bytes }: Source, at: number, length: number): boolean {
  return symbol.length === length && symbol.compare(bytes, at, at + length) === 0;
}
