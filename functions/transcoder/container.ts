import { createHash } from 'node:crypto';
import type { AvroSchema } from '../../schemas/contract.ts';
import { Block } from './block.ts';
import { type CodecName, COMPRESSORS, type Compressor } from './codecs.ts';
import { release } from './memory.ts';

/** The object container file: https://avro.apache.org/docs/1.12.0/specification/#object-container-files */
const MAGIC = Buffer.from('Obj\x01', 'latin1');
const SYNC_BYTES = 16;
/** Room before the records for their number and their size, so that a block leaves in one piece. */
const HEAD_BYTES = 10;

export interface ContainerOptions {
  /** Written into the header word for word, so that docs and logical types survive. */
  readonly schema: AvroSchema;
  /** What the sync marker is made of: the same identity and rows give the same bytes. */
  readonly identity: string;
  readonly codec: CodecName;
  /** Bytes of records after which a block is full. */
  readonly blockBytes: number;
}

/** Makes the parts of a container file. Blocks that are compressed come back to be filled again. */
export class Container {
  /** Where a block is full, counted with the room before its records. */
  readonly fullAt: number;
  readonly #options: ContainerOptions;
  readonly #sync: Buffer;
  readonly #compressor: Compressor | undefined;
  readonly #spare: Block[] = [];

  constructor(options: ContainerOptions) {
    this.#options = options;
    this.#compressor = options.codec === 'null' ? undefined : COMPRESSORS[options.codec]();
    this.#sync = createHash('sha256').update(options.identity).digest().subarray(0, SYNC_BYTES);
    this.fullAt = options.blockBytes + HEAD_BYTES;
  }

  header(): Buffer {
    const meta = { 'avro.schema': JSON.stringify(this.#options.schema), 'avro.codec': this.#options.codec };
    const entries = Object.entries(meta)
      .flat()
      .map((text) => Buffer.from(text, 'utf8'));
    const size = entries.reduce((sum, entry) => sum + entry.length + 5, 0);
    const block = new Block(MAGIC.length + size + SYNC_BYTES + 10);
    block.append(MAGIC);
    block.writeLength(entries.length / 2);
    for (const entry of entries) {
      block.writeLength(entry.length);
      block.append(entry);
    }
    block.writeByte(0);
    block.append(this.#sync);
    return block.bytes.subarray(0, block.at);
  }

  newBlock(): Block {
    const { blockBytes, codec } = this.#options;
    const block = this.#spare.pop() ?? new Block(blockBytes + (codec === 'null' ? blockBytes / 8 : blockBytes));
    block.at = HEAD_BYTES;
    return block;
  }

  /** A block as the file has it. The caller lets go of `block`. */
  async close(block: Block, records: number): Promise<Buffer> {
    if (!this.#compressor) return this.#frame(block, records);
    const compressed = await this.#compressor.compress(block.bytes.subarray(HEAD_BYTES, block.at));
    const framed = new Block(HEAD_BYTES + compressed.length + SYNC_BYTES);
    framed.at = HEAD_BYTES;
    framed.append(compressed);
    release(compressed);
    // A block that had to grow for one long record is not kept.
    if (block.bytes.length <= 2 * this.fullAt) this.#spare.push(block);
    return this.#frame(framed, records);
  }

  /** No more blocks will be closed. */
  end(): void {
    this.#compressor?.close();
  }

  #frame(block: Block, records: number): Buffer {
    block.reserve(SYNC_BYTES);
    block.append(this.#sync);
    const end = block.at;
    const head = new Block(2 * HEAD_BYTES);
    head.writeLength(records);
    head.writeLength(end - SYNC_BYTES - HEAD_BYTES);
    const start = HEAD_BYTES - head.at;
    head.bytes.copy(block.bytes, start, 0, head.at);
    return block.bytes.subarray(start, end);
  }
}
