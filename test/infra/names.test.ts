import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { archiveName } from '../../infra/archives.ts';
import { readConfiguration } from '../../infra/configuration.ts';
import { bucketName, instanceName, secretName, serviceAccountName } from '../../pipelines/model/names.ts';
import type { EventPipeline, Pipeline } from '../../pipelines/model/pipeline.ts';
import { plan } from '../../pipelines/model/plan.ts';
import { type Catalog, readCatalog } from '../../pipelines/model/read.ts';
import type { Environment } from '../../pipelines/model/resources.ts';

const catalog = readCatalog();

/** The environment that a stack of this name becomes, by its own defaults. */
function environmentOf(stack: string, project = 'a-project'): Environment {
  const config = { 'gcp:project': project, 'gcp:region': 'europe-west1' };
  return readConfiguration({ stack, config, secretKeys: [], databases: [] }).environment;
}

/** The repository's pipelines under other names, and one of events. */
function renamed(name: string, database: string, dataset: string): Catalog {
  const pipelines = catalog.pipelines.map((pipeline, index): Pipeline => {
    const own = index === 0 ? name : `${name.slice(0, 38)}-${index}`;
    if ('tables' in pipeline) {
      const tables = pipeline.tables.map((table, hour) => ({
        ...table,
        deletes: { schedule: `0 ${hour} * * *`, mode: 'soft', at_most: 0.1, column: 'deleted_at' } as const,
      }));
      return { ...pipeline, pipeline: own, source: { ...pipeline.source, postgres: database }, dataset, tables };
    }
    return { ...pipeline, pipeline: own };
  });
  const events: EventPipeline = {
    pipeline: name,
    description: 'Books as they are bought.',
    events: { contract: 'library/book', dataset, table: 'event' },
  };
  return { ...catalog, pipelines, events: [events] };
}

/** Every name that must be one's own in a project, with its kind. */
function namesOf(renamedCatalog: Catalog, environment: Environment): string[] {
  const planned = plan(renamedCatalog, environment);
  const { name, projectId } = environment;
  const named = (kind: string, items: readonly { readonly name: string }[]) =>
    items.map((item) => `${kind} ${item.name}`);
  return [
    ...named('topic', planned.topics),
    ...planned.topics.flatMap(({ schema }) => (schema ? [`schema ${schema.name}`] : [])),
    ...named('subscription', [...planned.subscriptions, ...planned.eventSubscriptions]),
    ...named('function', planned.functions),
    ...named('job', planned.schedules),
    ...named('bucket', planned.buckets),
    ...named('dataset', planned.datasets),
    ...planned.functions.map(({ serviceAccount }) => `account ${serviceAccount}`),
    `account ${serviceAccountName(name, 'pusher')}`,
    `account ${serviceAccountName(name, 'builder')}`,
    ...planned.databases.map((database) => `secret ${secretName(name, database)}`),
    `bucket ${bucketName(projectId, name, 'code')}`,
    `instance ${instanceName(name)}`,
  ];
}

const lowerName = (max: number): fc.Arbitrary<string> =>
  fc.stringMatching(/^[a-z](?:[a-z0-9-]*[a-z0-9])?$/, { maxLength: max }).filter((text) => text.length <= max);
const stackName = fc.stringMatching(/^[a-z][a-z0-9]{0,14}$/);
/** Names made of each other, for chance alone would not find two that meet. */
const words = ['a', 'b', 'events', 'postgres', 'staging', 'extract', 'code', 'lake'];
const joined = fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('-'));
const pipelineName = fc.oneof(joined, lowerName(40));
const datasetName = joined.map((name) => name.replaceAll('-', '_')).filter((name) => !name.endsWith('_staging'));

test('two environments of one project have no name in common, whatever their pipelines are called', () => {
  const one = fc.record({
    stack: fc.oneof(fc.constantFrom(...words), stackName),
    name: pipelineName,
    database: fc.oneof(joined, lowerName(30)),
    dataset: datasetName,
  });
  fc.assert(
    fc.property(one, one, (first, second) => {
      fc.pre(first.stack !== second.stack);
      const [names, others] = [first, second].map(({ stack, name, database, dataset }) =>
        namesOf(renamed(name, database.slice(0, 30), dataset), environmentOf(stack)),
      );
      expect(names?.filter((name) => others?.includes(name))).toEqual([]);
    }),
    { seed: 20_261_120, numRuns: 500 },
  );
});

test('and one environment has no name twice', () => {
  fc.assert(
    fc.property(pipelineName, joined, datasetName, (name, database, dataset) => {
      const names = namesOf(renamed(name, database.slice(0, 30), dataset), environmentOf('prod'));
      expect(names.filter((one, index) => names.indexOf(one) !== index)).toEqual([]);
    }),
    { seed: 20_261_120, numRuns: 200 },
  );
});

test("the longest names that pipelines and environments can have are within Google's limits", () => {
  const limits: Readonly<Record<string, RegExp>> = {
    topic: /^[a-zA-Z][\w.~+%-]{2,254}$/,
    schema: /^[a-zA-Z][\w.~+%-]{2,254}$/,
    subscription: /^[a-zA-Z][\w.~+%-]{2,254}$/,
    // https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services/create: fewer than 50 characters
    function: /^[a-z][a-z0-9-]{0,48}$/,
    job: /^[\w-]{1,500}$/,
    bucket: /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/,
    dataset: /^\w{1,1024}$/,
    account: /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
    secret: /^[\w-]{1,255}$/,
    // With the project at most 98.
    instance: /^[a-z][a-z0-9-]{0,66}$/,
  };
  const stack = 'e'.repeat(15);
  const longest = renamed('p'.repeat(40), 'd'.repeat(30), 's'.repeat(55));
  const names = namesOf(longest, environmentOf(stack, 'p'.repeat(29)));
  expect(new Set(names.map((name) => name.split(' ')[0]))).toEqual(new Set(Object.keys(limits)));
  for (const [kind = '', name = ''] of names.map((text) => text.split(' '))) expect(name).toMatch(limits[kind] ?? /^$/);
  for (const { serviceAccount } of plan(longest, environmentOf(stack, 'p'.repeat(29))).functions) {
    expect(`${serviceAccount}@${'p'.repeat(29)}.iam`.length).toBeLessThanOrEqual(63);
  }
  // A project has at most 30 characters, whose buckets are called by it.
  expect(bucketName('p'.repeat(30), stack, 'quarantine').length).toBeLessThanOrEqual(63);
});

test('an archive has the name of its content', () => {
  expect(archiveName('extract', '0123456789abcdef0123')).toBe('extract-0123456789abcdef.zip');
});
