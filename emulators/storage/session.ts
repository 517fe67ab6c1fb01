import { randomUUID } from 'node:crypto';
import { ApiError } from '../kit/errors.ts';
import type { Bucket } from './bucket.ts';
import { type Checksums, verifyChecksums } from './checksum.ts';
import type { ContentRange } from './content-range.ts';
import type { Disk } from './disk.ts';
import { RESUMABLE_QUANTUM_BYTES } from './limits.ts';
import type { Attributes, ObjectVersion } from './model.ts';
import type { Preconditions } from './preconditions.ts';
import { UploadFile } from './upload-file.ts';

/** What the POST that opens a session fixes. */
export interface SessionRequest {
  readonly bucket: Bucket;
  readonly name: string;
  readonly attributes: Attributes;
  readonly preconditions: Preconditions;
  readonly expected: Partial<Checksums>;
  /** `x-upload-content-length`. */
  readonly declaredSize: number | undefined;
}

/** A body that can be told to end, when a newer request of the same session takes over. */
export interface Body {
  readonly chunks: AsyncIterable<Buffer>;
  cut(): void;
}

const OFFSET_TOO_FAR = 'mismatchedContentStart';

type DataRange = ContentRange & { readonly kind: 'data' };

/**
 * One resumable upload: open → (bytes)* → done or failed.
 * Only the newest request writes: a client may resume before we notice that its old connection is dead.
 */
export class Session {
  readonly id = randomUUID();
  readonly request: SessionRequest;
  readonly #file: UploadFile;
  #state: 'open' | 'done' | 'failed' = 'open';
  #result: ObjectVersion | undefined;
  #writer: { readonly body: Body; readonly done: Promise<unknown> } | undefined;

  constructor(disk: Disk, request: SessionRequest) {
    this.request = request;
    this.#file = new UploadFile(disk);
  }

  get state(): 'open' | 'done' | 'failed' {
    return this.#state;
  }

  /** Bytes that a resuming client need not send again. */
  get persistedSize(): number {
    return wholeQuanta(this.#file.size);
  }

  /**
   * Takes one request.
   * @returns the object when its bytes were the last ones, or when it was complete before
   * @throws ApiError 400, 412, 503; the session goes on unless its state is then `failed`
   */
  async write(range: ContentRange, body: Body, hash: Partial<Checksums>): Promise<ObjectVersion | undefined> {
    if (range.kind === 'status' && this.#writer !== undefined) return undefined;
    while (this.#writer !== undefined) {
      this.#writer.body.cut();
      await this.#writer.done;
    }
    if (this.#state !== 'open') return this.#result;
    const work = range.kind === 'data' ? this.#receive(range, body) : this.#isComplete(range.total);
    this.#writer = { body, done: work.catch(() => undefined) };
    try {
      return (await work) ? this.#finish(hash) : undefined;
    } finally {
      this.#writer = undefined;
    }
  }

  async discard(): Promise<void> {
    this.#state = 'failed';
    this.#writer?.body.cut();
    await this.#writer?.done;
    await this.#file.discard();
  }

  /** @returns whether the object is complete */
  async #receive(range: DataRange, body: Body): Promise<boolean> {
    const { first, last } = range;
    const total = range.total ?? this.request.declaredSize;
    const before = this.#file.size;
    if (first > before) throw offsetTooFar(first, before);
    const end = last === undefined ? total : last + 1;
    const expected = end === undefined ? undefined : end - first;
    const arrived = { bytes: 0 };
    try {
      await this.#file.append(unseen(body.chunks, before - first, arrived, expected));
      if (expected !== undefined && arrived.bytes !== expected) throw wrongLength(arrived.bytes, first, expected);
    } catch (error) {
      // A request that contradicts itself leaves nothing behind; one that was cut leaves what can be resumed.
      const contradicts = error instanceof ApiError && error.code === 400;
      await this.#file.rewind(contradicts ? before : wholeQuanta(this.#file.size));
      throw error;
    }
    if (last === undefined || (await this.#isComplete(total))) return true;
    if (this.persistedSize !== this.#file.size) await this.#file.rewind(this.persistedSize);
    return false;
  }

  async #isComplete(total: number | undefined): Promise<boolean> {
    const isComplete = total === this.#file.size;
    // So that there is a file even when the object is empty and no request ever carried bytes.
    if (isComplete) await this.#file.append([]);
    return isComplete;
  }

  #finish(hash: Partial<Checksums>): ObjectVersion {
    const { bucket, name, attributes, preconditions, expected } = this.request;
    this.#state = 'failed';
    verifyChecksums(expected, this.#file.checksums);
    verifyChecksums(hash, this.#file.checksums);
    this.#result = bucket.put({ name, file: this.#file, attributes, preconditions });
    this.#state = 'done';
    return this.#result;
  }
}

function wholeQuanta(size: number): number {
  return size - (size % RESUMABLE_QUANTUM_BYTES);
}

/** Counts all bytes and passes on those after `skip`; stops a body that holds more than `limit`. */
async function* unseen(
  chunks: AsyncIterable<Buffer>,
  skip: number,
  arrived: { bytes: number },
  limit = Number.POSITIVE_INFINITY,
): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    const from = Math.max(0, skip - arrived.bytes);
    arrived.bytes += chunk.length;
    if (arrived.bytes > limit) throw wrongLength(arrived.bytes, undefined, limit);
    if (from < chunk.length) yield chunk.subarray(from);
  }
}

function wrongLength(bytes: number, first: number | undefined, expected: number): ApiError {
  const where =
    first === undefined ? '' : ` (starting at offset ${first} and ending at offset ${first + expected - 1})`;
  const message = `Invalid request.  There were ${bytes} byte(s) in the request body.  There should have been ${expected} byte(s)${where} according to the Content-Range header.`;
  return new ApiError('INVALID_ARGUMENT', message, { reason: 'badRequest' });
}

function offsetTooFar(first: number, size: number): ApiError {
  const message = `Invalid request.  According to the Content-Range header, the upload offset is ${first} byte(s), which exceeds already uploaded size of ${size} byte(s).`;
  return new ApiError('UNAVAILABLE', message, { reason: OFFSET_TOO_FAR });
}

export function isOffsetTooFar(error: unknown): error is ApiError {
  return error instanceof ApiError && error.reason === OFFSET_TOO_FAR;
}
