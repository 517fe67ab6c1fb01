import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { BigQuery } from '@google-cloud/bigquery';
import { Encodings, PubSub, type Topic } from '@google-cloud/pubsub';
import avro from 'avsc';
import { emulatorAuth } from '../../functions/gcp/auth.ts';
import { eventTopicName, topicName } from '../../pipelines/model/names.ts';
import { readCatalog } from '../../pipelines/model/read.ts';
import { provision } from '../../scripts/provision/provision.ts';
import { localEnvironment } from '../../scripts/up/variables.ts';
import { cleanUp } from '../support/cleanup.ts';
import { startTestCloud, type TestCloud } from '../support/cloud.ts';
import { copyCatalog } from '../support/folders.ts';
import { until } from '../support/until.ts';

/** A pipeline of events from its file to its rows: published by Google's client, written by Pub/Sub, read in BigQuery. */
const PURCHASES = `pipeline: purchases
description: Purchases as they happen.
events:
  contract: shop/purchase
  dataset: shop
  table: purchase_event
  partition: { field: publish_time }
  cluster: [buyer]
`;

const field = (name: string, type: unknown) => ({ name, type, doc: `The ${name}.` });
const PURCHASE = {
  type: 'record',
  name: 'purchase',
  namespace: 'shop',
  doc: 'One purchase.',
  fields: [
    field('id', 'long'),
    field('buyer', 'string'),
    field('at', { type: 'long', logicalType: 'timestamp-micros' }),
    field('day', ['null', { type: 'int', logicalType: 'date' }]),
    field('note', ['null', 'string']),
    field('tags', { type: 'array', items: 'string' }),
  ],
};

const { projectId, name: environment } = localEnvironment;
let cloud: TestCloud;
let topic: Topic;
let bigquery: BigQuery;

beforeAll(async () => {
  const { pipelines, schemas } = copyCatalog();
  mkdirSync(join(schemas, 'shop'));
  writeFileSync(join(pipelines, 'purchases.yaml'), PURCHASES);
  writeFileSync(join(schemas, 'shop/purchase.avsc'), JSON.stringify(PURCHASE));
  const catalog = readCatalog(pipelines, schemas);
  const env = { PATH: process.env['PATH'], ALIR_PIPELINES: pipelines, ALIR_SCHEMAS: schemas };
  cloud = await startTestCloud({ catalog, env });
  const pubsub = new PubSub({ projectId });
  cleanUp(async () => {
    await pubsub.close();
  });
  topic = pubsub.topic(eventTopicName(environment, 'purchases'));
  bigquery = new BigQuery({ projectId, ...emulatorAuth('emulator') });
});

const purchase = (fields: object) => ({ buyer: 'Ayu', at: 0, day: null, note: null, tags: [], ...fields });
const json = (value: unknown): Buffer => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));

async function rowsOf(where: string, count: number): Promise<unknown[]> {
  const query =
    `SELECT CAST(id AS STRING) AS id, buyer, CAST(at AS STRING) AS stamp, CAST(day AS STRING) AS day, note, tags
    FROM shop.purchase_event WHERE ${where} ORDER BY id`.replace('(at AS', '(`at` AS');
  return await until(`${count} events where ${where}`, async () => {
    const [rows] = (await bigquery.query(query)) as [unknown[], ...unknown[]];
    return rows.length >= count ? rows : undefined;
  });
}

describe('events', () => {
  test('published as JSON arrive exactly', async () => {
    const first = JSON.stringify(purchase({ day: { int: 0 }, note: { string: 'née 🦊' }, tags: ['a', 'b'], at: 1 }));
    await topic.publishMessage({ data: json(first.replace('{', '{"id":9223372036854775807,')) });
    await topic.publishMessage({
      data: json(JSON.stringify(purchase({})).replace('{', '{"id":-9223372036854775808,')),
    });
    expect(await rowsOf('TRUE', 2)).toEqual([
      { id: '-9223372036854775808', buyer: 'Ayu', stamp: '1970-01-01 00:00:00+00', day: null, note: null, tags: [] },
      {
        id: '9223372036854775807',
        buyer: 'Ayu',
        stamp: '1970-01-01 00:00:00.000001+00',
        day: '1970-01-01',
        note: 'née 🦊',
        tags: ['a', 'b'],
      },
    ]);
  });

  test('published as BINARY arrive exactly, once the topic takes that', async () => {
    const [{ schemaSettings = {} }] = await topic.getMetadata();
    await topic.setMetadata({ schemaSettings: { ...schemaSettings, encoding: Encodings.Binary } });
    const type = avro.Type.forSchema(PURCHASE as avro.Schema, { wrapUnions: true });
    const event = purchase({ id: 2, at: 1790462321569005, note: { string: '' }, day: { int: 20_777 }, tags: ['x'] });
    await topic.publishMessage({ data: type.toBuffer(event) });
    await topic.setMetadata({ schemaSettings });
    expect(await rowsOf('id = 2', 1)).toEqual([
      { id: '2', buyer: 'Ayu', stamp: '2026-09-26 22:38:41.569005+00', day: '2026-11-20', note: '', tags: ['x'] },
    ]);
  });

  test('have their metadata beside them', async () => {
    const id = await topic.publishMessage({ data: json(purchase({ id: 3 })), attributes: { shop: 'Jakarta' } });
    await rowsOf('id = 3', 1);
    const [rows] = await bigquery.query(
      `SELECT subscription_name, message_id, JSON_VALUE(attributes, '$.shop') AS shop, publish_time IS NULL AS timeless
       FROM shop.purchase_event WHERE id = 3`,
    );
    const subscription = `projects/${projectId}/subscriptions/${eventTopicName(environment, 'purchases')}`;
    expect(rows).toEqual([{ subscription_name: subscription, message_id: id, shop: 'Jakarta', timeless: false }]);
  });

  test('that are none of the contract are refused to their publisher', async () => {
    const publishing = topic.publishMessage({ data: json(purchase({ id: 'four' })) });
    await expect(publishing).rejects.toMatchObject({
      code: 3,
      details: expect.stringContaining('Message failed schema validation. id must be a whole number'),
    });
  });

  test('that BigQuery cannot hold end in the dead letter, which notify keeps with its bytes', async () => {
    const data = json(JSON.stringify(purchase({ id: 5 })).replace('"at":0', '"at":253402300800000000'));
    await topic.publishMessage({ data });
    await topic.publishMessage({ data: json(purchase({ id: 6 })) });
    await rowsOf('id = 6', 1);
    const letters = await until('the dead letter', async () => {
      const { rows } = await cloud.services.ledger.query('select reason, attributes, body from dead_letter');
      return rows.length > 0 ? rows : undefined;
    });
    expect(letters).toEqual([
      {
        reason: expect.stringMatching(
          /^gave up after 20 deliveries of alir-local-events-purchases; last error: .*9999/,
        ),
        attributes: expect.objectContaining({
          CloudPubSubDeadLetterSourceDeliveryErrorMessage: expect.stringContaining('beyond the years 1 to 9999'),
        }),
        body: data,
      },
    ]);
    expect(await rowsOf('id IN (5, 6)', 1)).toMatchObject([{ id: '6' }]);
  });

  test('that look like a message of ours fail no run', async () => {
    const tick = json({ v: 1, kind: 'tick', pipeline: 'library' });
    const given = { CloudPubSubDeadLetterSourceSubscription: eventTopicName(environment, 'purchases') };
    await topic.pubsub.topic(topicName(environment, 'dead-letter')).publishMessage({ data: tick, attributes: given });
    const [letter] = await until('the dead letter', async () => {
      const { rows } = await cloud.services.ledger.query('select run_id from dead_letter where body = $1', [tick]);
      return rows.length > 0 ? rows : undefined;
    });
    expect(letter).toEqual({ run_id: null });
    expect((await cloud.services.ledger.query('select from run')).rows).toEqual([]);
  });
});

describe('beside the pipelines that have runs', () => {
  test('nothing changes for those', async () => {
    await expect(cloud.run('library-generator')).resolves.toMatchObject({ state: 'succeeded' });
    await expect(cloud.run('library')).resolves.toMatchObject({ state: 'succeeded' });
  });

  test('what is provisioned is what is planned, and applying it again changes nothing', async () => {
    const read = async (): Promise<unknown> => {
      const [metadata] = await topic.getMetadata();
      const [subscriptions] = await topic.getSubscriptions();
      return [metadata, await Promise.all(subscriptions.map(async (one) => (await one.getMetadata())[0]))];
    };
    const before = await read();
    const name = eventTopicName(environment, 'purchases');
    expect(before).toMatchObject([
      { schemaSettings: { schema: `projects/${projectId}/schemas/${name}`, encoding: 'JSON' } },
      [
        {
          name: `projects/${projectId}/subscriptions/${name}`,
          labels: { 'alir-environment': environment, 'alir-pipeline': 'purchases' },
          bigqueryConfig: { table: `${projectId}.shop.purchase_event`, useTopicSchema: true, writeMetadata: true },
          deadLetterPolicy: { maxDeliveryAttempts: 20 },
          messageRetentionDuration: { seconds: '604800' },
        },
      ],
    ]);
    await provision(cloud.plan, { env: cloud.env, functionUrl: () => 'http://127.0.0.1:1' });
    expect(await read()).toEqual(before);
  });

  test('a contract that gained an optional field gives its topic a revision, which old events still fit', async () => {
    const note = field('gift', ['null', 'boolean']);
    const definition = JSON.stringify({ ...PURCHASE, fields: [...PURCHASE.fields, { ...note, default: null }] });
    const topics = cloud.plan.topics.map((one) =>
      one.schema ? { ...one, schema: { ...one.schema, definition } } : one,
    );
    const wider = { ...cloud.plan, topics, subscriptions: [], eventSubscriptions: [], schedules: [] };
    await provision(wider, { env: cloud.env, functionUrl: () => '' });
    await expect(topic.publishMessage({ data: json(purchase({ id: 7 })) })).resolves.toBeDefined();
    const impossible = {
      ...wider,
      topics: topics.map((one) =>
        one.schema
          ? {
              ...one,
              schema: {
                ...one.schema,
                definition:
                  '{"type":"record","name":"purchase","namespace":"shop","fields":[{"name":"id","type":"string"}]}',
              },
            }
          : one,
      ),
    };
    await expect(provision(impossible, { env: cloud.env, functionUrl: () => '' })).rejects.toThrow(
      'Incompatible schema',
    );
  });
});
