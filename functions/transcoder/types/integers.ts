import { type Codec, requireLength, type TypeRule } from '../rule.ts';

const int2Codec: Codec = {
  growth: 1,
  write(source, at, length, out) {
    requireLength('int2', 2, length);
    out.writeInt(source.view.getInt16(at));
  },
  print: (source, at) => String(source.view.getInt16(at)),
};

const int4Codec: Codec = {
  growth: 1,
  write(source, at, length, out) {
    requireLength('int4', 4, length);
    out.writeInt(source.view.getInt32(at));
  },
  print: (source, at) => String(source.view.getInt32(at)),
};

const int8Codec: Codec = {
  growth: 2,
  write(source, at, length, out) {
    requireLength('int8', 8, length);
    out.writeLong(source.view.getInt32(at), source.view.getInt32(at + 4));
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
