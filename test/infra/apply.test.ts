import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { PubSub } from '@google-cloud/pubsub';
import { Storage } from '@google-cloud/storage';
import { bucketName, eventTopicName, scheduledRunId } from '../../pipelines/model/names.ts';
import { readCatalog } from '../../pipelines/model/read.ts';
import type { Plan } from '../../pipelines/model/resources.ts';
import { nextTick } from '../../pipelines/model/tick.ts';
import { proveTables } from '../../scripts/commands/proof.ts';
import { provision } from '../../scripts/provision/provision.ts';
import { beforeFirstTick } from '../../scripts/up/clock.ts';
import { localEnvironment as environment, postgresUrl } from '../../scripts/up/variables.ts';
import { cleanUp } from '../support/cleanup.ts';
import { startTestCloud, type TestCloud } from '../support/cloud.ts';
import { execute } from '../support/postgres.ts';
import { until } from '../support/until.ts';
import { runStack, withEvents } from './deploy.ts';
import { openApplier } from './monitor/apply/apply.ts';
import { type Inventory, takeInventory } from './monitor/apply/inventory.ts';
import { ofType } from './monitor/graph.ts';
import type { Run } from './monitor/run.ts';

/**
 * The local cloud twice: as `npm start` provisions it and, after everybody has forgotten that, as Pulumi's program deploys
 * it, with a pipeline that takes events. The source is a database that is there already, whose URL is a secret; the ledger's is the program's own.
 */
const folders = withEvents();
const catalog = readCatalog(folders.pipelines, folders.schemas);
const code = bucketName(environment.projectId, environment.name, 'code');
const HEAD_START_MS = 20 * 60_000;
let cloud: TestCloud;
let run: Run;
let provisioned: Inventory;
let applied: Inventory;

beforeAll(async () => {
  cloud = await startTestCloud({
    catalog,
    env: { PATH: process.env['PATH'], ALIR_PIPELINES: folders.pipelines, ALIR_SCHEMAS: folders.schemas },
    // Whoever is slow to come up still meets the generator's tick first; the library's comes a quarter of an hour later.
    beginAt: (lastTick) => new Date(beforeFirstTick(catalog.pipelines, lastTick).getTime() - HEAD_START_MS),
    provision: async (plan, target) => {
      const env = target.env as Readonly<Record<string, string>>;
      await provision(plan, target);
      const served = plan.functions.map(({ name }) => [name, target.functionUrl(name)] as const);
      provisioned = withNames(await takeInventory(environment, env), served);
      await forget(env);
      run = await applyProgram(plan, env);
      const deployed = Object.entries(run.outputs['functionUrls'] as Record<string, string>);
      applied = withNames(await takeInventory(environment, env), deployed);
    },
  });
}, 180_000);

test("the program is applied, and Pulumi's engine hears of no error", () => {
  expect({ code: run.code, log: run.log }).toEqual({ code: 0, log: expect.not.stringMatching(/error/i) as unknown });
});

describe('the program deploys what the local provisioner does', () => {
  test.each(['topics', 'schemas', 'subscriptions', 'datasets', 'tables', 'jobs'])('%s', (kind) => {
    expect(applied[kind]).toEqual(provisioned[kind]);
  });

  test('buckets, and the one that the functions are built from', () => {
    const { [code]: ofCode, ...others } = applied['buckets'] ?? {};
    expect(ofCode).toBeDefined();
    expect(others).toEqual(provisioned['buckets']);
  });

  test('and neither is empty', () => {
    const { plan } = cloud;
    const sizes = Object.fromEntries(
      Object.entries(provisioned).map(([kind, found]) => [kind, Object.keys(found).length]),
    );
    expect(sizes).toEqual({
      topics: plan.topics.length,
      schemas: plan.topics.filter(({ schema }) => schema).length,
      subscriptions: plan.subscriptions.length + plan.eventSubscriptions.length,
      datasets: plan.datasets.length,
      tables: plan.tables.length,
      buckets: plan.buckets.length,
      jobs: plan.schedules.length,
    });
  });
});

test('the databases are there, the program made the one that was not', async () => {
  const made = ofType(run, 'Database').map(({ inputs }) => inputs['name']);
  expect(made).toEqual([cloud.plan.databases[0]]);
  const { rows } = await execute(
    postgresUrl(cloud.env, 'postgres'),
    `select datname from pg_database where datname not in ('postgres', 'template0', 'template1')`,
  );
  expect(rows.map((row) => row['datname']).sort()).toEqual([...cloud.plan.databases].sort());
});

test("every function's archive is in the bucket that it is built from", async () => {
  const [files] = await new Storage({ projectId: environment.projectId }).bucket(code).getFiles();
  const built = ofType(run, 'Function').map(({ inputs }) => {
    const { source } = inputs['buildConfig'] as { source: { storageSource: { bucket: string; object: string } } };
    return source.storageSource;
  });
  expect(built.map(({ object }) => object).sort()).toEqual(files.map(({ name }) => name).sort());
  expect(new Set(built.map(({ bucket }) => bucket))).toEqual(new Set([code]));
});

test('the pipelines tick on it, each function with its own variables, and every final table equals its source', async () => {
  const ticks = catalog.pipelines
    .map(({ pipeline, schedule, timezone }) => ({ pipeline, at: nextTick(schedule, timezone, cloud.clock.now()) }))
    .sort((a, b) => a.at.getTime() - b.at.getTime());
  for (const { pipeline, at } of ticks) {
    await cloud.clock.advance(at);
    const { state, reason } = await cloud.runOver(scheduledRunId(pipeline, at));
    expect({ pipeline, state, reason }).toEqual({ pipeline, state: 'succeeded', reason: undefined });
  }
  const proofs = await proveTables(cloud.services);
  expect(proofs).toHaveLength(cloud.plan.tables.length - catalog.events.length);
  for (const proof of proofs) expect(proof).toMatchObject({ checksumsEqual: true });
  expect(proofs.some(({ finalRows }) => finalRows > 0)).toBe(true);
});

test('an event arrives in its table, and one that does not fit is refused', async () => {
  const client = new PubSub({ projectId: environment.projectId });
  cleanUp(async () => {
    await client.close();
  });
  const topic = client.topic(eventTopicName(environment.name, 'entries'));
  const member = { id: 7, name: 'Sri', age: 30, created_at: 1, updated_at: 2 };
  await expect(topic.publishMessage({ json: { ...member, id: 'seven' } })).rejects.toThrow(/schema/i);
  const messageId = await topic.publishMessage({ json: member });
  const warehouse = await cloud.services.warehouse();
  const row = await until('the event to be in its table', async () => {
    const [found] = await warehouse.query('SELECT id, name, message_id FROM entries.entry');
    return found;
  });
  expect(row).toEqual({ id: 7, name: 'Sri', message_id: messageId });
});

async function applyProgram(plan: Plan, env: Readonly<Record<string, string>>): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'alir-applied-'));
  const applier = openApplier({ environment, env, folder });
  cleanUp(async () => {
    await applier.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const [, source = ''] = plan.databases;
  const urls = JSON.stringify({ [source]: postgresUrl(env, source) });
  return await runStack({ environment, folders, secrets: { 'alir:databaseUrls': urls }, answer: applier.answer });
}

/** Empties every emulator, and drops the database that the program is to make. */
async function forget(env: Readonly<Record<string, string>>): Promise<void> {
  const variables = [
    'PUBSUB_EMULATOR_HOST',
    'STORAGE_EMULATOR_HOST',
    'BIGQUERY_EMULATOR_HOST',
    'CLOUD_SCHEDULER_EMULATOR_HOST',
  ];
  for (const variable of variables) {
    const host = (env[variable] ?? '').replace(/^https?:\/\//, '').split('/')[0] ?? '';
    const response = await fetch(`http://${host}/emulator/v1/reset`, { method: 'POST' });
    if (!response.ok) throw new Error(`${variable} does not forget: ${response.status} ${await response.text()}`);
  }
  await execute(postgresUrl(env, 'postgres'), 'drop database alir with (force)');
}

/** The functions are served at other ports each time. */
function withNames(inventory: Inventory, urls: readonly (readonly [name: string, url: string])[]): Inventory {
  const text = urls.reduce((all, [name, url]) => all.replaceAll(url, `https://${name}`), JSON.stringify(inventory));
  return JSON.parse(text) as Inventory;
}
