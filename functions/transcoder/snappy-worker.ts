import { Worker } from 'node:worker_threads';
import { compressSnappy } from './snappy-compress.ts';

/** The text of what a worker runs: a bundle has no file for it, and the function needs nothing but itself. */
const SOURCE = `
  const compress = ${compressSnappy.toString()};
  const { parentPort } = require('node:worker_threads');
  parentPort.on('message', (data) => {
    const block = compress(data);
    parentPort.postMessage(block, [block.buffer]);
  });
`;

interface Waiting {
  readonly resolve: (block: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Snappy blocks, without the checksum that Avro puts behind, from a thread of their own, for Node has no native snappy.
 * One thread for all blocks of a file: it answers in the order in which it is asked.
 */
export class SnappyWorker {
  readonly #worker = new Worker(SOURCE, { eval: true });
  readonly #waiting: Waiting[] = [];
  #ended: Error | undefined;

  constructor() {
    this.#worker.on('message', (block: Uint8Array) => {
      this.#waiting.shift()?.resolve(block);
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

  /** @param data copied; free when this returns */
  async compress(data: Uint8Array): Promise<Uint8Array> {
    if (this.#ended) throw this.#ended;
    const copy = new Uint8Array(data);
    return await new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage(copy, [copy.buffer]);
    });
  }

  /** What is under way fails. */
  close(): void {
    this.#end(new Error('the thread that compresses was ended'));
    void this.#worker.terminate();
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#ended);
  }
}
