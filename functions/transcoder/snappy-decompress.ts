import { brokenFile } from './input.ts';

const LITERAL = 0;
/** Bytes of a literal's length that stand behind its tag, from this value of the tag on. */
const LONG_LITERAL = 60;

/**
 * A snappy block: https://github.com/google/snappy/blob/main/format_description.txt. Ours, for snappyjs goes round in
 * circles on lengths that a hostile file may have.
 * @throws TerminalError for what is no such block, and for one of more than `atMost` bytes
 */
export function decompressSnappy(data: Uint8Array, atMost: number): Buffer {
  const bad = (): Error => brokenFile('a block that snappy did not write');
  let at = 0;
  const next = (count: number): number => {
    if (at + count > data.length) throw bad();
    let value = 0;
    for (let index = 0; index < count; index++) value += (data[at++] ?? 0) * 2 ** (8 * index);
    return value;
  };
  let size = 0;
  for (let shift = 0, byte = 0x80; byte > 0x7f; shift += 7) {
    byte = next(1);
    size += (byte & 0x7f) * 2 ** shift;
    if (size > atMost || shift > 28) throw brokenFile(`a block of more than ${atMost} bytes`);
  }
  const out = Buffer.allocUnsafeSlow(size);
  let to = 0;
  while (at < data.length) {
    const tag = next(1);
    const kind = tag & 3;
    if (kind === LITERAL) {
      const short = tag >>> 2;
      const length = (short < LONG_LITERAL ? short : next(short - LONG_LITERAL + 1)) + 1;
      if (length > data.length - at || length > size - to) throw bad();
      copyForward(data, at, out, to, length);
      at += length;
      to += length;
      continue;
    }
    const length = kind === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
    const offset = kind === 1 ? next(1) + ((tag >>> 5) << 8) : next(kind === 2 ? 2 : 4);
    if (offset === 0 || offset > to || length > size - to) throw bad();
    copyForward(out, to - offset, out, to, length);
    to += length;
  }
  if (to !== size) throw bad();
  return out;
}

/** Byte by byte, for a copy may reach into what it writes; most are short. */
function copyForward(from: Uint8Array, at: number, to: Buffer, start: number, length: number): void {
  if (from !== to && length > 64) {
    to.set(from.subarray(at, at + length), start);
    return;
  }
  for (let index = 0; index < length; index++) to[start + index] = from[at + index] ?? 0;
}
