/** Below this many bytes a loop copies faster than a call of `set`, which makes a view of its source first. */
const LOOP_BYTES = 96;

/** Bytes that values are read from: one chunk of a stream. The view is made once for all of the chunk's values. */
export class Source {
  readonly bytes: Buffer;
  readonly view: DataView;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }
}

/**
 * Bytes that values are written to, growing. Whoever writes has reserved the space before, once for a whole row and not
 * for each of its values. Integers are Avro's: https://avro.apache.org/docs/1.12.0/specification/#primitive-types-1
 */
export class Block {
  bytes: Buffer;
  view: DataView;
  /** Where the next byte goes. */
  at = 0;
  #promised = 0;

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Promises space for a row. What is found to need more than its share while it is written extends it. */
  reserve(size: number): void {
    this.#promised = this.at + size;
    if (this.#promised > this.bytes.length) this.#grow();
  }

  extend(size: number): void {
    this.#promised += size;
    if (this.#promised > this.bytes.length) this.#grow();
  }

  #grow(): void {
    const bytes = Buffer.allocUnsafeSlow(Math.max(this.#promised, this.bytes.length * 2));
    this.bytes.copy(bytes, 0, 0, this.at);
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
  }

  writeByte(value: number): void {
    this.bytes[this.at++] = value;
  }

  /** As Postgres has it: four bytes, the highest first. */
  writeInt32(value: number): void {
    this.view.setInt32(this.at, value);
    this.at += 4;
  }

  /** Zigzag, then 7 bits to a byte. */
  writeInt(value: number): void {
    this.#writeUnsigned((value << 1) ^ (value >> 31));
  }

  /** A count or a length: 0 to 2^31 - 1. */
  writeLength(value: number): void {
    if (value < 0x40000000) this.#writeUnsigned(value << 1);
    else this.writeLong(0, value);
  }

  /** A 64-bit integer as its two halves, for a number is exact to 53 bits only. */
  writeLong(high: number, low: number): void {
    const sign = high >> 31;
    let upper = ((high << 1) | (low >>> 31)) ^ sign;
    let lower = (low << 1) ^ sign;
    while (upper !== 0) {
      this.bytes[this.at++] = (lower & 0x7f) | 0x80;
      lower = (lower >>> 7) | (upper << 25);
      upper >>>= 7;
    }
    this.#writeUnsigned(lower);
  }

  #writeUnsigned(bits: number): void {
    let rest = bits >>> 0;
    let at = this.at;
    while (rest > 0x7f) {
      this.bytes[at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.bytes[at++] = rest;
    this.at = at;
  }

  copy(source: Source, from: number, length: number): void {
    const to = this.at;
    this.at = to + length;
    if (length > LOOP_BYTES) {
      this.bytes.set(source.bytes.subarray(from, from + length), to);
      return;
    }
    let done = 0;
    for (; done + 8 <= length; done += 8) {
      this.view.setInt32(to + done, source.view.getInt32(from + done, true), true);
      this.view.setInt32(to + done + 4, source.view.getInt32(from + done + 4, true), true);
    }
    for (; done < length; done++) this.view.setUint8(to + done, source.view.getUint8(from + done));
  }

  append(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  /** Text of ASCII alone, with its length before it. */
  writeAscii(text: string): void {
    this.writeLength(text.length);
    this.at += this.bytes.write(text, this.at, 'latin1');
  }
}
