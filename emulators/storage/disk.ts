import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, openSync, readdirSync, renameSync, rmdirSync, rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { onDiskSync } from './disk-errors.ts';
import { readJson, removeQuietly, replaceFile } from './files.ts';
import { type BucketRecord, type Entry, versionsOf } from './model.ts';

export interface StoredBucket {
  readonly record: BucketRecord;
  readonly entries: readonly Entry[];
}

/**
 * The data folder:
 *
 *     uploads/<uuid>                         bytes that are still arriving
 *     buckets/<bucket>/bucket.json           the bucket exists while this file does
 *     buckets/<bucket>/objects/<hash>.json   one entry: all versions of one name (SHA-256, so any name is a safe file name)
 *     buckets/<bucket>/blobs/<generation>    the bytes of one version
 *
 * Every change ends in one rename or unlink of a `.json`; that is its commit. A blob without a version, a folder
 * without a `bucket.json` and all uploads are leftovers of an interruption, and `load` sweeps them.
 *
 * Synchronous on purpose: nothing else runs between the check of a precondition and the commit it allows.
 */
export class Disk {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** @throws ApiError naming the folder and the reason when it cannot be read or written */
  load(): StoredBucket[] {
    return onDiskSync(this.#root, () => {
      const uploads = this.#path('uploads');
      mkdirSync(uploads, { recursive: true });
      for (const leftover of readdirSync(uploads)) unlinkSync(join(uploads, leftover));
      // Made anew, so that a folder that cannot be written is told now and not by the first upload.
      rmdirSync(uploads);
      mkdirSync(uploads);
      mkdirSync(this.#path('buckets'), { recursive: true });
      return readdirSync(this.#path('buckets')).flatMap((name) => this.#loadBucket(name) ?? []);
    });
  }

  clear(): void {
    onDiskSync(this.#root, () => {
      rmSync(this.#path('buckets'), { recursive: true, force: true });
      mkdirSync(this.#path('buckets'), { recursive: true });
    });
  }

  get root(): string {
    return this.#root;
  }

  newUpload(): string {
    return this.#path('uploads', randomUUID());
  }

  saveBucket(record: BucketRecord): void {
    onDiskSync(this.#root, () => {
      for (const folder of ['objects', 'blobs']) mkdirSync(this.#bucket(record.name, folder), { recursive: true });
      replaceFile(this.#bucket(record.name, 'bucket.json'), record);
    });
  }

  removeBucket(name: string): void {
    onDiskSync(this.#root, () => {
      unlinkSync(this.#bucket(name, 'bucket.json'));
      rmSync(this.#bucket(name), { recursive: true, force: true });
    });
  }

  saveEntry(bucket: string, entry: Entry): void {
    onDiskSync(this.#root, () => {
      replaceFile(this.#entry(bucket, entry.name), entry);
    });
  }

  removeEntry(bucket: string, name: string): void {
    onDiskSync(this.#root, () => {
      unlinkSync(this.#entry(bucket, name));
    });
  }

  /** Moves finished bytes to their place; they are nobody's until an entry that names the generation is saved. */
  adoptBlob(upload: string, bucket: string, generation: number): void {
    onDiskSync(this.#root, () => {
      renameSync(upload, this.#blob(bucket, generation));
    });
  }

  /** Never fails: a blob that stays is swept at the next start. */
  removeBlob(bucket: string, generation: number): void {
    removeQuietly(this.#blob(bucket, generation));
  }

  /** A file descriptor, so that the bytes stay readable when the version is deleted meanwhile. */
  openBlob(bucket: string, generation: number): number {
    return onDiskSync(this.#root, () => openSync(this.#blob(bucket, generation), 'r'));
  }

  #loadBucket(name: string): StoredBucket | undefined {
    const files = readdirSync(this.#bucket(name));
    if (!files.includes('bucket.json')) {
      rmSync(this.#bucket(name), { recursive: true, force: true });
      return undefined;
    }
    const objects = this.#bucket(name, 'objects');
    const entries: Entry[] = [];
    for (const file of readdirSync(objects)) {
      if (file.endsWith('.json')) entries.push(readJson(join(objects, file)) as Entry);
      else removeQuietly(join(objects, file));
    }
    const wanted = new Set(entries.flatMap((entry) => versionsOf(entry).map((version) => String(version.generation))));
    for (const blob of readdirSync(this.#bucket(name, 'blobs'))) {
      if (!wanted.has(blob)) removeQuietly(this.#bucket(name, 'blobs', blob));
    }
    return { record: readJson(this.#bucket(name, 'bucket.json')) as BucketRecord, entries };
  }

  #path(...parts: string[]): string {
    return join(this.#root, ...parts);
  }

  #bucket(name: string, ...parts: string[]): string {
    return this.#path('buckets', name, ...parts);
  }

  #entry(bucket: string, name: string): string {
    return this.#bucket(bucket, 'objects', `${createHash('sha256').update(name).digest('hex')}.json`);
  }

  #blob(bucket: string, generation: number): string {
    return this.#bucket(bucket, 'blobs', String(generation));
  }
}
