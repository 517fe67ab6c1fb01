import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';
import { labels } from '../pipelines/model/names.ts';
import type { BucketPlan, Environment, Plan } from '../pipelines/model/resources.ts';
import type { Apis } from './apis.ts';
import type { Identities } from './identities.ts';
import { find } from './lookup.ts';

/**
 * `buckets.get` besides the rights on objects: encode looks whether a bucket is there before it calls an object new, and
 * a load job looks at the bucket that it reads. https://cloud.google.com/storage/docs/access-control/iam-roles
 */
const ROLES = {
  read: ['roles/storage.objectViewer', 'roles/storage.legacyBucketReader'],
  write: ['roles/storage.objectUser', 'roles/storage.legacyBucketReader'],
} as const;

interface Parts {
  readonly apis: Apis;
  readonly identities: Identities;
  readonly protect: boolean;
}

/** Lake and quarantine, and which function may do what there. */
export class Buckets extends pulumi.ComponentResource {
  readonly byPurpose: ReadonlyMap<string, gcp.storage.Bucket>;

  constructor(plan: Plan, { apis, identities, protect }: Parts) {
    super('alir:infra:Buckets', 'buckets');
    const options = { parent: this, dependsOn: apis.need('storage'), protect };
    const bucketArgs = (planned: BucketPlan) => ({
      ...closedBucket(plan.environment, planned.name, planned.purpose),
      forceDestroy: !protect,
      versioning: { enabled: true },
      lifecycleRules: lifecycle(planned),
    });
    const byName = new Map(
      plan.buckets.map((planned) => [
        planned.name,
        new gcp.storage.Bucket(planned.purpose, bucketArgs(planned), options),
      ]),
    );
    this.byPurpose = new Map(plan.buckets.map(({ name, purpose }) => [purpose, find(byName, name)]));
    const purposes = new Map(plan.buckets.map(({ name, purpose }) => [name, purpose]));
    for (const { name, entryPoint, access } of plan.functions) {
      for (const { bucket, may } of access.buckets) {
        for (const role of ROLES[may]) {
          new gcp.storage.BucketIAMMember(
            `${entryPoint}-${role.replace('roles/storage.', '')}-${find(purposes, bucket)}`,
            { bucket: find(byName, bucket).name, role, member: identities.function(name).member },
            { parent: this },
          );
        }
      }
    }
  }
}

/** A bucket that nobody can open to the public. */
export function closedBucket({ name: environment, location }: Environment, name: string, purpose: string) {
  return {
    name,
    location,
    labels: { ...labels(environment), purpose },
    uniformBucketLevelAccess: true,
    publicAccessPrevention: 'enforced',
  };
}

function lifecycle({ keepReplacedDays, storageClasses }: BucketPlan) {
  return [
    { action: { type: 'Delete' }, condition: { daysSinceNoncurrentTime: keepReplacedDays } },
    ...storageClasses.map(({ afterDays, storageClass }) => ({
      action: { type: 'SetStorageClass', storageClass },
      condition: { age: afterDays },
    })),
  ];
}
