import { describe, expect, test } from '@jest/globals';
import { sourcesOf } from '../../../../pipelines/model/access.ts';
import { functionNames, stages } from '../../../../pipelines/model/names.ts';
import { planTable } from '../../../../pipelines/model/datasets.ts';
import { plan } from '../../../../pipelines/model/plan.ts';
import type { Environment } from '../../../../pipelines/model/resources.ts';
import { isMovePipeline } from '../../../../pipelines/model/pipeline.ts';
import { readCatalog } from '../../../../pipelines/model/read.ts';

const environment: Environment = {
  name: 'test',
  projectId: 'my-project',
  region: 'asia-southeast2',
  location: 'asia-southeast2',
  datasetPrefix: '',
};
const catalog = readCatalog();
const resources = plan(catalog, environment);
const namesOf = (list: readonly { readonly name: string }[]): string[] => list.map(({ name }) => name);

describe('a plan', () => {
  test('is plain data: it survives JSON', () => {
    expect(JSON.parse(JSON.stringify(resources))).toEqual(resources);
  });

  test('is pure: the same pipelines and environment give the same plan, and neither is changed', () => {
    const before = structuredClone(catalog.pipelines);
    expect(plan(readCatalog(), environment)).toEqual(resources);
    expect(catalog.pipelines).toEqual(before);
  });

  test('of no pipelines has the chain, and nothing to move', () => {
    const empty = plan({ pipelines: [], events: [], contracts: new Map() }, environment);
    expect(empty).toMatchObject({ schedules: [], datasets: [], tables: [], databases: ['alir'] });
    expect(empty.subscriptions).toHaveLength(functionNames.length);
  });

  test('names each resource once', () => {
    for (const list of [resources.topics, resources.functions, resources.subscriptions, resources.schedules]) {
      expect(new Set(namesOf(list)).size).toBe(list.length);
    }
    expect(new Set(namesOf(resources.datasets)).size).toBe(resources.datasets.length);
    const tables = resources.tables.map(({ dataset, name }) => `${dataset}.${name}`);
    expect(new Set(tables).size).toBe(tables.length);
    expect(new Set(resources.databases).size).toBe(resources.databases.length);
  });
});

describe('what a plan names, it has', () => {
  const topics = namesOf(resources.topics);

  test.each(resources.subscriptions.map((subscription) => [subscription.name, subscription] as const))(
    'subscription %s: its topic, its function, its dead letter',
    (_, subscription) => {
      expect(topics).toContain(subscription.topic);
      expect(namesOf(resources.functions)).toContain(subscription.function);
      if (subscription.deadLetter) expect(topics).toContain(subscription.deadLetter.topic);
    },
  );

  test('every topic is heard by one subscription', () => {
    expect(resources.subscriptions.map(({ topic }) => topic).sort()).toEqual([...topics].sort());
  });

  test('every function is called, and registered under a name of its own', () => {
    expect(resources.functions.map(({ entryPoint }) => entryPoint)).toEqual([...functionNames]);
    expect(resources.subscriptions.map((one) => one.function).sort()).toEqual(namesOf(resources.functions).sort());
  });

  test('schedules have their topic, and tables their dataset', () => {
    for (const { topic } of resources.schedules) expect(topics).toContain(topic);
    for (const { dataset } of resources.tables) expect(namesOf(resources.datasets)).toContain(dataset);
  });

  test('every stage has a dead letter, and the last resort has none', () => {
    const without = resources.subscriptions.filter(({ deadLetter }) => !deadLetter);
    expect(namesOf(without)).toEqual(['alir-test-notify']);
    expect(resources.subscriptions).toHaveLength(stages.length + 1);
  });
});

describe('a plan keeps within what Google allows', () => {
  test('https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions', () => {
    for (const one of resources.subscriptions) {
      expect(one.ackDeadlineSeconds).toBeGreaterThanOrEqual(10);
      expect(one.ackDeadlineSeconds).toBeLessThanOrEqual(600);
      expect(one.minBackoffSeconds).toBeLessThanOrEqual(one.maxBackoffSeconds);
      expect(one.maxBackoffSeconds).toBeLessThanOrEqual(600);
      expect(one.retentionSeconds).toBeGreaterThanOrEqual(600);
      expect(one.retentionSeconds).toBeLessThanOrEqual(31 * 86_400);
      if (!one.deadLetter) continue;
      expect(one.deadLetter.maxDeliveryAttempts).toBeGreaterThanOrEqual(5);
      expect(one.deadLetter.maxDeliveryAttempts).toBeLessThanOrEqual(100);
    }
  });

  test('a function ends before its message is delivered again', () => {
    const deadline = Math.min(...resources.subscriptions.map(({ ackDeadlineSeconds }) => ackDeadlineSeconds));
    for (const { timeoutSeconds } of resources.functions) expect(timeoutSeconds).toBeLessThan(deadline);
  });
});

describe('the pipelines of this repository', () => {
  test('library ticks a quarter past, in Jakarta, into extract', () => {
    expect(resources.schedules).toContainEqual({
      name: 'alir-test-library',
      description: 'Books, members and rents, from the application database to BigQuery, hourly.',
      schedule: '15 * * * *',
      timezone: 'Asia/Jakarta',
      topic: 'alir-test-extract',
      message: { v: 1, kind: 'tick', pipeline: 'library' },
      retry: { count: 5, minBackoffSeconds: 5, maxBackoffSeconds: 60 },
    });
  });

  test('library-generator ticks on the hour, into generate', () => {
    expect(resources.schedules).toContainEqual(
      expect.objectContaining({
        name: 'alir-test-library-generator',
        schedule: '0 * * * *',
        topic: 'alir-test-generate',
        message: { v: 1, kind: 'tick', pipeline: 'library-generator' },
      }),
    );
  });

  test('library has three final tables, and a dataset for staging whose tables expire', () => {
    const tables = resources.tables.filter(({ dataset }) => dataset === 'library');
    expect(namesOf(tables)).toEqual(['book', 'member', 'rent']);
    expect(tables.map(({ partition }) => partition)).toEqual([
      undefined,
      undefined,
      { field: 'created_at', by: 'DAY' },
    ]);
    expect(tables[2]?.columns[0]).toEqual({
      name: 'id',
      type: 'INTEGER',
      mode: 'REQUIRED',
      description: 'Key, given by the application database.',
    });
    expect(resources.datasets).toContainEqual({
      name: 'library',
      description: 'Final tables.',
      labels: { 'alir-environment': 'test', 'alir-pipeline': 'library' },
    });
    expect(resources.datasets).toContainEqual(
      expect.objectContaining({ name: 'library_staging', defaultTableExpirationSeconds: 3 * 86_400 }),
    );
  });

  test('the ledger and the application have a database each', () => {
    expect(resources.databases).toEqual(['alir', 'application']);
    expect(sourcesOf(catalog)).toEqual(['application']);
  });

  test('buckets are named after project and environment', () => {
    expect(resources.buckets).toMatchObject([
      { name: 'my-project-alir-test-lake', purpose: 'lake' },
      { name: 'my-project-alir-test-quarantine', purpose: 'quarantine' },
    ]);
  });
});

test('a table whose contract is not in the catalog is refused, not guessed', () => {
  const pipeline = catalog.pipelines.find(isMovePipeline);
  const [table] = pipeline?.tables ?? [];
  expect(pipeline && table).toBeDefined();
  if (!pipeline || !table) return;
  expect(() => planTable({ pipelines: [], events: [], contracts: new Map() }, environment, pipeline, table)).toThrow(
    'is not in the catalog',
  );
});
