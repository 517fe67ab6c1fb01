import type { Duplex } from 'node:stream';
import type pg from 'pg';
import { Source } from './block.ts';
import { release } from './memory.ts';
import { brokenStream } from './rule.ts';

/** What becomes of a COPY. `data` and `chunk` may throw: then the connection is given up, and `failed` is told why. */
export interface CopyReceiver {
  /** A piece of the COPY stream, to be read before the call returns. */
  data(source: Source, from: number, to: number): void;
  /** Everything that came at once was handed on. */
  chunk(): void;
  /** Postgres says that it sent everything, and how many rows that were. */
  finished(rows: number): void;
  failed(error: unknown): void;
}

const CODE_BYTES = 1;
const FRAME_BYTES = 5;
const COPY_DATA = 0x64;
const READY_FOR_QUERY = 0x5a;
/** What a server may say while it copies; anything else means that we lost our place. https://www.postgresql.org/docs/current/protocol-message-formats.html */
const OTHERS = new Set(Buffer.from('ACEGHNSWZc', 'latin1'));
/** Errors and notices carry text of people; none is as long as this. */
const OTHER_BYTES_AT_MOST = 16 * 1024 * 1024;

/**
 * One `COPY … TO STDOUT` on a connection of pg's. Postgres sends each row as a message of its own, and pg would copy and
 * emit each; so while the COPY runs its bytes are read here, off the same socket (TLS or not). All other messages go to
 * pg as ever, and after the last one so does the socket. A connection that is idle is between two messages, so no message
 * is parted between the two readers.
 */
export class CopyOut implements pg.Submittable {
  readonly #text: string;
  readonly #receiver: CopyReceiver;
  #stream: Duplex | undefined;
  #listeners: readonly ((chunk: Buffer) => void)[] = [];
  readonly #frame = Buffer.alloc(FRAME_BYTES);
  #frameKept = 0;
  /** Bytes of COPY data that the message at hand still has. */
  #left = 0;
  #other: { readonly bytes: Buffer; kept: number } | undefined;
  #rows: number | undefined;
  #error: { readonly error: unknown } | undefined;
  #over = false;

  constructor(text: string, receiver: CopyReceiver) {
    this.#text = text;
    this.#receiver = receiver;
  }

  /** Called by pg when it is this query's turn. */
  submit(connection: pg.Connection): void {
    const { stream } = connection;
    this.#stream = stream;
    this.#listeners = stream.listeners('data') as ((chunk: Buffer) => void)[];
    stream.removeAllListeners('data');
    stream.on('data', this.#onData);
    connection.query(this.#text);
  }

  pause(): void {
    if (!this.#over) this.#stream?.pause();
  }

  resume(): void {
    if (!this.#over) this.#stream?.resume();
  }

  /** Ends a COPY that nobody reads on. The connection ends with it: what is under way cannot be taken back. */
  abandon(): void {
    if (!this.#over) this.#stream?.destroy();
    this.#over = true;
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    const [, rows] = /^COPY (\d+)$/.exec(text) ?? [];
    if (rows !== undefined) this.#rows = Number(rows);
  }

  handleReadyForQuery(): void {
    if (this.#rows === undefined) this.#fail(brokenStream('it was no COPY'));
    else this.#receiver.finished(this.#rows);
  }

  /**
   * Postgres refused or broke off, or the connection is gone. In the first case the connection lives on, and it is
   * passed on before anybody hears of the error; pg does not tell us when, for to it this query is over.
   */
  handleError(error: unknown): void {
    const stream = this.#stream;
    if (!stream || stream.destroyed) {
      this.#receiver.failed(error);
      return;
    }
    this.#error = { error };
    stream.once('close', () => {
      this.#receiver.failed(error);
    });
  }

  #fail(error: unknown): void {
    this.abandon();
    this.#receiver.failed(error);
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#over) return;
    try {
      this.#read(new Source(chunk));
      release(chunk);
      this.#receiver.chunk();
    } catch (error) {
      this.#fail(error);
    }
  };

  #read(source: Source): void {
    const { bytes, view } = source;
    let at = 0;
    while (at < bytes.length) {
      if (this.#left > 0) {
        const to = Math.min(at + this.#left, bytes.length);
        this.#left -= to - at;
        this.#receiver.data(source, at, to);
        at = to;
      } else if (this.#other) {
        const size = Math.min(this.#other.bytes.length - this.#other.kept, bytes.length - at);
        bytes.copy(this.#other.bytes, this.#other.kept, at, at + size);
        this.#other.kept += size;
        at += size;
        if (this.#other.kept === this.#other.bytes.length && this.#passOn(this.#other.bytes, bytes.subarray(at)))
          return;
      } else if (this.#frameKept === 0 && bytes.length - at >= FRAME_BYTES) {
        this.#begin(view.getUint8(at), view.getInt32(at + CODE_BYTES));
        at += FRAME_BYTES;
      } else {
        const size = Math.min(FRAME_BYTES - this.#frameKept, bytes.length - at);
        bytes.copy(this.#frame, this.#frameKept, at, at + size);
        this.#frameKept += size;
        at += size;
        if (this.#frameKept === FRAME_BYTES) this.#begin(this.#frame.readUInt8(0), this.#frame.readInt32BE(CODE_BYTES));
      }
    }
  }

  /** @param length of the message with these four bytes, but without its code */
  #begin(code: number, length: number): void {
    this.#frameKept = 0;
    if (code === COPY_DATA && length >= 4) {
      this.#left = length - 4;
      return;
    }
    if (!OTHERS.has(code) || length < 4 || length > OTHER_BYTES_AT_MOST) {
      throw brokenStream(`a message of type 0x${code.toString(16)} and ${length} bytes`);
    }
    const bytes = Buffer.alloc(CODE_BYTES + length);
    bytes.writeUInt8(code);
    bytes.writeInt32BE(length, CODE_BYTES);
    this.#other = { bytes, kept: FRAME_BYTES };
    // A message may be nothing but its frame.
    if (length === 4) this.#passOn(bytes, Buffer.alloc(0));
  }

  /** Lets pg read a message. @returns true after the last one; then pg has `rest` and everything that follows */
  #passOn(message: Buffer, rest: Buffer): boolean {
    this.#other = undefined;
    const stream = this.#stream;
    if (!stream || message.readUInt8(0) !== READY_FOR_QUERY) {
      for (const listener of this.#listeners) listener(message);
      return false;
    }
    this.#over = true;
    stream.off('data', this.#onData);
    for (const listener of this.#listeners) stream.on('data', listener);
    stream.resume();
    // In one piece: with ReadyForQuery pg may submit the next query, which is nobody's business here.
    stream.emit('data', Buffer.concat([message, rest]));
    if (this.#error) this.#receiver.failed(this.#error.error);
    return true;
  }
}
