/** How long a block of so many bytes can be. */
export function snappyAtMost(bytes: number): number {
  return 32 + bytes + Math.ceil(bytes / 6);
}

/**
 * Makes a snappy block of any bytes: https://github.com/google/snappy/blob/main/format_description.txt. It has all that it
 * needs inside, for its text is what a thread runs.
 * @param out room for it, `snappyAtMost(data.length)`
 * @returns how long it is
 */
export function compressSnappy(data: Uint8Array, out: Uint8Array): number {
  /** What a copy may reach back over, and as much as two bytes can say. */
  const FRAGMENT_BYTES = 65_536;
  const HASH_BITS = 14;
  /** A search ends so far before the end, where four bytes can be read for certain. */
  const MARGIN = 15;
  /** So many misses make the search go one byte faster: what cannot be compressed is soon behind. */
  const MISSES_BITS = 5;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  /** By the hash of four bytes: where they were seen last, from the beginning of the fragment. */
  const seen = new Uint16Array(1 << HASH_BITS);

  const hashAt = (at: number): number => Math.imul(view.getInt32(at, true), 0x1e35a7bd) >>> (32 - HASH_BITS);
  const areSame = (a: number, b: number): boolean => view.getInt32(a, true) === view.getInt32(b, true);

  /** Each of these writes at `to`, and returns where what comes next begins. */
  const three = (a: number, b: number, c: number, to: number): number => {
    out[to] = a;
    out[to + 1] = b;
    out[to + 2] = c;
    return to + 3;
  };
  const literal = (from: number, end: number, to: number): number => {
    const last = end - from - 1;
    if (last >= 60) to = three(61 << 2, last, last >>> 8, to);
    else if (last >= 0) out[to++] = last << 2;
    if (last > 48) out.set(data.subarray(from, end), to);
    else for (let index = 0; index <= last; index++) out[to + index] = data[from + index] ?? 0;
    return to + last + 1;
  };
  const longCopy = (offset: number, length: number, to: number): number =>
    three(((length - 1) << 2) | 2, offset, offset >>> 8, to);
  const copy = (offset: number, length: number, to: number): number => {
    // Of the last two none may be shorter than 4, the least that the short form can say.
    for (; length >= 68; length -= 64) to = longCopy(offset, 64, to);
    if (length > 64) [to, length] = [longCopy(offset, 60, to), length - 60];
    if (length >= 12 || offset >= 2048) return longCopy(offset, length, to);
    // Of two bytes: what comes next goes over the third.
    return three(((offset >>> 8) << 5) | ((length - 4) << 2) | 1, offset, 0, to) - 1;
  };
  const fragment = (start: number, end: number, to: number): number => {
    const limit = end - MARGIN;
    seen.fill(0);
    let written = start;
    for (let at = start + 1, misses = 1 << MISSES_BITS; at < limit;) {
      const hash = hashAt(at);
      let candidate = start + (seen[hash] ?? 0);
      seen[hash] = at - start;
      if (!areSame(candidate, at)) {
        at += misses++ >>> MISSES_BITS;
        continue;
      }
      to = literal(written, at, to);
      // One match often follows another. To go round the outer loop for it is shorter, and takes a sixth longer.
      do {
        let length = 4;
        while (at + length < limit && areSame(candidate + length, at + length)) length += 4;
        while (at + length < end && data[candidate + length] === data[at + length]) length++;
        to = copy(at - candidate, length, to);
        written = at += length;
        if (at >= limit) return literal(written, end, to);
        seen[hashAt(at - 1)] = at - 1 - start;
        const next = hashAt(at);
        candidate = start + (seen[next] ?? 0);
        seen[next] = at - start;
      } while (areSame(candidate, at));
      at += 1;
      misses = 1 << MISSES_BITS;
    }
    return literal(written, end, to);
  };

  let [to, rest] = [0, data.length];
  for (; rest >= 0x80; rest >>>= 7) out[to++] = (rest & 0x7f) | 0x80;
  out[to++] = rest;
  for (let start = 0; start < data.length; start += FRAGMENT_BYTES)
    to = fragment(start, Math.min(start + FRAGMENT_BYTES, data.length), to);
  return to;
}
