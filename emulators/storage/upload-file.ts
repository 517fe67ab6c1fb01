import { createReadStream } from 'node:fs';
import { open, rm, truncate } from 'node:fs/promises';
import { ApiError } from '../kit/errors.ts';
import { type Checksums, RunningChecksum } from './checksum.ts';
import type { Disk } from './disk.ts';
import { onDisk } from './disk-errors.ts';
import { OBJECT_MAX_BYTES, READ_CHUNK_BYTES } from './limits.ts';

/** Bytes on their way to become an object: a file in `uploads/` that grows, and the checksums of what is in it. */
export class UploadFile {
  readonly path: string;
  readonly #folder: string;
  #size = 0;
  #checksum = new RunningChecksum();

  constructor(disk: Disk) {
    this.path = disk.newUpload();
    this.#folder = disk.root;
  }

  get size(): number {
    return this.#size;
  }

  get checksums(): Checksums {
    return this.#checksum.value();
  }

  /**
   * Appends what arrives, as it arrives. When the source or the disk fails, what was appended before stays; call
   * `rewind` before appending again.
   */
  async append(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> {
    const file = await onDisk(this.#folder, async () => await open(this.path, 'a'));
    try {
      for await (const chunk of source) {
        if (this.#size + chunk.length > OBJECT_MAX_BYTES) throw tooLarge();
        const written = onDisk(this.#folder, async () => {
          await file.writeFile(chunk);
        });
        this.#checksum.update(chunk);
        await written;
        this.#size += chunk.length;
      }
    } finally {
      await file.close();
    }
  }

  /** Forgets everything after the first `size` bytes. */
  async rewind(size: number): Promise<void> {
    await onDisk(this.#folder, async () => {
      await (size === 0 ? rm(this.path, { force: true }) : truncate(this.path, size));
    });
    const checksum = new RunningChecksum();
    if (size > 0) {
      for await (const chunk of createReadStream(this.path, { highWaterMark: READ_CHUNK_BYTES })) {
        checksum.update(chunk as Buffer);
      }
    }
    this.#checksum = checksum;
    this.#size = size;
  }

  /** Safe after the file was adopted or never made. */
  async discard(): Promise<void> {
    await rm(this.path, { force: true }).catch(() => undefined);
  }
}

function tooLarge(): ApiError {
  return new ApiError('INVALID_ARGUMENT', `The object is larger than ${OBJECT_MAX_BYTES} bytes.`, {
    reason: 'uploadTooLarge',
  });
}
