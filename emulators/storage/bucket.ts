import { ApiError } from '../kit/errors.ts';
import { bucketAttributes, objectAttributes } from './attributes.ts';
import { mergePatch } from './json.ts';
import { type Attributes, type BucketRecord, type Entry, type ObjectVersion, versionsOf } from './model.ts';
import { compareNames } from './names.ts';
import { type BucketContext, type NewObject, newVersion } from './new-version.ts';
import { checkPreconditions, type Preconditions } from './preconditions.ts';

export function bucketNotFound(): ApiError {
  return new ApiError('NOT_FOUND', 'The specified bucket does not exist.');
}

/**
 * One bucket and its objects. Reads are from memory; a change is on disk before it is in memory, and no method yields
 * in between, so every method is atomic.
 */
export class Bucket {
  readonly #context: BucketContext;
  readonly #entries: Map<string, Entry>;
  #record: BucketRecord;
  #sorted: readonly string[] | undefined;
  #gone = false;

  constructor(context: BucketContext, record: BucketRecord, entries: readonly Entry[] = []) {
    this.#context = context;
    this.#record = record;
    this.#entries = new Map(entries.map((entry) => [entry.name, entry]));
  }

  get record(): BucketRecord {
    return this.#record;
  }

  get name(): string {
    return this.#record.name;
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  /** Names in the order of a listing. */
  get names(): readonly string[] {
    this.#sorted ??= [...this.#entries.keys()].sort(compareNames);
    return this.#sorted;
  }

  entry(name: string): Entry | undefined {
    return this.#entries.get(name);
  }

  /** The live version, or the one with that generation. */
  find(name: string, generation?: number): ObjectVersion | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined || generation === undefined) return entry?.live;
    return versionsOf(entry).find((version) => version.generation === generation);
  }

  /** @throws ApiError 404 */
  get(name: string, generation?: number): ObjectVersion {
    const version = this.find(name, generation);
    if (version === undefined) throw new ApiError('NOT_FOUND', `No such object: ${this.name}/${name}`);
    return version;
  }

  /** Commits an upload; of several with `generationMatch: 0`, the first to get here wins. @throws ApiError 412 */
  put(object: NewObject): ObjectVersion {
    if (this.#gone) throw bucketNotFound();
    const { name, file } = object;
    const before = this.#entries.get(name);
    checkPreconditions(object.preconditions, before?.live);
    const { disk } = this.#context;
    const live = newVersion(object, this.#record, this.#context);
    disk.adoptBlob(file.path, this.name, live.generation);
    try {
      this.#commit({ name, live, noncurrent: this.#retire(before) });
    } catch (error) {
      disk.removeBlob(this.name, live.generation);
      throw error;
    }
    return live;
  }

  /** Changes metadata; the bytes and the generation stay. @throws ApiError 404, 412, 400 */
  patch(name: string, patch: Attributes, wanted: Preconditions, generation?: number): ObjectVersion {
    const before = this.get(name, generation);
    checkPreconditions(wanted, before);
    const after: ObjectVersion = {
      ...before,
      metageneration: before.metageneration + 1,
      updated: this.#context.clock.date().toISOString(),
      attributes: objectAttributes(mergePatch(before.attributes, patch)),
    };
    const entry = this.#entries.get(name) ?? { name, noncurrent: [] };
    const noncurrent = entry.noncurrent.map((version) => (version === before ? after : version));
    this.#commit(entry.live === before ? { ...entry, live: after } : { ...entry, noncurrent });
    return after;
  }

  /** Without a generation, the live version becomes noncurrent where versioning is on. @throws ApiError 404, 412 */
  remove(name: string, wanted: Preconditions, generation?: number): void {
    const version = this.get(name, generation);
    checkPreconditions(wanted, version);
    const entry = this.#entries.get(name) ?? { name, noncurrent: [] };
    if (generation === undefined) this.#commit({ name, noncurrent: this.#retire(entry) });
    else if (entry.live === version) this.#commit({ name, noncurrent: entry.noncurrent });
    else this.#commit({ ...entry, noncurrent: entry.noncurrent.filter((other) => other !== version) });
  }

  /** A file descriptor for the bytes of a version; the caller closes it. */
  open(version: ObjectVersion): number {
    return this.#context.disk.openBlob(this.name, version.generation);
  }

  /** @throws ApiError 412, 400 */
  update(patch: Attributes, wanted: Preconditions): void {
    checkPreconditions(wanted, this.#record);
    const { location, locationType } = this.#record.attributes;
    const after: BucketRecord = {
      ...this.#record,
      metageneration: this.#record.metageneration + 1,
      updated: this.#context.clock.date().toISOString(),
      attributes: { location, locationType, ...bucketAttributes(mergePatch(this.#record.attributes, patch)) },
    };
    this.#context.disk.saveBucket(after);
    this.#record = after;
  }

  /** The bucket was deleted: an upload that is still under way must not land in a later one of the same name. */
  retire(): void {
    this.#gone = true;
  }

  #retire(entry: Entry | undefined): readonly ObjectVersion[] {
    const kept = entry?.noncurrent ?? [];
    const versioning = this.#record.attributes['versioning'] as { enabled?: boolean } | undefined;
    if (entry?.live === undefined || versioning?.enabled !== true) return kept;
    return [...kept, { ...entry.live, timeDeleted: this.#context.clock.date().toISOString() }];
  }

  #commit(after: Entry): void {
    const { disk } = this.#context;
    const before = this.#entries.get(after.name);
    const kept = new Set(versionsOf(after).map((version) => version.generation));
    if (kept.size === 0) {
      disk.removeEntry(this.name, after.name);
      this.#entries.delete(after.name);
    } else {
      disk.saveEntry(this.name, after);
      this.#entries.set(after.name, after);
    }
    if (before === undefined || kept.size === 0) this.#sorted = undefined;
    for (const { generation } of before === undefined ? [] : versionsOf(before)) {
      if (!kept.has(generation)) disk.removeBlob(this.name, generation);
    }
  }
}
