import { beforeAll, describe, expect, test } from '@jest/globals';
import { BigQuery } from '@google-cloud/bigquery';
import { PubSub } from '@google-cloud/pubsub';
import { Storage } from '@google-cloud/storage';
import { emulatorAuth } from '../../functions/gcp/auth.ts';
import { openScheduler } from '../../functions/gcp/scheduler.ts';
import type { Plan } from '../../pipelines/model/resources.ts';
import { provision } from '../../scripts/provision/provision.ts';
import { functionVariable } from '../../scripts/up/variables.ts';
import { cleanUp } from '../support/cleanup.ts';
import { startTestCloud, type TestCloud } from '../support/cloud.ts';
import { execute } from '../support/postgres.ts';

/** What the plan names is there with the plan's settings, and nothing else is: compared in both directions. */
let cloud: TestCloud;
let plan: Plan;
let pubsub: PubSub;

const functionUrl = (name: string): string => {
  const entryPoint = plan.functions.find((one) => one.name === name)?.entryPoint;
  return (entryPoint && cloud.env[functionVariable(entryPoint)]) ?? 'not served';
};

beforeAll(async () => {
  cloud = await startTestCloud({ provision });
  ({ plan } = cloud);
  pubsub = new PubSub({ projectId: plan.environment.projectId });
  cleanUp(async () => {
    await pubsub.close();
  });
});

interface LifecycleRule {
  readonly action: { readonly storageClass?: string };
  readonly condition: { readonly age?: number; readonly daysSinceNoncurrentTime?: number };
}

const idOf = (name: string | null | undefined): string => name?.split('/').at(-1) ?? '';

async function readPubSub() {
  const [topics] = await pubsub.getTopics();
  const [subscriptions] = await pubsub.getSubscriptions();
  const read = await Promise.all(
    subscriptions.map(async (subscription) => {
      const [metadata] = await subscription.getMetadata();
      return {
        name: idOf(metadata.name),
        topic: idOf(metadata.topic),
        endpoint: metadata.pushConfig?.pushEndpoint,
        ackDeadlineSeconds: metadata.ackDeadlineSeconds,
        minBackoffSeconds: Number(metadata.retryPolicy?.minimumBackoff?.seconds),
        maxBackoffSeconds: Number(metadata.retryPolicy?.maximumBackoff?.seconds),
        retentionSeconds: Number(metadata.messageRetentionDuration?.seconds),
        deadLetter: metadata.deadLetterPolicy
          ? {
              topic: idOf(metadata.deadLetterPolicy.deadLetterTopic),
              maxDeliveryAttempts: metadata.deadLetterPolicy.maxDeliveryAttempts,
            }
          : undefined,
      };
    }),
  );
  return {
    topics: topics.map((topic) => idOf(topic.name)).sort(),
    subscriptions: read.sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

async function readScheduler() {
  const client = openScheduler(plan.environment.projectId, cloud.env);
  cleanUp(async () => {
    await client.close();
  });
  const [jobs] = await client.listJobs({
    parent: `projects/${plan.environment.projectId}/locations/${plan.environment.region}`,
  });
  return jobs
    .map((job) => ({
      name: idOf(job.name),
      description: job.description,
      schedule: job.schedule,
      timezone: job.timeZone,
      topic: idOf(job.pubsubTarget?.topicName),
      message: JSON.parse(Buffer.from((job.pubsubTarget?.data ?? '') as string, 'base64').toString()) as unknown,
      retry: {
        count: job.retryConfig?.retryCount,
        minBackoffSeconds: Number(job.retryConfig?.minBackoffDuration?.seconds),
        maxBackoffSeconds: Number(job.retryConfig?.maxBackoffDuration?.seconds),
      },
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function readBigQuery() {
  const client = new BigQuery({ projectId: plan.environment.projectId, ...emulatorAuth('emulator') });
  const [datasets] = await client.getDatasets();
  const tables = await Promise.all(datasets.map(async (dataset) => (await dataset.getTables())[0]));
  const read = await Promise.all(
    tables.flat().map(async (table) => {
      const [metadata] = (await table.getMetadata()) as [Record<string, unknown>, unknown];
      return metadata;
    }),
  );
  const expirations = await Promise.all(
    datasets.map(async (dataset) => {
      const [metadata] = (await dataset.getMetadata()) as [{ defaultTableExpirationMs?: string }, unknown];
      return [
        dataset.id ?? '',
        metadata.defaultTableExpirationMs === undefined ? undefined : Number(metadata.defaultTableExpirationMs) / 1000,
      ] as const;
    }),
  );
  return { datasets: Object.fromEntries<number | undefined>(expirations), tables: read };
}

describe('what is provisioned is what is planned', () => {
  test('topics and subscriptions', async () => {
    const { topics, subscriptions } = await readPubSub();
    expect(topics).toEqual(plan.topics.map((topic) => topic.name).sort());
    const planned = plan.subscriptions.map(({ function: target, ...subscription }) => ({
      deadLetter: undefined,
      ...subscription,
      endpoint: `${functionUrl(target)}/projects/${plan.environment.projectId}/topics/${subscription.topic}`,
    }));
    expect(subscriptions).toEqual(planned.sort((a, b) => (a.name < b.name ? -1 : 1)));
  });

  test('schedules', async () => {
    expect(await readScheduler()).toEqual([...plan.schedules].sort((a, b) => (a.name < b.name ? -1 : 1)));
  });

  test('buckets', async () => {
    const [buckets] = await new Storage({ projectId: plan.environment.projectId }).getBuckets();
    const read = buckets.map(({ name, metadata: { labels, lifecycle } }) => {
      const [replaced, ...colder] = (lifecycle as { rule: LifecycleRule[] }).rule;
      return {
        name,
        purpose: labels?.['purpose'],
        keepReplacedDays: replaced?.condition.daysSinceNoncurrentTime,
        storageClasses: colder.map(({ action, condition }) => ({
          afterDays: condition.age,
          storageClass: action.storageClass,
        })),
      };
    });
    expect(read.sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual(
      [...plan.buckets].sort((a, b) => (a.name < b.name ? -1 : 1)),
    );
  });

  test('datasets and tables', async () => {
    const { datasets, tables } = await readBigQuery();
    expect(datasets).toEqual(
      Object.fromEntries(plan.datasets.map((dataset) => [dataset.name, dataset.defaultTableExpirationSeconds])),
    );
    expect(tables).toHaveLength(plan.tables.length);
    for (const planned of plan.tables) {
      const partitioning = planned.partition
        ? { timePartitioning: { type: planned.partition.by, field: planned.partition.field } }
        : {};
      expect(tables).toContainEqual(
        expect.objectContaining({
          tableReference: { projectId: plan.environment.projectId, datasetId: planned.dataset, tableId: planned.name },
          description: planned.description,
          schema: { fields: planned.columns },
          ...partitioning,
        }),
      );
    }
  });

  test('databases', async () => {
    const { rows } = await execute(
      cloud.env['ALIR_LEDGER_URL'] ?? '',
      `select datname from pg_database where datname not in ('postgres', 'template0', 'template1')`,
    );
    expect(rows.map((row) => row['datname']).sort()).toEqual([...plan.databases].sort());
  });

  test('applying the plan again changes nothing', async () => {
    const before = [await readPubSub(), await readScheduler(), await readBigQuery()];
    await provision(plan, { env: cloud.env, functionUrl });
    expect([await readPubSub(), await readScheduler(), await readBigQuery()]).toEqual(before);
  });

  test('what somebody changed is brought back: a topic, a subscription, a bucket, a schedule', async () => {
    const topic = pubsub.topic('alir-local-load');
    const bucket = new Storage({ projectId: plan.environment.projectId }).bucket(plan.buckets[0]?.name ?? '');
    await topic.setMetadata({ labels: {} });
    await pubsub.subscription('alir-local-load').setMetadata({ ackDeadlineSeconds: 20 });
    await bucket.setMetadata({ versioning: { enabled: false } });
    const client = openScheduler(plan.environment.projectId, cloud.env);
    cleanUp(async () => {
      await client.close();
    });
    const name = client.jobPath(plan.environment.projectId, plan.environment.region, 'alir-local-library');
    await client.updateJob({ job: { name, schedule: '1 1 1 1 *' }, updateMask: { paths: ['schedule'] } });
    await provision(plan, { env: cloud.env, functionUrl });
    expect((await topic.getMetadata())[0].labels).toEqual(plan.topics[0]?.labels);
    expect((await bucket.getMetadata())[0].versioning).toEqual({ enabled: true });
    expect((await readPubSub()).subscriptions.find((one) => one.name === 'alir-local-load')?.ackDeadlineSeconds).toBe(
      600,
    );
    expect((await readScheduler()).find((one) => one.name === 'alir-local-library')?.schedule).toBe('15 * * * *');
  });
});
