import { Worker } from 'node:worker_threads';
import { crc32 } from 'node:zlib';
import { compressSnappy, snappyAtMost } from './snappy-compress.ts';

/** The text of what the thread runs: a bundle has no file for it, and the function needs nothing but itself. */
const SOURCE = `
  const compress = ${compressSnappy.toString()};
  const { parentPort } = require('node:worker_threads');
  parentPort.on('message', ({ data, block }) => {
    parentPort.postMessage(compress(data, block));
  });
`;

/** Memory that both threads see, used for one block after another: new memory costs as much as compressing it. */
interface Slot {
  readonly data: Uint8Array;
  readonly block: Uint8Array;
}

/** Blocks differ by a row or two. */
const ROOM_BYTES = 64 * 1024;

interface Waiting {
  readonly resolve: (length: number) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Snappy blocks from a thread of their own, for Node has no native snappy. One thread for all blocks of a file: it
 * answers in the order in which it is asked.
 */
export class SnappyThread {
  // The process's own flags may be none of a thread's, or have its text read as a module.
  readonly #worker = new Worker(SOURCE, { eval: true, execArgv: [] });
  readonly #waiting: Waiting[] = [];
  readonly #spare: Slot[] = [];
  #ended: Error | undefined;

  constructor() {
    this.#worker.on('message', (length: number) => {
      this.#waiting.shift()?.resolve(length);
      if (this.#waiting.length === 0) this.#worker.unref();
    });
    this.#worker.on('error', (error: Error) => {
      this.#end(error);
    });
    this.#worker.on('exit', () => {
      this.#end(new Error('the thread that compresses has ended'));
    });
    // Blocks that are waited for keep the process; a thread that is idle does not.
    this.#worker.unref();
  }

  /** A block with the CRC-32 of the uncompressed bytes behind it, as Avro has it. */
  async compress(data: Buffer): Promise<Buffer> {
    const slot = this.#slotFor(data.length);
    slot.data.set(data);
    const answered = this.#ask({ data: slot.data.subarray(0, data.length), block: slot.block });
    const sum = crc32(data);
    const length = await answered;
    const whole = Buffer.allocUnsafeSlow(length + 4);
    whole.set(slot.block.subarray(0, length));
    whole.writeUInt32BE(sum, length);
    this.#spare.push(slot);
    return whole;
  }

  /** What is under way fails. */
  close(): void {
    this.#end(new Error('the thread that compresses was ended'));
    void this.#worker.terminate();
  }

  async #ask(slot: Slot): Promise<number> {
    if (this.#ended) throw this.#ended;
    return await new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage(slot);
    });
  }

  /** A spare one; one that is too small for a long record is let go. */
  #slotFor(bytes: number): Slot {
    const spare = this.#spare.pop();
    if (spare && spare.data.length >= bytes) return spare;
    const shared = (size: number): Uint8Array => new Uint8Array(new SharedArrayBuffer(size));
    const room = (Math.floor(bytes / ROOM_BYTES) + 2) * ROOM_BYTES;
    return { data: shared(room), block: shared(snappyAtMost(room)) };
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#ended);
  }
}
