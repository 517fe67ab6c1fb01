import { Storage } from '@google-cloud/storage';
import type { Plan } from '../../pipelines/model/plan.ts';

/** Creates the buckets that are missing. */
export async function applyStorage(plan: Plan): Promise<void> {
  const client = new Storage({ projectId: plan.environment.projectId });
  await Promise.all(
    plan.buckets.map(async ({ name, purpose }) => {
      const [exists] = await client.bucket(name).exists();
      if (!exists) await client.createBucket(name, { location: plan.environment.location, labels: { purpose } });
    }),
  );
}
