import type { ExactScalar, FieldType } from '../../../schemas/contract.ts';
import { type Codec, requireLength, type TypeRule, Unfit } from '../rule.ts';

/** NaN and the infinities are values of BigQuery's FLOAT64, so every float fits. */
const float4AsFloat: Codec = {
  growth: 0,
  // The bits as they are: a float that is read and written as a number may lose those of a NaN.
  write(source, at, length, out) {
    requireLength('float4', 4, length);
    out.view.setInt32(out.at, source.view.getInt32(at), true);
    out.at += 4;
  },
  back: {
    room: 8,
    read(input, out) {
      out.writeInt32(4);
      out.writeInt32(input.view.getInt32(input.at, true));
      input.at += 4;
    },
  },
  print: (source, at) => String(source.view.getFloat32(at)),
};

const float4AsDouble: Codec = {
  growth: 4,
  write(source, at, length, out) {
    requireLength('float4', 4, length);
    out.view.setFloat64(out.at, source.view.getFloat32(at), true);
    out.at += 8;
  },
  back: {
    room: 8,
    read(input, out) {
      const value = input.view.getFloat64(input.at, true);
      input.at += 8;
      if (!Object.is(Math.fround(value), value)) throw new Unfit(`${value} is no float4`);
      out.writeInt32(4);
      out.view.setFloat32(out.at, value);
      out.at += 4;
    },
  },
  print: float4AsFloat.print,
};

const float8Codec: Codec = {
  growth: 0,
  write(source, at, length, out) {
    requireLength('float8', 8, length);
    out.view.setInt32(out.at, source.view.getInt32(at + 4), true);
    out.view.setInt32(out.at + 4, source.view.getInt32(at), true);
    out.at += 8;
  },
  back: {
    room: 12,
    read(input, out) {
      out.writeInt32(8);
      out.writeInt32(input.view.getInt32(input.at + 4, true));
      out.writeInt32(input.view.getInt32(input.at, true));
      input.at += 8;
    },
  },
  print: (source, at) => String(source.view.getFloat64(at)),
};

const is = (field: FieldType, scalar: ExactScalar): boolean =>
  typeof field === 'object' && 'scalar' in field && field.scalar === scalar;

export const float4: TypeRule = {
  names: ['float4'],
  fits: () => 'float or double',
  compile: (_type, field) => (is(field, 'float') ? float4AsFloat : is(field, 'double') ? float4AsDouble : undefined),
};

export const float8: TypeRule = {
  names: ['float8'],
  fits: () => 'double',
  compile: (_type, field) => (is(field, 'double') ? float8Codec : undefined),
};
