/** CRC-32C (Castagnoli, RFC 3720 appendix B.4), the reflected polynomial. node:zlib's crc32 is the other polynomial. */
const POLYNOMIAL = 0x82f63b78;

/** `TABLES[k][b]` is the checksum of byte `b` followed by `k` zero bytes, so eight bytes are folded in one step. */
const [T0, T1, T2, T3, T4, T5, T6, T7] = makeTables();

/**
 * Continues a checksum with more bytes; start from 0.
 * Slicing-by-eight, measured at about 1 GB/s: it is on the path of every byte that is written.
 */
export function crc32c(previous: number, bytes: Uint8Array): number {
  const whole = bytes.length - (bytes.length % 8);
  let crc = ~previous;
  let at = 0;
  for (; at < whole; at += 8) {
    crc ^= byte(bytes, at) | (byte(bytes, at + 1) << 8) | (byte(bytes, at + 2) << 16) | (byte(bytes, at + 3) << 24);
    crc =
      look(T7, crc) ^
      look(T6, crc >>> 8) ^
      look(T5, crc >>> 16) ^
      look(T4, crc >>> 24) ^
      look(T3, byte(bytes, at + 4)) ^
      look(T2, byte(bytes, at + 5)) ^
      look(T1, byte(bytes, at + 6)) ^
      look(T0, byte(bytes, at + 7));
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ look(T0, crc ^ byte(bytes, at));
  return ~crc >>> 0;
}

/** As Google writes it in JSON and headers: base64 of the four bytes, big-endian. */
export function formatCrc32c(crc: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc);
  return bytes.toString('base64');
}

type Table = Int32Array;
type Tables = readonly [Table, Table, Table, Table, Table, Table, Table, Table];

// The casts say what the loops guarantee, an index in range; a `?? 0` there costs a third of the speed.
function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] as number;
}

function look(table: Table, index: number): number {
  return table[index & 0xff] as number;
}

function makeTables(): Tables {
  const first = new Int32Array(256).map((_, start) => {
    let crc = start;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    return crc;
  });
  const tables = [first];
  for (let zeros = 1; zeros < 8; zeros++) {
    tables.push((tables[zeros - 1] as Table).map((crc) => (crc >>> 8) ^ look(first, crc)));
  }
  return tables as unknown as Tables;
}
