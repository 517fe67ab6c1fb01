import { promisify } from 'node:util';
import { crc32, inflateRaw, type ZlibOptions, zstdDecompress, type ZstdOptions } from 'node:zlib';
import { describeError } from '../runtime/errors.ts';
import type { CodecName } from './codecs.ts';
import { brokenFile } from './input.ts';
import { decompressSnappy } from './snappy-decompress.ts';

/** Four times what BigQuery takes, and little enough to keep some in memory; also what a bomb can make of its few bytes. */
export const BLOCK_BYTES_AT_MOST = 64 * 1024 * 1024;
const CRC_BYTES = 4;

const inflate = promisify<Buffer, ZlibOptions, Buffer>(inflateRaw);
const unzstd = promisify<Buffer, ZstdOptions, Buffer>(zstdDecompress);
/** Output in few pieces: each would come back to the main thread. */
const OPTIONS = { maxOutputLength: BLOCK_BYTES_AT_MOST, chunkSize: 1024 * 1024 };

/** The other half of `COMPRESSORS`; off the main thread, except for snappy. */
const WAYS: Readonly<Record<CodecName, (data: Buffer) => Promise<Buffer>>> = {
  null: (data) => Promise.resolve(data),
  deflate: async (data) => await inflate(data, OPTIONS),
  zstandard: async (data) => await unzstd(data, OPTIONS),
  snappy: async (data) => await Promise.resolve(uncompressSnappy(data)),
};

export function isCodec(name: string): name is CodecName {
  return Object.hasOwn(WAYS, name);
}

/** @throws TerminalError for what the codec did not write, and for a block that is too long */
export async function decompress(codec: CodecName, data: Buffer): Promise<Buffer> {
  try {
    return await WAYS[codec](data);
  } catch (error) {
    throw brokenFile(`a block in ${codec} cannot be decompressed: ${describeError(error)}`);
  }
}

/** Avro puts the CRC-32 of the uncompressed bytes behind. */
function uncompressSnappy(data: Buffer): Buffer {
  const end = data.length - CRC_BYTES;
  if (end < 1) throw brokenFile('a snappy block without its checksum');
  const bytes = decompressSnappy(data.subarray(0, end), BLOCK_BYTES_AT_MOST);
  if (crc32(bytes) !== data.readUInt32BE(end)) throw brokenFile('its checksum is another one');
  return bytes;
}
