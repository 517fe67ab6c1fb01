import type { CodecName } from './codecs.ts';
import { BLOCK_BYTES_AT_MOST, decompress, isCodec } from './decompress.ts';
import { brokenFile } from './input.ts';
import { release } from './memory.ts';
import { Pieces } from './pieces.ts';

/** The object container file: https://avro.apache.org/docs/1.12.0/specification/#object-container-files */
const MAGIC = Buffer.from('Obj\x01', 'latin1');
const SYNC_BYTES = 16;
/** A schema of a thousand columns with docs has some hundred KB. */
const META_BYTES_AT_MOST = 16 * 1024 * 1024;
/** Blocks that are decompressed while one is read. */
const BLOCKS_AHEAD = 3;

export interface FileBlock {
  readonly records: number;
  readonly data: Buffer;
}

/** Reads a container file; first `header`, then `blocks`, once each. */
export class ContainerReader {
  readonly #pieces: Pieces;
  #codec: CodecName = 'null';
  #sync = Buffer.alloc(0);

  constructor(file: AsyncIterable<Uint8Array>) {
    this.#pieces = new Pieces(file);
  }

  /** @returns the schema that the file was written with @throws TerminalError for what is no Avro file; what the source throws */
  async header(): Promise<unknown> {
    const pieces = this.#pieces;
    const magic = await pieces.take(MAGIC.length, 'its first four bytes');
    if (!magic.equals(MAGIC))
      throw brokenFile(`it begins with 0x${magic.toString('hex')}, and not as an Avro file does`);
    const meta = new Map<string, string>();
    let left = META_BYTES_AT_MOST;
    const takeText = async (): Promise<string> => {
      const size = await pieces.takeLong('its header');
      if (size < 0 || size > left) throw brokenFile(`${size} bytes in its header`);
      left -= size + 1;
      return (await pieces.take(size, 'its header')).toString('utf8');
    };
    for (;;) {
      const count = await pieces.takeLong('its header');
      if (count === 0) break;
      if (count < 0) await pieces.takeLong('its header');
      for (let entry = 0; entry < Math.abs(count); entry++) meta.set(await takeText(), await takeText());
    }
    // A copy, for a piece may be a megabyte that is kept alive by its sixteen bytes.
    this.#sync = Buffer.from(await pieces.take(SYNC_BYTES, 'its header'));
    const codec = meta.get('avro.codec') ?? 'null';
    if (!isCodec(codec)) throw brokenFile(`codec "${codec}" is none of null, deflate, snappy and zstandard`);
    this.#codec = codec;
    return parseSchema(meta.get('avro.schema'));
  }

  /**
   * The blocks in their order, some ahead being decompressed while one is used. A block's data is there until the next
   * one is asked for.
   * @throws TerminalError for what is cut, corrupted or too long; what the source throws
   */
  async *blocks(): AsyncGenerator<FileBlock, void, undefined> {
    const ahead: Promise<FileBlock>[] = [];
    let more = true;
    for (;;) {
      while (more && ahead.length < BLOCKS_AHEAD) {
        more = !(await this.#pieces.ended());
        if (more) ahead.push(...(await this.#begin()));
      }
      const next = ahead.shift();
      if (!next) return;
      const block = await next;
      yield block;
      // Uncompressed, the next one may be cut from the same piece.
      if (this.#codec !== 'null') release(block.data);
    }
  }

  /** Reads a block; a promise in an array, for its data is not there yet. */
  async #begin(): Promise<[Promise<FileBlock>]> {
    const pieces = this.#pieces;
    const records = await pieces.takeLong('the number of records of a block');
    const size = await pieces.takeLong('the size of a block');
    if (records < 0 || size < 0 || size > BLOCK_BYTES_AT_MOST) {
      throw brokenFile(`a block of ${records} records and ${size} bytes; ${BLOCK_BYTES_AT_MOST} is the limit`);
    }
    const data = await pieces.take(size, 'a block');
    const sync = await pieces.take(SYNC_BYTES, 'the marker after a block');
    if (!sync.equals(this.#sync)) throw brokenFile('the marker after a block is not that of the header');
    const block = decompress(this.#codec, data).then((bytes) => ({ records, data: bytes }));
    // It may reject before anybody waits for it.
    block.catch(() => undefined);
    return [block];
  }

  /** Tells the file that nobody reads on. Nobody waits for it either: it may be what hangs. */
  close(): void {
    this.#pieces.close();
  }
}

function parseSchema(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    throw brokenFile('its header has no schema');
  }
}
