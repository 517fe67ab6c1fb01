/**
 * Gives the memory of a buffer back at once, where the garbage collector would let 64 MB of such buffers gather first.
 * Nobody may read the buffer again. One that shares its memory with others, as small ones do, is left to the collector.
 */
export function release({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && byteLength === buffer.byteLength) buffer.transfer(0);
}
