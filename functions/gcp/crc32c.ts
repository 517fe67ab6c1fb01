import type { CRC32CValidator } from '@google-cloud/storage';

/** CRC-32C (Castagnoli), reflected: RFC 3720, appendix B.4. The crc32 of node:zlib is the other polynomial. */
const POLYNOMIAL = 0x82f63b78;
const ENTRIES = 256;

/** Entry `256 * k + b` is the checksum of byte `b` with `k` zero bytes after it, so that eight bytes fold in one step. */
const TABLE = makeTable();

/**
 * The checksum of an object that is on its way, for Google's client, whose own looks at each byte alone on the thread
 * that encodes: measured some twenty times slower, and slower than everything else that is done to the bytes.
 */
export class Crc32c implements CRC32CValidator {
  #sum = 0;

  update(bytes: Buffer): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const whole = bytes.length - (bytes.length % 8);
    let crc = ~this.#sum;
    let at = 0;
    for (; at < whole; at += 8) {
      const low = crc ^ view.getInt32(at, true);
      const high = view.getInt32(at + 4, true);
      crc =
        entry(7, low) ^
        entry(6, low >>> 8) ^
        entry(5, low >>> 16) ^
        entry(4, low >>> 24) ^
        entry(3, high) ^
        entry(2, high >>> 8) ^
        entry(1, high >>> 16) ^
        entry(0, high >>> 24);
    }
    for (; at < bytes.length; at++) crc = (crc >>> 8) ^ entry(0, crc ^ view.getUint8(at));
    this.#sum = ~crc;
  }

  validate(expected: Buffer | string | CRC32CValidator): boolean {
    const text = Buffer.isBuffer(expected) ? expected.toString('base64') : String(expected);
    return text === this.toString();
  }

  /** As Cloud Storage writes it: the four bytes, big-endian, in base64. */
  toString(): string {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(this.#sum);
    return bytes.toString('base64');
  }
}

// The cast says what the mask guarantees, an index in range; a `?? 0` there costs a third of the speed.
function entry(zeros: number, byte: number): number {
  return TABLE[ENTRIES * zeros + (byte & 0xff)] as number;
}

function makeTable(): Int32Array {
  const table = new Int32Array(8 * ENTRIES);
  for (let byte = 0; byte < ENTRIES; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    table[byte] = crc;
  }
  for (let index = ENTRIES; index < table.length; index++) {
    const before = table[index - ENTRIES] as number;
    table[index] = (before >>> 8) ^ (table[before & 0xff] as number);
  }
  return table;
}
