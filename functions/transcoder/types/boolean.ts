import { brokenFile } from '../input.ts';
import { requireLength, type TypeRule } from '../rule.ts';

export const boolean: TypeRule = {
  names: ['bool'],
  fits: () => 'boolean',
  compile: (_type, field) =>
    field === 'boolean'
      ? {
          growth: 0,
          write(source, at, length, out) {
            requireLength('bool', 1, length);
            out.writeByte(source.view.getUint8(at) === 0 ? 0 : 1);
          },
          back: {
            room: 5,
            read(input, out) {
              const value = input.view.getUint8(input.at++);
              if (value > 1) throw brokenFile(`${value} as a boolean`);
              out.writeInt32(1);
              out.writeByte(value);
            },
          },
          print: (source, at) => String(source.view.getUint8(at) !== 0),
        }
      : undefined,
};
