import { ApiError } from '../kit/errors.ts';
import { UPLOAD_METADATA_MAX_BYTES } from './limits.ts';

export interface RelatedUpload {
  /** The first part: the object's metadata. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Content type of the second part. */
  readonly contentType: string | undefined;
  /** The second part, as it arrives; throws when the body ends before the closing boundary. */
  readonly data: AsyncIterable<Buffer>;
}

/**
 * Reads a `multipart/related` upload without holding the media in memory
 * (https://cloud.google.com/storage/docs/uploading-objects#rest-upload-objects).
 * @throws ApiError 400
 */
export async function readRelated(body: AsyncIterator<Buffer>, contentType: string): Promise<RelatedUpload> {
  // gcloud quotes the boundary with apostrophes, which no standard knows and Google accepts.
  const boundary = /;\s*boundary=(["']?)([^"';\s][^"';]{0,199})\1/i.exec(contentType)?.[2];
  if (boundary === undefined) throw malformed('the Content-Type has no boundary');
  const reader = new BoundaryReader(body);
  await reader.take(`--${boundary}`);
  // Some clients (gsutil's library) end lines with a bare line feed; the first line shows which.
  const eol = (await reader.startsWith('\r\n')) ? '\r\n' : '\n';
  const delimiter = `${eol}--${boundary}`;
  await reader.take(eol + eol);
  const metadata = parseMetadata(await reader.take(delimiter));
  const headers = (await reader.take(eol + eol)).toString('latin1');
  return {
    metadata,
    contentType: /^content-type:[ \t]*(.+?)[ \t\r]*$/im.exec(headers)?.[1],
    data: lastPart(reader, delimiter),
  };
}

async function* lastPart(reader: BoundaryReader, delimiter: string): AsyncGenerator<Buffer> {
  yield* reader.until(delimiter);
  if (!(await reader.startsWith('--'))) throw malformed('there are more than two parts');
}

/** Splits a stream of chunks at byte strings that may straddle them. */
class BoundaryReader {
  readonly #source: AsyncIterator<Buffer>;
  #held: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterator<Buffer>) {
    this.#source = source;
  }

  /** What comes before `mark`, which is consumed. */
  async *until(mark: string): AsyncGenerator<Buffer> {
    for (;;) {
      const at = this.#held.indexOf(mark);
      if (at >= 0) {
        yield this.#held.subarray(0, at);
        this.#held = this.#held.subarray(at + mark.length);
        return;
      }
      const certain = this.#held.length - (mark.length - 1);
      if (certain > 0) {
        yield this.#held.subarray(0, certain);
        this.#held = this.#held.subarray(certain);
      }
      await this.#more();
    }
  }

  /** The same, whole; for the small parts. */
  async take(mark: string): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of this.until(mark)) {
      size += chunk.length;
      if (size > UPLOAD_METADATA_MAX_BYTES) throw malformed(`a part is larger than ${UPLOAD_METADATA_MAX_BYTES} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  async startsWith(text: string): Promise<boolean> {
    while (this.#held.length < text.length) await this.#more();
    return this.#held.subarray(0, text.length).toString('latin1') === text;
  }

  async #more(): Promise<void> {
    const next = await this.#source.next();
    if (next.done === true) throw malformed('it ends before the closing boundary');
    this.#held = this.#held.length === 0 ? next.value : Buffer.concat([this.#held, next.value]);
  }
}

function parseMetadata(part: Buffer): Record<string, unknown> {
  let value: unknown;
  try {
    value = part.toString('utf8').trim() === '' ? {} : JSON.parse(part.toString('utf8'));
  } catch {
    throw malformed('the first part is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformed('the first part must be a JSON object');
  }
  return value as Record<string, unknown>;
}

function malformed(why: string): ApiError {
  return new ApiError('INVALID_ARGUMENT', `Malformed multipart body: ${why}.`, { reason: 'badRequest' });
}
