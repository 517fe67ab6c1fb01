import type pg from 'pg';
import type { CodecName } from './codecs.ts';
import { Container } from './container.ts';
import { CopyOut } from './copy-out.ts';
import { CopyStream } from './copy-stream.ts';
import type { Plan } from './plan.ts';
import { type Rejection, Rows } from './rows.ts';
import { brokenStream } from './rule.ts';

export interface TranscodeOptions {
  readonly plan: Plan;
  /** Selects the plan's columns (`plan.select`); literals only, for a COPY takes no parameters. */
  readonly query: string;
  readonly codec: CodecName;
  /** The file's name or the like: the same identity and rows give the same bytes. */
  readonly identity: string;
  /** Takes rejected rows, some at a time; nothing more is read from Postgres until it is done with them. */
  readonly onRejected: (rows: readonly Rejection[]) => Promise<void>;
  readonly blockBytes?: number;
  /** Ends the COPY, and the connection with it, even while Postgres lets us wait. */
  readonly signal?: AbortSignal;
}

export interface TranscodeCounts {
  /** Rows that came: those in the file and those rejected. */
  readonly extracted: number;
  readonly encoded: number;
  readonly quarantined: number;
}

/** Larger blocks are not faster, and every one that is in flight is memory. */
export const BLOCK_BYTES = 512 * 1024;
/** Full blocks that are being compressed or wait for the consumer, before Postgres has to wait. */
const BLOCKS_IN_FLIGHT = 3;

/**
 * Reads a query's rows and writes them as one Avro file, with nothing in between: bytes of the socket become bytes of a
 * block. Iterate `file` once; a consumer that is slow makes Postgres wait, and one that stops early ends the connection.
 * Everything asynchronous is per block, for a promise per row would cost more than the row.
 */
export class Transcoding {
  readonly #client: pg.Client;
  readonly #options: TranscodeOptions;
  readonly #container: Container;
  readonly #rows: Rows;
  readonly #stream: CopyStream;
  readonly #copy: CopyOut;
  readonly #blocks: Promise<Buffer>[] = [];
  #inFlight = 0;
  #quarantining = false;
  #quarantined = 0;
  /** What Postgres said at the end. */
  #ended: { readonly rows: number } | undefined;
  /** Everything is in `#blocks`. */
  #finished = false;
  #failure: { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(client: pg.Client, options: TranscodeOptions) {
    const { plan, identity, codec, blockBytes = BLOCK_BYTES } = options;
    this.#client = client;
    this.#options = options;
    this.#container = new Container({ schema: plan.contract.avro, identity, codec, blockBytes });
    this.#rows = new Rows(plan, {
      block: this.#container.newBlock(),
      blockBytes: this.#container.fullAt,
      onFull: (block, records) => {
        this.#send(this.#container.close(block, records));
        return this.#container.newBlock();
      },
    });
    this.#stream = new CopyStream(this.#rows);
    this.#copy = new CopyOut(`copy (${options.query}) to stdout (format binary)`, {
      data: (source, from, to) => {
        this.#stream.push(source, from, to);
      },
      chunk: () => {
        this.#quarantine();
        this.#balance();
      },
      finished: (rows) => {
        this.#finish(rows);
      },
      failed: (error) => {
        this.#fail(error);
      },
    });
  }

  /** Final when `file` has ended. */
  get counts(): TranscodeCounts {
    const extracted = this.#rows.count;
    return { extracted, encoded: extracted - this.#quarantined, quarantined: this.#quarantined };
  }

  /**
   * The file, in pieces of a block. @throws what pg says; TransientError for a stream that breaks off or makes no sense;
   * whatever `onRejected` rejects with
   */
  async *file(): AsyncGenerator<Buffer, void, undefined> {
    const { signal } = this.#options;
    const abort = (): void => {
      this.#fail(signal?.reason);
    };
    signal?.addEventListener('abort', abort, { once: true });
    try {
      signal?.throwIfAborted();
      yield this.#container.header();
      this.#client.query(this.#copy);
      for (;;) {
        if (this.#failure) throw this.#failure.error;
        const block = this.#blocks.shift();
        if (block) {
          yield await block;
          this.#inFlight -= 1;
          this.#balance();
        } else if (this.#finished) return;
        else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      }
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#copy.abandon();
      this.#container.end();
    }
  }

  #send(block: Promise<Buffer>): void {
    // It may reject before anybody waits for it.
    block.catch((error: unknown) => {
      this.#fail(error);
    });
    this.#blocks.push(block);
    this.#inFlight += 1;
    this.#awake();
  }

  /** Lets Postgres send, or makes it wait. */
  #balance(): void {
    if (this.#quarantining || this.#inFlight >= BLOCKS_IN_FLIGHT) this.#copy.pause();
    else this.#copy.resume();
  }

  #quarantine(): void {
    const { rejections } = this.#rows;
    if (rejections.length === 0 || this.#quarantining) return;
    this.#rows.rejections = [];
    this.#quarantined += rejections.length;
    this.#quarantining = true;
    this.#options.onRejected(rejections).then(
      () => {
        this.#quarantining = false;
        this.#quarantine();
        this.#balance();
        if (this.#ended) this.#finish(this.#ended.rows);
      },
      (error: unknown) => {
        this.#fail(error);
      },
    );
  }

  #finish(rows: number): void {
    this.#ended = { rows };
    // The last rows may have been rejected, and this is heard before the chunk that they came in is over.
    this.#quarantine();
    if (this.#quarantining) return;
    try {
      this.#stream.end();
      if (rows !== this.#rows.count) throw brokenStream(`Postgres sent ${rows} rows, and ${this.#rows.count} came`);
      this.#rows.flush();
      this.#finished = true;
      this.#awake();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#awake();
  }

  #awake(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
