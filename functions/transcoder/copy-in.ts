import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import type pg from 'pg';
import { describeError, TransientError } from '../runtime/errors.ts';
import { Block } from './block.ts';

const FRAME_BYTES = 5;
const COPY_DATA = 0x64;
const COPY_DONE = Buffer.from([0x63, 0, 0, 0, 4]);
const COPY_FAIL = 0x66;

/**
 * One `COPY … FROM STDIN` on a connection of pg's: pg reads what Postgres says, and rows are written to the same socket
 * (TLS or not), many to a message: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-COPY
 */
export class CopyIn implements pg.Submittable {
  readonly #text: string;
  readonly #started = Promise.withResolvers<Duplex>();
  readonly #ended = Promise.withResolvers<number>();
  readonly #messageBytes: number;
  readonly #spare: Block[] = [];
  #stream: Duplex | undefined;
  #rows: number | undefined;
  #error: { readonly error: unknown } | undefined;
  /** Ends what is waited for while rows are sent, of which there is one thing at a time. */
  #giveUp: ((error: unknown) => void) | undefined;

  constructor(text: string, messageBytes: number) {
    this.#text = text;
    this.#messageBytes = messageBytes;
    // Whoever sends hears of a failure at the next message, and need not wait for any.
    this.#started.promise.catch(() => undefined);
    this.#ended.promise.catch(() => undefined);
  }

  /** Called by pg when it is this query's turn. */
  submit(connection: pg.Connection): void {
    this.#stream = connection.stream;
    connection.query(this.#text);
  }

  handleCopyInResponse({ stream }: pg.Connection): void {
    this.#started.resolve(stream);
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    const [, rows] = /^COPY (\d+)$/.exec(text) ?? [];
    if (rows !== undefined) this.#rows = Number(rows);
  }

  handleReadyForQuery(): void {
    if (this.#rows !== undefined) this.#ended.resolve(this.#rows);
    else this.handleError(new TransientError('SERVICE_UNAVAILABLE', `Postgres ended "${this.#text}" without a COPY`));
  }

  /** Postgres refused or the connection is gone. In the first case Postgres drops what is still sent, and pg goes on. */
  handleError(error: unknown): void {
    this.#error ??= { error };
    this.#started.reject(error);
    this.#ended.reject(error);
    this.#giveUp?.(error);
  }

  /** Resolves when Postgres waits for rows. @throws what pg says, e.g. that there is no such column */
  async started(): Promise<void> {
    await this.#started.promise;
  }

  /** What `source` yields, for as long as Postgres takes it. @throws what Postgres said, even while the source lets us wait */
  async *while<T>(source: AsyncGenerator<T, void, undefined>): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const next = await this.#unlessFailed(source.next());
      if (next.done === true) return;
      yield next.value;
    }
  }

  /** Space for a message; its frame comes before what is written. */
  newMessage(): Block {
    const block = this.#spare.pop() ?? new Block(this.#messageBytes * 2);
    block.at = FRAME_BYTES;
    return block;
  }

  /**
   * Sends a message, whose block the caller lets go of. @returns a promise when the socket is full, to be waited for
   * @throws what Postgres said since, e.g. that a constraint is violated
   */
  send(block: Block): Promise<void> | undefined {
    if (this.#error) throw this.#error.error;
    const stream = this.#stream;
    if (!stream) throw new Error('the COPY has not started');
    block.view.setUint8(0, COPY_DATA);
    block.view.setInt32(1, block.at - 1);
    // A block that had to grow for one long row is not kept.
    const kept = block.bytes.length <= this.#messageBytes * 2;
    const more = stream.write(block.bytes.subarray(0, block.at), () => {
      if (kept) this.#spare.push(block);
    });
    return more ? undefined : this.#drained(stream);
  }

  async #drained(stream: Duplex): Promise<void> {
    const stop = new AbortController();
    try {
      await this.#unlessFailed(once(stream, 'drain', { signal: stop.signal }));
    } finally {
      stop.abort();
    }
  }

  /** No race with a promise that lives as long as the COPY: that one would keep what every race was won with. */
  async #unlessFailed<T>(work: Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#giveUp = reject;
    work.then(resolve, reject);
    if (this.#error) reject(this.#error.error);
    return await promise;
  }

  /** Ends the COPY. @returns how many rows Postgres stored @throws what Postgres says, e.g. of a deferred trigger */
  async finish(): Promise<number> {
    if (!this.#error) this.#stream?.write(COPY_DONE);
    return await this.#ended.promise;
  }

  /** Makes Postgres forget what was sent; the connection can be used again. Waits for Postgres to say so. */
  async fail(reason: unknown): Promise<void> {
    if (!this.#error && this.#stream?.writable === true) {
      const text = Buffer.from(`${describeError(reason).replaceAll('\0', '')}\0`, 'utf8');
      const head = Buffer.alloc(FRAME_BYTES);
      head.writeUInt8(COPY_FAIL);
      head.writeInt32BE(text.length + 4, 1);
      this.#stream.write(Buffer.concat([head, text]));
    }
    await this.#ended.promise.catch(() => undefined);
  }
}
