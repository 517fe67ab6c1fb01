import { readFileSync } from 'node:fs';
import type { Storage } from '@google-cloud/storage';
import type { Resource } from '../graph.ts';
import { isAsset } from '../wire.ts';
import { compact, take } from './inputs.ts';

interface Bucket {
  readonly name: string;
  readonly location: string;
  readonly labels?: Record<string, string>;
  readonly uniformBucketLevelAccess?: boolean;
  readonly publicAccessPrevention?: string;
  readonly versioning?: { readonly enabled: boolean };
  readonly softDeletePolicy?: { readonly retentionDurationSeconds?: number };
  readonly lifecycleRules?: readonly { readonly action: Rule['action']; readonly condition: Rule['condition'] }[];
}
interface Rule {
  readonly action: { readonly type: 'Delete' | 'SetStorageClass'; readonly storageClass?: string };
  readonly condition: Readonly<Record<string, number>>;
}

export async function applyBucket(client: Storage, resource: Resource): Promise<void> {
  const bucket = take<Bucket>(
    resource,
    [
      'name',
      'location',
      'labels',
      'uniformBucketLevelAccess',
      'publicAccessPrevention',
      'versioning',
      'softDeletePolicy',
      'lifecycleRules',
    ],
    ['forceDestroy'],
  );
  const { name, location, labels, versioning, softDeletePolicy, lifecycleRules } = bucket;
  const metadata = compact({
    labels,
    versioning,
    softDeletePolicy,
    lifecycle: lifecycleRules && { rule: [...lifecycleRules] },
    iamConfiguration: compact({
      uniformBucketLevelAccess: bucket.uniformBucketLevelAccess ? { enabled: true } : undefined,
      publicAccessPrevention: bucket.publicAccessPrevention,
    }),
  });
  await client.createBucket(name, { location, ...metadata });
}

export async function applyObject(client: Storage, resource: Resource): Promise<void> {
  const { bucket, name, source } = take<{ bucket: string; name: string; source: unknown }>(resource, [
    'bucket',
    'name',
    'source',
  ]);
  if (!isAsset(source) || source.path === undefined) throw new Error(`${name} has no file to be made of`);
  await client.bucket(bucket).file(name).save(readFileSync(source.path));
}
