import type { BucketRecord, ObjectVersion } from './model.ts';

/** Every project has the same number here; nothing looks one up by it. */
const PROJECT_NUMBER = '100000000000';

/** https://cloud.google.com/storage/docs/json_api/v1/objects#resource */
export function objectResource(bucket: string, version: ObjectVersion, origin: string): object {
  const { name, generation, metageneration, size, attributes, ...rest } = version;
  const path = `storage/v1/b/${bucket}/o/${encodeURIComponent(name)}`;
  return {
    kind: 'storage#object',
    id: `${bucket}/${name}/${generation}`,
    selfLink: `${origin}/${path}`,
    mediaLink: `${origin}/download/${path}?generation=${generation}&alt=media`,
    name,
    bucket,
    generation: String(generation),
    metageneration: String(metageneration),
    contentType: 'application/octet-stream',
    ...attributes,
    size: String(size),
    etag: etag(version),
    ...rest,
    timeStorageClassUpdated: version.timeCreated,
    timeFinalized: version.timeCreated,
  };
}

/** https://cloud.google.com/storage/docs/json_api/v1/buckets#resource */
export function bucketResource(record: BucketRecord, origin: string): object {
  return {
    kind: 'storage#bucket',
    id: record.name,
    name: record.name,
    selfLink: `${origin}/storage/v1/b/${record.name}`,
    projectNumber: PROJECT_NUMBER,
    metageneration: String(record.metageneration),
    etag: Buffer.from(String(record.metageneration)).toString('base64'),
    timeCreated: record.timeCreated,
    updated: record.updated,
    ...record.attributes,
  };
}

/** Changes with the bytes and with the metadata. */
export function etag(version: ObjectVersion): string {
  return Buffer.from(`${version.generation}/${version.metageneration}`).toString('base64');
}
