import { Storage } from '@google-cloud/storage';
import { labels } from '../../pipelines/model/names.ts';
import type { BucketPlan, Plan } from '../../pipelines/model/resources.ts';

/** Creates the buckets that are missing; one that is there gets the plan's settings. */
export async function applyStorage(plan: Plan): Promise<void> {
  const client = new Storage({ projectId: plan.environment.projectId });
  await Promise.all(
    plan.buckets.map(async (planned) => {
      const metadata = toMetadata(plan, planned);
      const [exists] = await client.bucket(planned.name).exists();
      if (exists) await client.bucket(planned.name).setMetadata(metadata);
      else await client.createBucket(planned.name, { location: plan.environment.location, ...metadata });
    }),
  );
}

function toMetadata({ environment }: Plan, { purpose, keepReplacedDays, storageClasses }: BucketPlan) {
  return {
    labels: { ...labels(environment.name), purpose },
    iamConfiguration: { uniformBucketLevelAccess: { enabled: true }, publicAccessPrevention: 'enforced' },
    versioning: { enabled: true },
    lifecycle: {
      rule: [
        { action: { type: 'Delete' as const }, condition: { daysSinceNoncurrentTime: keepReplacedDays } },
        ...storageClasses.map(({ afterDays, storageClass }) => ({
          action: { type: 'SetStorageClass' as const, storageClass },
          condition: { age: afterDays },
        })),
      ],
    },
  };
}
