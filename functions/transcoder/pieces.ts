import { brokenFile } from './input.ts';

/** Bytes that come in pieces of any size, taken by length. */
export class Pieces {
  readonly #source: AsyncIterator<Uint8Array>;
  #piece: Buffer = Buffer.alloc(0);
  #at = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** True when nothing follows. @throws what the source throws */
  async ended(): Promise<boolean> {
    while (this.#at === this.#piece.length) {
      const next = await this.#source.next();
      if (next.done === true) return true;
      const { buffer, byteOffset, length } = next.value;
      this.#piece = Buffer.from(buffer, byteOffset, length);
      this.#at = 0;
    }
    return false;
  }

  /** The next `size` bytes; those that one piece holds are not copied. @throws TerminalError at the end */
  async take(size: number, what: string): Promise<Buffer> {
    let kept: Buffer | undefined;
    let at = 0;
    while (at < size) {
      if (await this.ended()) throw brokenFile(`it ends within ${what}`);
      const some = Math.min(size - at, this.#piece.length - this.#at);
      const from = this.#piece.subarray(this.#at, this.#at + some);
      this.#at += some;
      if (some === size) return from;
      kept ??= Buffer.allocUnsafeSlow(size);
      from.copy(kept, at);
      at += some;
    }
    return kept ?? Buffer.alloc(0);
  }

  /** An Avro long. @throws TerminalError for one beyond 2^53, where nothing of a file's frame can be */
  async takeLong(what: string): Promise<number> {
    let zigzag = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = (await this.take(1, what)).readUInt8(0);
      zigzag |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) break;
      if (shift >= 63n) throw brokenFile(`a long of more than 64 bits as ${what}`);
    }
    const value = Number((zigzag >> 1n) ^ -(zigzag & 1n));
    if (!Number.isSafeInteger(value)) throw brokenFile(`${value} as ${what}`);
    return value;
  }

  /** Tells the source that nobody reads on; what it says to that comes too late to matter. */
  close(): void {
    this.#source.return?.().catch(() => undefined);
  }
}
