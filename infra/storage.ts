import * as gcp from '@pulumi/gcp';
import type * as pulumi from '@pulumi/pulumi';
import type { Plan } from '../pipelines/model/plan.ts';
import type { Identities } from './identities.ts';

/** `objects.*`, and `buckets.get`: the functions look whether a bucket is there before they call an object new. */
const ROLES = ['roles/storage.objectAdmin', 'roles/storage.legacyBucketReader'];

/** Lake and quarantine, with the grants that the functions need. */
export function createBuckets(plan: Plan, { functions }: Identities): pulumi.Resource[] {
  return plan.buckets.flatMap(({ name, purpose }) => {
    const bucket = createBucket(purpose, name, plan.environment.location);
    return ROLES.map(
      (role) =>
        new gcp.storage.BucketIAMMember(`${purpose}-functions-${role.replace('roles/storage.', '')}`, {
          bucket: bucket.name,
          role,
          member: functions.member,
        }),
    );
  });
}

/** A bucket that nobody can open to the public, and that is not deleted while it holds an object. */
export function createBucket(purpose: string, name: string, location: string): gcp.storage.Bucket {
  return new gcp.storage.Bucket(purpose, {
    name,
    location,
    labels: { purpose },
    uniformBucketLevelAccess: true,
    publicAccessPrevention: 'enforced',
    forceDestroy: false,
  });
}
