import { invalid } from '../errors.ts';

/** Decompresses raw Snappy: https://github.com/google/snappy/blob/main/format_description.txt @throws ApiError for bytes that are none */
export function snappyUncompress(input: Buffer, maxBytes: number): Buffer {
  const { value: length, at: start } = readVarint(input);
  if (length > maxBytes) throw invalid(`a Snappy block of ${length} bytes is larger than ${maxBytes}`);
  const output = Buffer.alloc(length);
  let at = start;
  let out = 0;
  while (at < input.length) {
    const tag = input.readUInt8(at++);
    if ((tag & 3) === 0) {
      let size = (tag >> 2) + 1;
      if (size > 60) {
        const bytes = size - 60;
        if (at + bytes > input.length) throw corrupt();
        size = input.readUIntLE(at, bytes) + 1;
        at += bytes;
      }
      if (at + size > input.length || out + size > length) throw corrupt();
      input.copy(output, out, at, at + size);
      at += size;
      out += size;
      continue;
    }
    const { size, offset, next } = readCopy(input, tag, at);
    at = next;
    if (offset === 0 || offset > out || out + size > length) throw corrupt();
    // The copied range may reach into what it writes, so byte by byte.
    for (let i = 0; i < size; i++) output[out + i] = output[out + i - offset] ?? 0;
    out += size;
  }
  if (out !== length) throw corrupt();
  return output;
}

function readCopy(input: Buffer, tag: number, at: number): { size: number; offset: number; next: number } {
  const bytes = [0, 1, 2, 4][tag & 3] ?? 0;
  if (at + bytes > input.length) throw corrupt();
  if (bytes === 1) return { size: ((tag >> 2) & 7) + 4, offset: ((tag >> 5) << 8) | input.readUInt8(at), next: at + 1 };
  return { size: (tag >> 2) + 1, offset: input.readUIntLE(at, bytes), next: at + bytes };
}

function readVarint(input: Buffer): { value: number; at: number } {
  let value = 0;
  for (let at = 0; at < Math.min(5, input.length); at++) {
    const byte = input.readUInt8(at);
    value += (byte & 0x7f) * 2 ** (7 * at);
    if ((byte & 0x80) === 0) return { value, at: at + 1 };
  }
  throw corrupt();
}

function corrupt(): Error {
  return invalid('The Apache Avro library failed to read data with the following error: corrupt Snappy block');
}
