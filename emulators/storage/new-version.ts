import type { Clock } from '../kit/clock.ts';
import type { Disk } from './disk.ts';
import type { Attributes, BucketRecord, ObjectVersion } from './model.ts';
import type { Preconditions } from './preconditions.ts';
import type { UploadFile } from './upload-file.ts';

export interface NewObject {
  readonly name: string;
  readonly file: UploadFile;
  readonly attributes: Attributes;
  readonly preconditions: Preconditions;
  /** For composed objects: how many uploads they are made of. */
  readonly componentCount?: number;
}

/** What a bucket needs from the store it is in. */
export interface BucketContext {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly nextGeneration: () => number;
}

/** Describes finished bytes as the next version of their name. */
export function newVersion(object: NewObject, bucket: BucketRecord, context: BucketContext): ObjectVersion {
  const { name, file, componentCount } = object;
  const now = context.clock.date().toISOString();
  const { md5Hash, crc32c } = file.checksums;
  return {
    name,
    generation: context.nextGeneration(),
    metageneration: 1,
    size: file.size,
    crc32c,
    ...(componentCount === undefined ? { md5Hash } : { componentCount }),
    timeCreated: now,
    updated: now,
    attributes: { storageClass: bucket.attributes['storageClass'], ...object.attributes },
  };
}
