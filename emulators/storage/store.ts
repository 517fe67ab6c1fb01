import type { Clock } from '../kit/clock.ts';
import { ApiError } from '../kit/errors.ts';
import { bucketAttributes } from './attributes.ts';
import { Bucket, bucketNotFound } from './bucket.ts';
import type { Disk } from './disk.ts';
import { type Attributes, versionsOf } from './model.ts';
import { checkBucketName, compareNames } from './names.ts';
import type { BucketContext } from './new-version.ts';
import { checkPreconditions, type Preconditions } from './preconditions.ts';

const MULTI_REGIONS = ['US', 'EU', 'ASIA'];

/** All buckets. */
export class Store {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly #buckets = new Map<string, Bucket>();
  readonly #context: BucketContext;
  #lastGeneration = 0;

  /** @throws ApiError naming the folder when it cannot be used */
  constructor(disk: Disk, clock: Clock) {
    this.disk = disk;
    this.clock = clock;
    this.#context = { disk, clock, nextGeneration: () => this.#nextGeneration() };
    for (const { record, entries } of disk.load()) {
      this.#buckets.set(record.name, new Bucket(this.#context, record, entries));
      for (const version of entries.flatMap(versionsOf)) {
        this.#lastGeneration = Math.max(this.#lastGeneration, version.generation);
      }
    }
  }

  /** @throws ApiError 404 */
  bucket(name: string): Bucket {
    const bucket = this.#buckets.get(name);
    if (bucket === undefined) throw bucketNotFound();
    return bucket;
  }

  /** By name, those of one project. */
  bucketsOf(projectId: string): Bucket[] {
    return [...this.#buckets.values()]
      .filter((bucket) => bucket.record.projectId === projectId)
      .sort((left, right) => compareNames(left.name, right.name));
  }

  /** @throws ApiError 400, 409 */
  createBucket(name: string, projectId: string, json: Readonly<Record<string, unknown>>): Bucket {
    checkBucketName(name);
    const existing = this.#buckets.get(name);
    if (existing !== undefined) throw bucketExists(existing.record.projectId === projectId);
    const now = this.clock.date().toISOString();
    const record = { name, projectId, metageneration: 1, timeCreated: now, updated: now, attributes: initial(json) };
    this.disk.saveBucket(record);
    const bucket = new Bucket(this.#context, record);
    this.#buckets.set(name, bucket);
    return bucket;
  }

  /** @throws ApiError 404, 409 when objects are left, noncurrent ones included, 412 */
  deleteBucket(name: string, wanted: Preconditions): void {
    const bucket = this.bucket(name);
    checkPreconditions(wanted, bucket.record);
    if (!bucket.isEmpty) {
      throw new ApiError('ALREADY_EXISTS', 'The bucket you tried to delete is not empty.', { reason: 'conflict' });
    }
    this.disk.removeBucket(name);
    bucket.retire();
    this.#buckets.delete(name);
  }

  reset(): void {
    for (const bucket of this.#buckets.values()) bucket.retire();
    this.#buckets.clear();
    this.disk.clear();
  }

  /** Real time, not the emulator's clock: a generation must grow even when that clock is set back. */
  #nextGeneration(): number {
    this.#lastGeneration = Math.max(this.#lastGeneration + 1, Date.now() * 1000);
    return this.#lastGeneration;
  }
}

function bucketExists(isYours: boolean): ApiError {
  const message = isYours
    ? 'Your previous request to create the named bucket succeeded and you already own it.'
    : 'The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.';
  return new ApiError('ALREADY_EXISTS', message, { reason: 'conflict' });
}

function initial(json: Readonly<Record<string, unknown>>): Attributes {
  const location = (typeof json['location'] === 'string' ? json['location'] : 'US').toUpperCase();
  return {
    storageClass: 'STANDARD',
    iamConfiguration: { uniformBucketLevelAccess: { enabled: false }, publicAccessPrevention: 'inherited' },
    ...bucketAttributes(json),
    location,
    locationType: MULTI_REGIONS.includes(location) ? 'multi-region' : 'region',
  };
}
