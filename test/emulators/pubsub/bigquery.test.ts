import { describe, expect, test } from '@jest/globals';
import type { Topic } from '@google-cloud/pubsub';
import { openWarehouse } from '../bigquery/helpers.ts';
import { ack, listen, until } from './harness.ts';
import { bothOfFile } from './warehouse.ts';

const both = bothOfFile();
const X = [{ name: 'x', type: 'long' }];
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const full = (id: string): string => `projects/demo/subscriptions/${id}`;

async function subscriptionOf(id: string): Promise<Record<string, unknown>> {
  const { body } = await both.pubsub().call('GET', `/v1/${full(id)}`);
  return body;
}

describe('a BigQuery subscription', () => {
  test('shows what it writes, and how; it can neither be pulled nor pushed', async () => {
    const topic = await both.topic(X);
    const { name } = await both.table([{ name: 'x', type: 'INTEGER' }]);
    const id = await both.subscribe(topic, { table: name, useTopicSchema: true });
    expect(await subscriptionOf(id)).toMatchObject({
      state: 'ACTIVE',
      bigqueryConfig: { table: name, useTopicSchema: true, state: 'ACTIVE' },
    });
    expect(await both.pubsub().call('POST', `/v1/${full(id)}:pull`, { maxMessages: 1 })).toMatchObject({ status: 400 });
    const pushConfig = { pushEndpoint: 'http://127.0.0.1:1' };
    expect(await both.pubsub().call('POST', `/v1/${full(id)}:modifyPushConfig`, { pushConfig })).toMatchObject({
      status: 400,
    });
  });

  test('becomes a pulled one when its table is taken away', async () => {
    const topic = await both.topic(X);
    const { id: table, name } = await both.table([{ name: 'x', type: 'INTEGER' }]);
    const id = await both.subscribe(topic, { table: name, useTopicSchema: true });
    const patch = { subscription: { name: full(id) }, updateMask: 'bigqueryConfig' };
    expect(await both.pubsub().call('PATCH', `/v1/${full(id)}`, patch)).toMatchObject({ status: 200 });
    const subscription = both.pubsub().client.subscription(id);
    const messages = listen(subscription, ack);
    await topic.publishMessage({ data: json({ x: 1 }) });
    await until('the message', () => messages[0]);
    await subscription.close();
    expect(await both.warehouse().rows(`SELECT * FROM shop.${table}`)).toEqual([]);
  });
});

describe('a row that BigQuery refuses', () => {
  async function withDeadLetter(topic: Topic, bigqueryConfig: Record<string, unknown>) {
    const letters = await both.topic();
    const deadLetterPolicy = { deadLetterTopic: letters.name, maxDeliveryAttempts: 5 };
    const [subscription] = await letters.createSubscription(`${letters.name.split('/').at(-1) ?? ''}-sub`);
    const id = await both.subscribe(topic, bigqueryConfig, { deadLetterPolicy });
    return { id, subscription, messages: listen(subscription, ack) };
  }

  test('is tried as often as its policy says, then dead-lettered with the reason; its neighbours are written', async () => {
    const topic = await both.topic([{ name: 'x', type: { type: 'long', logicalType: 'timestamp-micros' } }]);
    const { id: table, name } = await both.table([{ name: 'x', type: 'TIMESTAMP' }]);
    const { id, subscription, messages } = await withDeadLetter(topic, { table: name, useTopicSchema: true });
    await Promise.all(
      [1, 253402300800000000n, 2].map(async (x) => await topic.publishMessage({ data: Buffer.from(`{"x":${x}}`) })),
    );
    const letter = await until('the dead letter', () => messages[0]);
    expect(letter.data.toString()).toBe('{"x":253402300800000000}');
    expect(letter.attributes).toMatchObject({
      CloudPubSubDeadLetterSourceDeliveryCount: '5',
      CloudPubSubDeadLetterSourceSubscription: id,
      CloudPubSubDeadLetterSourceDeliveryErrorMessage: expect.stringContaining('beyond the years 1 to 9999'),
      googclient_schemaencoding: 'JSON',
    });
    expect(await both.rows(`SELECT UNIX_MICROS(x) AS x FROM shop.${table} ORDER BY x`, 2)).toEqual([
      { x: 1 },
      { x: 2 },
    ]);
    expect((await subscriptionOf(id))['state']).toBe('ACTIVE');
    await subscription.close();
  });

  test('also when it is BigQuery that says so', async () => {
    const topic = await both.topic([{ name: 'x', type: 'string' }]);
    const { id: table, name } = await both.table([{ name: 'x', type: 'DATE' }]);
    const { subscription, messages } = await withDeadLetter(topic, { table: name, useTopicSchema: true });
    await Promise.all(['2026-11-20', 'soon'].map(async (x) => await topic.publishMessage({ data: json({ x }) })));
    const letter = await until('the dead letter', () => messages[0]);
    expect(letter.attributes['CloudPubSubDeadLetterSourceDeliveryErrorMessage']).toContain(
      "Could not parse 'soon' as DATE",
    );
    expect(await both.rows(`SELECT x FROM shop.${table}`, 1)).toHaveLength(1);
    await subscription.close();
  });

  test('also when BigQuery has no answer to its value, which must not hold up the others', async () => {
    const topic = await both.topic();
    const { id: table, name } = await both.table([{ name: 'data', type: 'JSON' }]);
    const { subscription, messages } = await withDeadLetter(topic, { table: name });
    const exact = ['1', '0.12345678901234567890123', '2'];
    await Promise.all(exact.map(async (text) => await topic.publishMessage({ data: Buffer.from(text) })));
    const letter = await until('the dead letter', () => messages[0]);
    expect(letter.data.toString()).toBe(exact[1]);
    expect(await both.rows(`SELECT TO_JSON_STRING(data) AS x FROM shop.${table} ORDER BY 1`, 2)).toEqual([
      { x: '1' },
      { x: '2' },
    ]);
    await subscription.close();
  });
});

describe('while nothing can be written, messages stay, and no attempt is counted', () => {
  const deadLetter = async (): Promise<object> => {
    const letters = await both.topic();
    return { deadLetterPolicy: { deadLetterTopic: letters.name, maxDeliveryAttempts: 5 } };
  };

  test('because the table is gone, until it is there again', async () => {
    const topic = await both.topic(X);
    const { id: table, name } = await both.table([{ name: 'x', type: 'INTEGER' }]);
    const id = await both.subscribe(topic, { table: name, useTopicSchema: true }, await deadLetter());
    await both.warehouse().client.dataset('shop').table(table).delete();
    await topic.publishMessage({ data: json({ x: 1 }) });
    await until('the state', async () => {
      const { state, bigqueryConfig } = await subscriptionOf(id);
      const shown = (bigqueryConfig as { state: string }).state;
      return state === 'RESOURCE_ERROR' && shown === 'NOT_FOUND' ? true : undefined;
    });
    await both
      .warehouse()
      .client.dataset('shop')
      .createTable(table, { schema: { fields: [{ name: 'x', type: 'STRING' }] } });
    await until('the other state', async () => {
      const { bigqueryConfig } = await subscriptionOf(id);
      return (bigqueryConfig as { state: string }).state === 'SCHEMA_MISMATCH' ? true : undefined;
    });
    expect(await both.pubsub().stats(id)).toMatchObject({ unacked: 1, delivered: 0 });
    await both.warehouse().client.dataset('shop').table(table).delete();
    await both
      .warehouse()
      .client.dataset('shop')
      .createTable(table, { schema: { fields: [{ name: 'x', type: 'INTEGER' }] } });
    expect(await both.rows(`SELECT x FROM shop.${table}`, 1)).toEqual([{ x: 1 }]);
    await until('the state', async () => ((await subscriptionOf(id))['state'] === 'ACTIVE' ? true : undefined));
    await both.pubsub().idle(id);
  });

  test('because BigQuery is gone, until it is somewhere else', async () => {
    const { pubsub, warehouse } = both;
    const topic = await both.topic(X);
    const { id: table, name } = await both.table([{ name: 'x', type: 'INTEGER' }]);
    const id = await both.subscribe(topic, { table: name, useTopicSchema: true }, await deadLetter());
    const here = warehouse().emulator.env['BIGQUERY_EMULATOR_HOST'];
    const gone = await openWarehouse();
    await gone.stop();
    await pubsub().call('PUT', '/emulator/v1/bigquery', { host: gone.emulator.env['BIGQUERY_EMULATOR_HOST'] });
    await topic.publishMessage({ data: json({ x: 1 }) });
    const { status } = await pubsub().call('PATCH', `/v1/${full(id)}`, {
      subscription: { name: full(id), bigqueryConfig: { table: name } },
      updateMask: 'bigqueryConfig',
    });
    expect(status).toBe(503);
    expect(await pubsub().stats(id)).toMatchObject({ unacked: 1, delivered: 0 });
    await pubsub().call('PUT', '/emulator/v1/bigquery', { host: here });
    expect(await both.rows(`SELECT x FROM shop.${table}`, 1)).toEqual([{ x: 1 }]);
  });
});

test('a thousand messages arrive, each once where nothing fails', async () => {
  const topic = await both.topic(X);
  const { id: table, name } = await both.table([{ name: 'x', type: 'INTEGER' }]);
  const id = await both.subscribe(topic, { table: name, useTopicSchema: true });
  await Promise.all(Array.from({ length: 1000 }, async (_, x) => await topic.publishMessage({ data: json({ x }) })));
  await both.pubsub().idle(id);
  const [row] = await both.warehouse().rows(`SELECT COUNT(*) AS n, COUNT(DISTINCT x) AS d FROM shop.${table}`);
  expect(row).toEqual({ n: 1000, d: 1000 });
});
