import type { CloudSchedulerClient } from '@google-cloud/scheduler';
import type { Resource } from '../graph.ts';
import { duration, take } from './inputs.ts';

interface Job {
  readonly name: string;
  readonly region: string;
  readonly description?: string;
  readonly schedule: string;
  readonly timeZone: string;
  readonly pubsubTarget: { readonly topicName: string; readonly data: string };
  readonly retryConfig?: Readonly<Record<string, string | number>>;
}

export async function applyJob(client: CloudSchedulerClient, project: string, resource: Resource): Promise<void> {
  const { name, region, pubsubTarget, retryConfig, ...rest } = take<Job>(resource, [
    'name',
    'region',
    'description',
    'schedule',
    'timeZone',
    'pubsubTarget',
    'retryConfig',
  ]);
  const parent = `projects/${project}/locations/${region}`;
  await client.createJob({
    parent,
    job: {
      ...rest,
      name: `${parent}/jobs/${name}`,
      pubsubTarget: { topicName: pubsubTarget.topicName, data: Buffer.from(pubsubTarget.data, 'base64') },
      ...(retryConfig && { retryConfig: durations(retryConfig) }),
    },
  });
}

/** `minBackoffDuration: '5s'` and the like; counts stay. */
function durations(config: Readonly<Record<string, string | number>>) {
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, key.endsWith('Duration') ? duration(String(value)) : value]),
  );
}
