import { BigQuery } from '@google-cloud/bigquery';
import { PubSub } from '@google-cloud/pubsub';
import { Storage } from '@google-cloud/storage';
import { emulatorAuth } from '../../../../functions/gcp/auth.ts';
import { openScheduler } from '../../../../functions/gcp/scheduler.ts';
import type { Environment } from '../../../../pipelines/model/resources.ts';
import { lastPart } from './inputs.ts';

/** Everything that the emulators hold, by kind and name, as Google's clients read it. */
export type Inventory = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** What the service itself writes: when, which revision, which state. */
const WRITTEN_BY_THE_SERVICE =
  /^(?:etag|id|selfLink|creationTime|lastModifiedTime|timeCreated|updated|metageneration|projectNumber|userUpdateTime|scheduleTime|lastAttemptTime|status|revisionId|revisionCreateTime|num\w+|kind)$/;

export async function takeInventory(
  { projectId, region }: Environment,
  env: Readonly<Record<string, string>>,
): Promise<Inventory> {
  const pubsub = new PubSub({ projectId });
  const scheduler = openScheduler(projectId, env);
  try {
    const [jobs] = await scheduler.listJobs({ parent: `projects/${projectId}/locations/${region}` });
    return {
      ...(await readPubSub(pubsub)),
      ...(await readBigQuery(new BigQuery({ projectId, ...emulatorAuth(env['BIGQUERY_EMULATOR_HOST']) }))),
      buckets: await readBuckets(new Storage({ projectId })),
      jobs: byName(jobs.map((job) => [job.name, job])),
    };
  } finally {
    await Promise.all([pubsub.close(), scheduler.close()]);
  }
}

async function readPubSub(client: PubSub): Promise<Inventory> {
  const [topics] = await client.getTopics();
  const [subscriptions] = await client.getSubscriptions();
  const schemaClient = await client.getSchemaClient();
  const [schemas] = await schemaClient.listSchemas({ parent: `projects/${client.projectId}`, view: 'FULL' });
  return {
    topics: byName(await Promise.all(topics.map(async (one) => [one.name, (await one.getMetadata())[0]] as const))),
    subscriptions: byName(
      await Promise.all(subscriptions.map(async (one) => [one.name, (await one.getMetadata())[0]] as const)),
    ),
    schemas: byName(schemas.map((schema) => [schema.name, schema])),
  };
}

async function readBigQuery(client: BigQuery): Promise<Inventory> {
  const read = async (one: { getMetadata(): Promise<unknown> }): Promise<unknown> =>
    ((await one.getMetadata()) as unknown[])[0];
  const [datasets] = await client.getDatasets();
  const tables = await Promise.all(
    datasets.map(async (dataset) => {
      const [found] = await dataset.getTables();
      return await Promise.all(
        found.map(async (one) => [`${dataset.id ?? ''}.${one.id ?? ''}`, await read(one)] as const),
      );
    }),
  );
  return {
    datasets: byName(await Promise.all(datasets.map(async (one) => [one.id, await read(one)] as const))),
    tables: byName(tables.flat()),
  };
}

async function readBuckets(client: Storage): Promise<Inventory[string]> {
  const [buckets] = await client.getBuckets();
  return byName(buckets.map((bucket) => [bucket.name, bucket.metadata]));
}

function byName(items: readonly (readonly [string | null | undefined, unknown])[]): Record<string, unknown> {
  const sorted = items.map(([name, value]) => [lastPart(name ?? ''), withoutService(value)] as const);
  return Object.fromEntries(sorted.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Plain data, without what differs from one making of the same thing to the next. */
function withoutService(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, inner: unknown) => (WRITTEN_BY_THE_SERVICE.test(key) ? undefined : inner)),
  ) as unknown;
}
