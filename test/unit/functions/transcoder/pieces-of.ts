import { Readable } from 'node:stream';

/** Bytes in pieces of the sizes given, over and over, each in memory of its own. */
export function piecesOf(bytes: Buffer, sizes: readonly number[]): AsyncIterable<Buffer> {
  return Readable.from(cut(bytes, sizes));
}

function* cut(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield Buffer.from(bytes.subarray(at, at + size));
    at += size;
  }
}
