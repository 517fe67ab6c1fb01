import type { Input } from '../input.ts';
import { type Codec, requireLength, type TypeRule, Unfit } from '../rule.ts';

/** The contract may say long where the column is smaller. */
function readSmall(input: Input, type: string, most: number): number {
  input.readLong();
  const { high, low } = input;
  if (high === low >> 31 && low <= most && low >= -most - 1) return low;
  throw new Unfit(`${(BigInt(high) << 32n) + BigInt(low >>> 0)} is no ${type}`);
}

const int2Codec: Codec = {
  growth: 1,
  write(source, at, length, out) {
    requireLength('int2', 2, length);
    out.writeInt(source.view.getInt16(at));
  },
  back: {
    room: 6,
    read(input, out) {
      const value = readSmall(input, 'int2', 0x7fff);
      out.writeInt32(2);
      out.view.setInt16(out.at, value);
      out.at += 2;
    },
  },
  print: (source, at) => String(source.view.getInt16(at)),
};

const int4Codec: Codec = {
  growth: 1,
  write(source, at, length, out) {
    requireLength('int4', 4, length);
    out.writeInt(source.view.getInt32(at));
  },
  back: {
    room: 8,
    read(input, out) {
      const value = readSmall(input, 'int4', 0x7fff_ffff);
      out.writeInt32(4);
      out.writeInt32(value);
    },
  },
  print: (source, at) => String(source.view.getInt32(at)),
};

const int8Codec: Codec = {
  growth: 2,
  write(source, at, length, out) {
    requireLength('int8', 8, length);
    out.writeLong(source.view.getInt32(at), source.view.getInt32(at + 4));
  },
  back: {
    room: 12,
    read(input, out) {
      input.readLong();
      out.writeInt32(8);
      out.writeInt32(input.high);
      out.writeInt32(input.low);
    },
  },
  print: (source, at) => String(source.view.getBigInt64(at)),
};

/** Avro writes an int and a long alike, so the smaller ones fit both. */
const small = (name: string, codec: Codec): TypeRule => ({
  names: [name],
  fits: () => 'int or long',
  compile: (_type, field) => (field === 'int' || field === 'long' ? codec : undefined),
});

export const int2 = small('int2', int2Codec);
export const int4 = small('int4', int4Codec);
export const int8: TypeRule = {
  names: ['int8'],
  fits: () => 'long',
  compile: (_type, field) => (field === 'long' ? int8Codec : undefined),
};
