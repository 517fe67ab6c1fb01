import { describe, expect, test } from '@jest/globals';
import { startPubSub } from './harness.ts';
import { bothOfFile, type Column, METADATA } from './warehouse.ts';

const both = bothOfFile();
const X = [{ name: 'x', type: 'long' }];
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

describe('a subscription is refused', () => {
  const refused: readonly (readonly [string, readonly Column[], readonly object[] | undefined, object, string])[] = [
    [
      'a type that differs',
      [{ name: 'x', type: 'STRING' }],
      X,
      {},
      'Incompatible schema type for field x: expected STRING, got long.',
    ],
    [
      'a column that is not there',
      [{ name: 'y', type: 'STRING' }],
      X,
      {},
      'field x of the topic is not in the BigQuery table',
    ],
    [
      'a required column without a field',
      [
        { name: 'x', type: 'INTEGER' },
        { name: 'y', type: 'STRING', mode: 'REQUIRED' },
      ],
      X,
      {},
      'required field y of the table is not in the topic',
    ],
    [
      'null in a required column',
      [{ name: 'x', type: 'INTEGER', mode: 'REQUIRED' }],
      [{ name: 'x', type: ['null', 'long'] }],
      {},
      'Incompatible schema mode for field x: expected REQUIRED, got NULLABLE.',
    ],
    [
      'an array in a plain column',
      [{ name: 'x', type: 'INTEGER' }],
      [{ name: 'x', type: { type: 'array', items: 'long' } }],
      {},
      'Incompatible schema mode for field x: expected NULLABLE, got REPEATED.',
    ],
    [
      'a local timestamp in a DATETIME',
      [{ name: 'x', type: 'DATETIME' }],
      [{ name: 'x', type: { type: 'long', logicalType: 'local-timestamp-micros' } }],
      {},
      'expected DATETIME, got long (local-timestamp-micros)',
    ],
    [
      'a timestamp in an INTEGER',
      [{ name: 'x', type: 'INTEGER' }],
      [{ name: 'x', type: { type: 'long', logicalType: 'timestamp-micros' } }],
      {},
      'expected INT64, got long (timestamp-micros)',
    ],
    [
      'a union of two types',
      [{ name: 'x', type: 'STRING' }],
      [{ name: 'x', type: ['long', 'string'] }],
      {},
      'a union other than of null and one type is unmappable',
    ],
    [
      'metadata without its columns',
      [{ name: 'x', type: 'INTEGER' }],
      X,
      { writeMetadata: true },
      'no column subscription_name',
    ],
    [
      'metadata in columns of other types',
      [{ name: 'x', type: 'INTEGER' }, ...METADATA.map(({ name }) => ({ name, type: 'STRING' }))],
      X,
      { writeMetadata: true },
      'field publish_time: it must be TIMESTAMP',
    ],
    [
      'a field named as metadata is',
      [...METADATA, { name: 'messageId', type: 'STRING' }],
      [{ name: 'messageId', type: 'string' }],
      { writeMetadata: true },
      "Field messageId of the topic's schema has the name of a metadata column",
    ],
    ['the schema of a topic that has none', [{ name: 'x', type: 'INTEGER' }], undefined, {}, 'the topic has no schema'],
    ['no column data', [{ name: 'x', type: 'INTEGER' }], X, { useTopicSchema: false }, 'needs a column data'],
    ['data that is a number', [{ name: 'data', type: 'INTEGER' }], X, { useTopicSchema: false }, 'needs a column data'],
  ];
  test.each(refused)('for %s', async (_, columns, fields, config, reason) => {
    const topic = await both.topic(fields);
    const { name } = await both.table(columns);
    const creation = both.subscribe(topic, { table: name, useTopicSchema: true, ...config });
    await expect(creation).rejects.toMatchObject({ code: 3, details: expect.stringContaining(reason) });
    expect((await topic.getSubscriptions())[0]).toEqual([]);
  });

  test('for a table that is not there', async () => {
    const topic = await both.topic(X);
    await expect(
      both.subscribe(topic, { table: 'demo-project.shop.nowhere', useTopicSchema: true }),
    ).rejects.toMatchObject({
      code: 5,
      details: expect.stringContaining('The BigQuery table or dataset specified cannot be found'),
    });
  });

  test('for the table schema, where the encoding is not JSON', async () => {
    const topic = await both.topic(X, 'BINARY');
    const { name } = await both.table([{ name: 'x', type: 'INTEGER' }]);
    await expect(both.subscribe(topic, { table: name, useTableSchema: true })).rejects.toMatchObject({ code: 3 });
  });

  test('when nobody has said where BigQuery is', async () => {
    const alone = await startPubSub();
    try {
      const [topic] = await alone.client.createTopic('topic-a');
      await expect(topic.createSubscription('sub-a', { bigqueryConfig: { table: 'p.d.t' } })).rejects.toMatchObject({
        code: 9,
        details: expect.stringContaining('BIGQUERY_EMULATOR_HOST'),
      });
      expect((await alone.call('PUT', '/emulator/v1/bigquery', { host: 'nonsense' })).status).toBe(400);
    } finally {
      await alone.stop();
    }
  });
});

describe('unless what the table lacks may be dropped', () => {
  test('drop_unknown_fields', async () => {
    const topic = await both.topic([...X, { name: 'y', type: 'string' }]);
    const { id, name } = await both.table([{ name: 'X', type: 'INTEGER' }]);
    await both.subscribe(topic, { table: name, useTopicSchema: true, dropUnknownFields: true });
    await topic.publishMessage({ data: json({ x: 1, y: 'gone' }) });
    expect(await both.rows(`SELECT * FROM shop.${id}`, 1)).toEqual([{ X: 1 }]);
  });
});
