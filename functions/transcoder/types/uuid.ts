import { type Codec, requireLength, type TypeRule, Unfit } from '../rule.ts';

const UUID_BYTES = 16;
const TEXT_LENGTH = 36;
/** After how many bytes the text has a dash, as bits: 4, 6, 8 and 10. */
const DASHES = (1 << 4) | (1 << 6) | (1 << 8) | (1 << 10);
const HEX = Buffer.from('0123456789abcdef', 'latin1');
const DASH = 0x2d;

/** A digit of either case; negative for what is none. */
function valueOf(digit: number): number {
  if (digit >= 0x30 && digit <= 0x39) return digit - 0x30;
  const letter = (digit | 0x20) - 0x61;
  return letter >= 0 && letter < 6 ? letter + 10 : -1;
}

const codec: Codec = {
  growth: TEXT_LENGTH + 1 - UUID_BYTES,
  write(source, at, length, out) {
    requireLength('uuid', UUID_BYTES, length);
    out.writeLength(TEXT_LENGTH);
    for (let index = 0; index < UUID_BYTES; index++) {
      if ((DASHES >> index) & 1) out.writeByte(DASH);
      const byte = source.view.getUint8(at + index);
      out.writeByte(HEX.readUInt8(byte >> 4));
      out.writeByte(HEX.readUInt8(byte & 15));
    }
  },
  back: {
    room: 4 + UUID_BYTES,
    read(input, out) {
      const length = input.readLength();
      const { at } = input;
      const bad = (): Unfit =>
        new Unfit(`"${input.bytes.toString('utf8', at, at + Math.min(length, 100))}" is no uuid`);
      if (length !== TEXT_LENGTH) throw bad();
      out.writeInt32(UUID_BYTES);
      let next = at;
      for (let index = 0; index < UUID_BYTES; index++) {
        if ((DASHES >> index) & 1 && input.view.getUint8(next++) !== DASH) throw bad();
        const byte = (valueOf(input.view.getUint8(next)) << 4) | valueOf(input.view.getUint8(next + 1));
        if (byte < 0) throw bad();
        next += 2;
        out.writeByte(byte);
      }
      input.at = next;
    },
  },
  print: (source, at) =>
    source.bytes.toString('hex', at, at + UUID_BYTES).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
};

export const uuid: TypeRule = {
  names: ['uuid'],
  fits: () => 'string (uuid) or string',
  compile: (_type, field) =>
    field === 'string' || (typeof field === 'object' && 'scalar' in field && field.scalar === 'uuid')
      ? codec
      : undefined,
};
