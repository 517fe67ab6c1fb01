import { promisify } from 'node:util';
import { crc32, inflateRaw, zstdDecompress } from 'node:zlib';
import { invalid } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import type { Bytes } from './lines.ts';
import { snappyUncompress } from './snappy.ts';

/** What the header of an object container file says: https://avro.apache.org/docs/1.12.0/specification/#object-container-files */
export interface AvroHeader {
  readonly schema: unknown;
  readonly codec: string;
}

export interface AvroBlock {
  readonly count: number;
  readonly data: Buffer;
}

type Codec = (data: Buffer) => Promise<Buffer> | Buffer;
const inflate = promisify<Buffer, object, Buffer>(inflateRaw);
const unzstd = promisify<Buffer, object, Buffer>(zstdDecompress);
/** Decoded blocks may be larger than Google's limit by the block's own overhead; twice is plenty. */
const MAX_BLOCK = 2 * LIMITS.avroBlockBytes;

const CODECS: Readonly<Record<string, Codec>> = {
  null: (data) => data,
  deflate: async (data) => await inflate(data, { maxOutputLength: MAX_BLOCK }),
  zstandard: async (data) => await unzstd(data, { maxOutputLength: MAX_BLOCK }),
  snappy: (data) => {
    const plain = snappyUncompress(data.subarray(0, -4), MAX_BLOCK);
    if (crc32(plain) !== data.readUInt32BE(data.length - 4)) throw new Error('the CRC of a Snappy block is wrong');
    return plain;
  },
};

/** Reads a container file block by block; holds one block. A file that ends early or is damaged is refused. */
export class AvroFile {
  readonly header: AvroHeader;
  readonly #bytes: ByteQueue;
  readonly #sync: Buffer;

  private constructor(header: AvroHeader, bytes: ByteQueue, sync: Buffer) {
    this.header = header;
    this.#bytes = bytes;
    this.#sync = sync;
  }

  static async open(source: Bytes): Promise<AvroFile> {
    const bytes = new ByteQueue(source);
    try {
      if ((await bytes.take(4)).toString('latin1') !== 'Obj\x01') throw new Error('Invalid magic bytes');
      const meta = await readMeta(bytes);
      const sync = await bytes.take(16);
      const codec = meta.get('avro.codec')?.toString() ?? 'null';
      if (!CODECS[codec]) throw new Error(`unknown codec ${codec}`);
      return new AvroFile(
        { schema: JSON.parse(meta.get('avro.schema')?.toString() ?? '') as unknown, codec },
        bytes,
        sync,
      );
    } catch (error) {
      await bytes.close();
      throw invalid(
        `The Apache Avro library failed to parse the header with the following error: ${(error as Error).message}`,
      );
    }
  }

  async *blocks(): AsyncGenerator<AvroBlock> {
    try {
      while (!(await this.#bytes.atEnd())) yield await this.#readBlock();
    } catch (error) {
      throw invalid(
        `The Apache Avro library failed to read data with the following error: ${(error as Error).message}`,
      );
    } finally {
      await this.close();
    }
  }

  async #readBlock(): Promise<AvroBlock> {
    const [count, size] = [await readLong(this.#bytes), await readLong(this.#bytes)];
    if (count < 0 || size < 0 || size > MAX_BLOCK) throw new Error(`block of ${count} records and ${size} bytes`);
    const packed = await this.#bytes.take(size);
    if (!(await this.#bytes.take(16)).equals(this.#sync)) throw new Error('Sync marker does not match');
    const decode = CODECS[this.header.codec];
    if (!decode) throw new Error(`unknown codec ${this.header.codec}`);
    return { count, data: await decode(packed) };
  }

  async close(): Promise<void> {
    await this.#bytes.close();
  }
}

async function readMeta(bytes: ByteQueue): Promise<Map<string, Buffer>> {
  const meta = new Map<string, Buffer>();
  for (let count = await readLong(bytes); count !== 0; count = await readLong(bytes)) {
    if (count < 0) await readLong(bytes);
    for (let i = 0; i < Math.abs(count); i++) {
      const name = (await bytes.take(await readLong(bytes))).toString();
      meta.set(name, await bytes.take(await readLong(bytes)));
    }
  }
  return meta;
}

/** A zig-zag varint; counts and sizes of files stay far below 2^53. */
async function readLong(bytes: ByteQueue): Promise<number> {
  let value = 0;
  for (let shift = 0; shift < 8; shift++) {
    const byte = (await bytes.take(1)).readUInt8(0);
    value += (byte & 0x7f) * 2 ** (7 * shift);
    if ((byte & 0x80) === 0) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
  throw new Error('a length is out of range');
}

/** Bytes taken from a stream in the sizes that the reader wants. */
class ByteQueue {
  readonly #source: AsyncIterator<Uint8Array>;
  #chunks: Buffer[] = [];
  #size = 0;

  constructor(source: Bytes) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async atEnd(): Promise<boolean> {
    return this.#size === 0 && !(await this.#pull());
  }

  async take(size: number): Promise<Buffer> {
    while (this.#size < size) if (!(await this.#pull())) throw new Error('EOF reached');
    const [first] = this.#chunks;
    const all = first && first.length >= size ? first : Buffer.concat(this.#chunks);
    this.#chunks = all === first ? this.#chunks.slice(1) : [];
    if (all.length > size) this.#chunks.unshift(all.subarray(size));
    this.#size -= size;
    return all.subarray(0, size);
  }

  async #pull(): Promise<boolean> {
    const next = await this.#source.next();
    if (next.done) return false;
    if (next.value.length > 0)
      this.#chunks.push(Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength));
    this.#size += next.value.length;
    return true;
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }
}
