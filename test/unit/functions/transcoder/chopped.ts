import { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** A socket whose bytes arrive in pieces of the sizes given, over and over: borders where a network has none. */
export class ChoppedSocket extends Duplex {
  readonly #socket = new Socket();
  readonly #sizes: readonly number[];
  #next = 0;

  constructor(sizes: readonly number[]) {
    super();
    this.#sizes = sizes;
    this.#socket.on('connect', () => this.emit('connect'));
    this.#socket.on('error', (error) => this.destroy(error));
    this.#socket.on('end', () => this.push(null));
    this.#socket.on('close', () => this.destroy());
    this.#socket.on('data', (chunk: Buffer) => {
      let more = true;
      for (let at = 0; at < chunk.length;) {
        const size = this.#sizes[this.#next++ % this.#sizes.length] ?? 1;
        more = this.push(Buffer.from(chunk.subarray(at, at + size)));
        at += size;
      }
      if (!more) this.#socket.pause();
    });
  }

  connect(port: number, host: string): this {
    this.#socket.connect(port, host);
    return this;
  }

  setNoDelay(): this {
    this.#socket.setNoDelay(true);
    return this;
  }

  ref(): this {
    this.#socket.ref();
    return this;
  }

  unref(): this {
    this.#socket.unref();
    return this;
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, done);
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}
