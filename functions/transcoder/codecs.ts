import { promisify } from 'node:util';
import { constants, crc32, deflateRaw, type ZlibOptions, zstdCompress, type ZstdOptions } from 'node:zlib';
import { compress as snappyCompress } from 'snappyjs';

/** The codecs that Avro knows and BigQuery loads: https://avro.apache.org/docs/1.12.0/specification/#required-codecs */
export type CodecName = 'null' | 'deflate' | 'snappy' | 'zstandard';

export type Compress = (data: Buffer) => Promise<Buffer>;

const deflate = promisify<Buffer, ZlibOptions, Buffer>(deflateRaw);
const zstd = promisify<Buffer, ZstdOptions, Buffer>(zstdCompress);

/** The fastest level of each: what a slice waits for is the network to the bucket, not the last percent. */
const DEFLATE_LEVEL = 1;
const ZSTD_LEVEL = 1;

/** How a block is compressed; off the main thread, except for snappy, whose code is JavaScript. */
export const CODECS: Readonly<Record<Exclude<CodecName, 'null'>, Compress>> = {
  // Output in one piece: a stream of 16 KB pieces would come back to the main thread for each.
  deflate: async (data) => await deflate(data, { level: DEFLATE_LEVEL, chunkSize: atLeast(data.length) }),
  zstandard: async (data) =>
    await zstd(data, {
      params: { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL },
      chunkSize: atLeast(data.length),
    }),
  // eslint wants what is async to wait for something; a promise is what the others give.
  snappy: (data) => Promise.resolve(compressSnappy(data)),
};

function atLeast(size: number): number {
  return Math.max(size, 1024);
}

/** Avro puts the CRC-32 of the uncompressed bytes behind. */
function compressSnappy(data: Buffer): Buffer {
  const sum = Buffer.allocUnsafe(4);
  sum.writeUInt32BE(crc32(data));
  return Buffer.concat([snappyCompress(data), sum]);
}
