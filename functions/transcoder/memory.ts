/**
 * Gives a buffer's memory back at once, where the garbage collector would let 64 MB of such buffers gather first.
 * Nobody may read the buffer again, nor any other part of the memory that it is cut from, as zlib cuts its output.
 * Node's pool, which small buffers share with strangers, is left to the collector.
 */
export function release({ buffer, byteLength }: Uint8Array): void {
  const owned = byteLength === buffer.byteLength || buffer.byteLength > Buffer.poolSize;
  if (owned && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
