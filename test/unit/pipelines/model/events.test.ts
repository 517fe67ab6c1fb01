import { describe, expect, test } from '@jest/globals';
import type { Contract } from '../../../../schemas/contract.ts';
import { checkAcross, checkPipeline } from '../../../../pipelines/model/check.ts';
import type { EventPipeline, MovePipeline } from '../../../../pipelines/model/pipeline.ts';
import { plan } from '../../../../pipelines/model/plan.ts';
import { type Catalog, findPipeline } from '../../../../pipelines/model/read.ts';
import type { Environment } from '../../../../pipelines/model/resources.ts';
import { contractOf, DATE, LOCAL_TIMESTAMP, TIMESTAMP } from '../../records.ts';
import { EVENTS, fileOf, mistakesIn, MOVE } from './yaml.ts';

const environment: Environment = {
  name: 'test',
  projectId: 'my-project',
  region: 'us-central1',
  location: 'US',
  datasetPrefix: 'test_',
};
const thing = contractOf({
  id: 'long',
  at: ['null', TIMESTAMP],
  day: DATE,
  tags: { type: 'array', items: 'string' },
  raw: 'bytes',
  updated_at: TIMESTAMP,
  created_at: TIMESTAMP,
});

function catalogOf(...texts: string[]): Catalog {
  const read = texts.map((text) => fileOf(text, `${/^pipeline: (.*)$/m.exec(text)?.[1] ?? ''}.yaml`).pipeline);
  return {
    pipelines: read.filter((one): one is MovePipeline => 'tables' in one),
    events: read.filter((one): one is EventPipeline => 'events' in one),
    contracts: new Map([['test/thing', thing]]),
  };
}

function check(text: string, contract: Contract = thing): ReturnType<typeof checkPipeline> {
  return checkPipeline(fileOf(text, 'events.yaml'), new Map([['test/thing', contract]]));
}

function events(piece: string, by: string): string {
  if (!EVENTS.includes(piece)) throw new Error(`EVENTS has no ${JSON.stringify(piece)}`);
  return EVENTS.replace(piece, by);
}

describe('the plan of an event pipeline', () => {
  const name = 'alir-test-events-events';
  const resources = plan(catalogOf(EVENTS), environment);

  test('has a topic that takes what the contract allows', () => {
    expect(resources.topics).toContainEqual({
      name,
      description: 'Things as they happen.',
      labels: { 'alir-environment': 'test', 'alir-pipeline': 'events' },
      schema: { name, definition: JSON.stringify(thing.avro) },
    });
  });

  test('has one subscription that writes into its table, and gives up into the dead letter', () => {
    expect(resources.eventSubscriptions).toEqual([
      {
        name,
        topic: name,
        table: { dataset: 'test_warehouse', name: 'thing_event' },
        labels: { 'alir-environment': 'test', 'alir-pipeline': 'events' },
        retentionSeconds: 604_800,
        deadLetter: { topic: 'alir-test-dead-letter', maxDeliveryAttempts: 20 },
      },
    ]);
    expect(resources.subscriptions.map((one) => one.topic)).not.toContain(name);
  });

  test('has the events table: the columns of the contract, then those of Pub/Sub', () => {
    expect(resources.tables).toMatchObject([
      {
        dataset: 'test_warehouse',
        name: 'thing_event',
        description: 'A thing.',
        partition: { field: 'publish_time', by: 'HOUR' },
        cluster: ['id'],
        labels: { 'alir-pipeline': 'events' },
      },
    ]);
    expect(resources.tables[0]?.columns.map(({ name: column, type, mode }) => [column, type, mode]).slice(-6)).toEqual([
      ['updated_at', 'TIMESTAMP', 'REQUIRED'],
      ['created_at', 'TIMESTAMP', 'REQUIRED'],
      ['subscription_name', 'STRING', 'NULLABLE'],
      ['message_id', 'STRING', 'NULLABLE'],
      ['publish_time', 'TIMESTAMP', 'NULLABLE'],
      ['attributes', 'JSON', 'NULLABLE'],
    ]);
  });

  test('has no schedule, no database, and no staging', () => {
    expect(resources.schedules).toEqual([]);
    expect(resources.databases).toEqual(['alir']);
    expect(resources.datasets).toEqual([
      { name: 'test_warehouse', description: 'Final tables.', labels: resources.tables[0]?.labels },
    ]);
  });

  test('shares a dataset with tables that are moved; then there is staging, and nobody owns it', () => {
    const shared = plan(catalogOf(EVENTS, MOVE), environment);
    expect(shared.datasets.map(({ name: dataset, labels }) => [dataset, labels])).toEqual([
      ['test_warehouse', { 'alir-environment': 'test' }],
      ['test_warehouse_staging', { 'alir-environment': 'test' }],
    ]);
    expect(shared.tables.map(({ name: table }) => table)).toEqual(['thing', 'thing_event']);
  });

  test('gives no function a right on a dataset that Pub/Sub alone writes', () => {
    for (const { access } of resources.functions) expect(access.datasets).toEqual([]);
  });
});

test('what can be run is no event pipeline, and whoever tries is told', () => {
  expect(() => findPipeline(catalogOf(EVENTS), 'events')).toThrow('"events" is an event pipeline: it has no runs');
});

describe('an event pipeline is judged as one', () => {
  test('a good one has no mistakes', () => {
    expect(mistakesIn(EVENTS, 'events.yaml')).toEqual([]);
    expect(check(EVENTS)).toEqual([]);
  });

  test.each([
    ['a schedule', `${EVENTS}schedule: '0 * * * *'\n`, 9, 'schedule', 'there is no such setting'],
    ['a slip', events('table:', 'tabel:'), 6, 'events.tabel', 'there is no such setting'],
    ['a contract with its ending', events('test/thing', 'test/thing.avsc'), 4, 'events.contract', 'without ".avsc"'],
    ['a partition that never changes', events('by: hour', 'immutable: true'), 7, 'events.partition.immutable', 'such'],
    ['the wrong name', events('pipeline: events', 'pipeline: other'), 1, 'pipeline', 'the name of its file, "events"'],
  ])('%s', (_, text, line, path, rule) => {
    const found = mistakesIn(text, 'events.yaml').find((mistake) => mistake.path === path);
    expect(found).toMatchObject({ file: 'events.yaml', line, path, rule: expect.stringContaining(rule) });
  });
});

describe('what its table asks of the contract', () => {
  test.each([
    ['no such partition', 'publish_time', 'published', 7, 'events.partition.field', 'no field of that name'],
    ['a partition by a text', 'publish_time', 'message_id', 7, 'events.partition.field', 'must be date or timestamp'],
    ['a partition by an array', 'publish_time', 'tags', 7, 'events.partition.field', 'does not partition by arrays'],
    ['a date by the hour', 'publish_time', 'day', 7, 'events.partition.by', 'a date has no hours'],
    ['no such cluster', '[id]', '[id, idd]', 8, 'events.cluster[1]', 'no field of that name'],
    ['a cluster of arrays', '[id]', '[tags]', 8, 'events.cluster[0]', 'does not cluster by arrays'],
    ['a cluster of bytes', '[id]', '[raw]', 8, 'events.cluster[0]', 'must be boolean or int'],
    ['a cluster of JSON', '[id]', '[attributes]', 8, 'events.cluster[0]', 'no field of that name'],
  ])('%s', (_, piece, by, line, path, rule) => {
    expect(check(events(piece, by))).toMatchObject([{ line, path, rule: expect.stringContaining(rule) }]);
  });

  test.each(['at', 'publish_time', 'created_at'])('partitioned by %s, null or not', (field) => {
    expect(check(events('publish_time', field))).toEqual([]);
  });
});

describe('what Pub/Sub cannot write is refused, in the line that names the contract', () => {
  const note = { type: 'record', name: 'note', fields: [{ name: 'at', type: LOCAL_TIMESTAMP }] };
  const refusing = (type: unknown): ReturnType<typeof check> => {
    const avro = { ...(thing.avro as object), fields: [{ name: 'x', type }] };
    return check(EVENTS, { ...thing, avro });
  };

  test.each([
    ['a local timestamp', LOCAL_TIMESTAMP, 'to Pub/Sub a local timestamp is an INTEGER, not a DATETIME'],
    ['a local timestamp or null', ['null', LOCAL_TIMESTAMP], 'to Pub/Sub a local timestamp is an INTEGER'],
    ['local timestamps', { type: 'array', items: LOCAL_TIMESTAMP }, 'to Pub/Sub a local timestamp is an INTEGER'],
    ['a local timestamp in a record', note, 'to Pub/Sub a local timestamp is an INTEGER'],
    ['an enum', { type: 'enum', name: 'e', symbols: ['A'] }, 'Pub/Sub writes an enum as an INTEGER'],
    ['an array or null', ['null', { type: 'array', items: 'long' }], 'Pub/Sub maps no array that may be null'],
  ])('%s', (_, type, rule) => {
    expect(refusing(type)).toMatchObject([
      { line: 4, path: 'events.contract', value: 'test/thing', rule: expect.stringContaining(`field "x": ${rule}`) },
    ]);
  });

  test.each(['boolean', 'long', 'double', TIMESTAMP, DATE, ['null', TIMESTAMP], { type: 'array', items: DATE }])(
    'but not %j',
    (type) => {
      expect(refusing(type)).toEqual([]);
    },
  );

  test.each([
    ['publish_time', "the name of Pub/Sub's own column publish_time"],
    ['publishTime', "the name of Pub/Sub's own column publish_time"],
    ['Attributes', "the name of Pub/Sub's own column attributes"],
    ['data', "the name of Pub/Sub's own column data"],
    ['_CHANGE_TYPE', 'would make Pub/Sub upsert and delete rows'],
  ])('a field %s', (name, rule) => {
    const contract = contractOf({ id: 'long', [name]: 'string' });
    expect(check(EVENTS, contract)).toMatchObject([{ path: 'events.contract', rule: expect.stringContaining(rule) }]);
  });

  test('a contract of more than 300 kB', () => {
    const doc = 'x'.repeat(300_000);
    const [mistake] = check(EVENTS, { ...thing, avro: { ...(thing.avro as object), doc } });
    expect(mistake).toMatchObject({ path: 'events.contract', rule: expect.stringContaining('at most 300000') });
  });
});

describe('across files', () => {
  const move = fileOf(MOVE.replace('destination: thing', 'destination: thing_event'));

  test('a final table has one writer, whatever kind writes it', () => {
    const event = fileOf(EVENTS, 'events.yaml');
    expect(checkAcross([event, move])).toMatchObject([
      { file: 'move.yaml', line: 10, value: 'thing_event', rule: expect.stringContaining('of events.yaml events;') },
    ]);
    expect(checkAcross([move, event])).toMatchObject([
      { file: 'events.yaml', line: 6, path: 'events.table', rule: expect.stringContaining('of move.yaml tables[0];') },
    ]);
  });

  test('a name is one pipeline, whatever its kind', () => {
    const twin = fileOf(EVENTS.replace('pipeline: events', 'pipeline: move').replace('warehouse', 'other'));
    expect(checkAcross([fileOf(MOVE), twin])).toMatchObject([
      { path: 'pipeline', rule: 'move.yaml is a pipeline of that name already' },
    ]);
  });
});
