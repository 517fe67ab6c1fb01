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
          print: (source, at) => String(source.view.getUint8(at) !== 0),
        }
      : undefined,
};
