import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Bucket as GcsBucket, type File, Storage } from '@google-cloud/storage';
import { Crc32c } from './crc32c.ts';
import { asAlirError } from './storage-errors.ts';

export interface StoredObject {
  readonly name: string;
  readonly generation: string;
  readonly bytes: number;
}

/** A bucket, as far as the chain uses one. Rejections are ours: `storage-errors.ts`. */
export interface Bucket {
  /** The object's generation, or '0' when there is none: what a precondition needs. */
  generationOf(name: string): Promise<string>;
  /**
   * Streams `chunks` into an object, if it still has generation `ifGeneration`; otherwise nothing changes and a
   * TransientError says so. The client checks the CRC32C.
   */
  upload(
    name: string,
    chunks: AsyncIterable<Buffer>,
    options: { ifGeneration: string; contentType: string; signal?: AbortSignal },
  ): Promise<StoredObject>;
  /** The object's bytes, as they come. The client checks the CRC32C. */
  read(name: string): AsyncIterable<Buffer>;
  list(prefix: string): Promise<StoredObject[]>;
  /** Removes an object, if there is one. */
  remove(name: string): Promise<void>;
  /** gs://bucket/name */
  uri(name: string): string;
}

/** The client finds an emulator by STORAGE_EMULATOR_HOST itself. */
export function openBucket(projectId: string, bucketName: string): Bucket {
  const bucket = new Storage({ projectId, crc32cGenerator: () => new Crc32c() }).bucket(bucketName);
  const call = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw asAlirError(`${what} in gs://${bucketName}`, error);
    }
  };
  return {
    generationOf: async (name) =>
      await call(`looking for ${name}`, async () => {
        const [exists] = await bucket.file(name).exists();
        if (!exists) {
          await requireBucket(bucket);
          return '0';
        }
        const [metadata] = await bucket.file(name).getMetadata();
        return String(metadata.generation);
      }),
    upload: async (name, chunks, options) =>
      await call(`writing ${name}`, async () => {
        const file = bucket.file(name);
        const target = file.createWriteStream({
          contentType: options.contentType,
          preconditionOpts: { ifGenerationMatch: Number(options.ifGeneration) },
        });
        endWithUpload(file, target);
        await flow(chunks, target, options.signal);
        return toStored(file);
      }),
    async *read(name) {
      try {
        yield* bucket.file(name).createReadStream() as AsyncIterable<Buffer>;
      } catch (error) {
        throw asAlirError(`reading ${name} in gs://${bucketName}`, error);
      }
    },
    list: async (prefix) =>
      await call(`listing ${prefix}`, async () => {
        const [files] = await bucket.getFiles({ prefix });
        return files.map(toStored);
      }),
    remove: async (name) => {
      await call(`removing ${name}`, async () => await bucket.file(name).delete({ ignoreNotFound: true }));
    },
    uri: (name) => `gs://${bucketName}/${name}`,
  };
}

/**
 * Ends with the target's error as soon as there is one: whoever makes the chunks may be waiting for the first of many
 * minutes then, and a pipeline would wait with it. @throws the signal's reason, too
 */
async function flow(chunks: AsyncIterable<Buffer>, target: Writable, signal?: AbortSignal): Promise<void> {
  const failed = new Promise<never>((_, reject) => target.once('error', reject));
  const source = Readable.from(chunks, { objectMode: false });
  const written = pipeline(source, target, ...(signal ? [{ signal }] : []));
  written.catch(() => undefined);
  try {
    await Promise.race([written, failed]);
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  }
}

/**
 * Ends `target` with the first error of the client's upload, before anything was written to it. The client listens to its
 * inner stream with gaps: an error that comes when the bytes are sent and before it waits for the answer is heard by
 * nobody, and then `target` would never end, or the process would. The stream can be had nowhere but here.
 */
function endWithUpload(file: File, target: Writable): void {
  const start = file.startResumableUpload_.bind(file);
  file.startResumableUpload_ = (stream, options) => {
    stream.on('error', (error) => target.destroy(error));
    start(stream, options);
  };
}

/** A missing object and a missing bucket both answer 404; only one of them is normal. */
async function requireBucket(bucket: GcsBucket): Promise<void> {
  const [exists] = await bucket.exists();
  if (!exists) throw Object.assign(new Error('The specified bucket does not exist.'), { code: 404 });
}

function toStored(file: File): StoredObject {
  return { name: file.name, generation: String(file.metadata.generation), bytes: Number(file.metadata.size) };
}
