import { createReadStream } from 'node:fs';
import type { Request } from '../kit/router.ts';
import { ApiError } from '../kit/errors.ts';
import type { Bucket } from './bucket.ts';
import { READ_CHUNK_BYTES } from './limits.ts';
import type { ObjectVersion } from './model.ts';

/**
 * A request's body as it arrives. Leaving the loop early keeps the connection open, so that the error can be answered;
 * a connection that breaks is UNAVAILABLE, for nothing is wrong on our side.
 */
export async function* bodyOf(request: Request): AsyncGenerator<Buffer> {
  try {
    yield* request.raw.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  } catch {
    throw new ApiError('UNAVAILABLE', 'The connection closed before the upload was complete.');
  }
}

/** Reads the bytes of several versions, one after the other, all opened now: later changes do not touch them. */
export function readVersions(sources: readonly { bucket: Bucket; version: ObjectVersion }[]): AsyncIterable<Buffer> {
  const fds: number[] = [];
  try {
    for (const { bucket, version } of sources) fds.push(bucket.open(version));
  } catch (error) {
    for (const fd of fds) readFd(fd).destroy();
    throw error;
  }
  return concatenate(fds.map(readFd));
}

async function* concatenate(streams: readonly ReturnType<typeof readFd>[]): AsyncGenerator<Buffer> {
  try {
    for (const stream of streams) yield* stream as AsyncIterable<Buffer>;
  } finally {
    for (const stream of streams) stream.destroy();
  }
}

function readFd(fd: number): ReturnType<typeof createReadStream> {
  return createReadStream('', { fd, highWaterMark: READ_CHUNK_BYTES });
}
