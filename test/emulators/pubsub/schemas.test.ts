import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { SchemaTypes } from '@google-cloud/pubsub';
import { base64, NOTE, recordOf } from './conformance/case.ts';
import { ack, listen, startPubSub, until } from './harness.ts';
import { pubSubOfFile } from './per-file.ts';
import { openWarehouse } from '../bigquery/helpers.ts';

const { pubsub } = pubSubOfFile();
const NAME = 'projects/demo/schemas/schema-a';
const call = async (method: string, path: string, body?: unknown) => await pubsub().call(method, `/v1/${path}`, body);
const [first, second] = [recordOf('long'), recordOf('long', NOTE)];

async function commit(definition: string): Promise<string> {
  const { body } = await call('POST', `${NAME}:commit`, { schema: { name: NAME, type: 'AVRO', definition } });
  return String(body['revisionId']);
}

async function revisions(): Promise<unknown[]> {
  const { body } = await call('GET', `${NAME}:listRevisions?view=FULL`);
  return (body['schemas'] as { definition: string }[]).map(({ definition }) => definition);
}

describe('revisions', () => {
  test('are listed newest first, read by their id, brought back, and deleted but for the last', async () => {
    const created = await call('POST', 'projects/demo/schemas?schemaId=schema-a', { type: 'AVRO', definition: first });
    const oldest = String(created.body['revisionId']);
    const newer = await commit(second);
    expect(await revisions()).toEqual([second, first]);
    expect((await call('GET', `${NAME}@${oldest}`)).body).toMatchObject({ definition: first, revisionId: oldest });
    const { body } = await call('POST', `${NAME}:rollback`, { revisionId: oldest });
    expect(body).toMatchObject({ definition: first });
    expect(body['revisionId']).not.toBe(oldest);
    expect(await revisions()).toEqual([first, second, first]);
    expect((await call('DELETE', `${NAME}@${newer}:deleteRevision`)).body).toMatchObject({ definition: first });
    await call('DELETE', `${NAME}@${oldest}:deleteRevision`);
    expect(await revisions()).toEqual([first]);
    const last = String(body['revisionId']);
    expect(await call('DELETE', `${NAME}@${last}:deleteRevision`)).toMatchObject({ status: 400 });
  });

  test('are at most twenty', async () => {
    await pubsub().client.createSchema('schema-a', SchemaTypes.Avro, first);
    for (let count = 1; count < 20; count += 1) await commit(first);
    const refused = await call('POST', `${NAME}:commit`, { schema: { name: NAME, type: 'AVRO', definition: first } });
    expect(refused).toMatchObject({ status: 400, body: { error: { status: 'FAILED_PRECONDITION' } } });
    const { body } = await call('GET', `${NAME}:listRevisions?pageSize=15`);
    expect(body['schemas']).toHaveLength(15);
    const rest = await call('GET', `${NAME}:listRevisions?pageSize=15&pageToken=${String(body['nextPageToken'])}`);
    expect(rest.body['schemas']).toHaveLength(5);
  });

  test('of a range are the ones that a topic takes, and a message says which it is', async () => {
    await pubsub().client.createSchema('schema-a', SchemaTypes.Avro, first);
    const newer = await commit(second);
    const schemaSettings = { schema: NAME, encoding: 'JSON' as const, firstRevisionId: newer };
    const [topic] = await pubsub().client.createTopic({ name: 'topic-a', schemaSettings });
    const [subscription] = await topic.createSubscription('sub-a');
    await expect(topic.publishMessage({ data: Buffer.from('{"x":1}') })).rejects.toMatchObject({ code: 3 });
    await topic.publishMessage({ data: Buffer.from('{"x":1,"note":null}') });
    const messages = listen(subscription, ack);
    const message = await until('the message', () => messages[0]);
    expect(message.attributes['googclient_schemarevisionid']).toBe(newer);
    await subscription.close();
  });
});

describe('BINARY is read to its end, and as what it says', () => {
  const validate = async (type: unknown, ...bytes: number[]): Promise<number> => {
    const schema = { type: 'AVRO', definition: recordOf(type) };
    const message = base64(Uint8Array.from(bytes));
    return (await call('POST', 'projects/demo/schemas:validateMessage', { schema, message, encoding: 'BINARY' }))
      .status;
  };
  test.each([
    ['a long', 'long', [2], 200],
    ['a long and more', 'long', [2, 2], 400],
    ['no long', 'long', [], 400],
    ['the smallest long', 'long', [255, 255, 255, 255, 255, 255, 255, 255, 255, 1], 200],
    ['the largest int', 'int', [254, 255, 255, 255, 15], 200],
    ['an int beyond 32 bits', 'int', [128, 128, 128, 128, 16], 400],
    ['a string', 'string', [4, 0xc3, 0xa9], 200],
    ['U+FFFD itself', 'string', [6, 0xef, 0xbf, 0xbd], 200],
    ['a string that is not UTF-8', 'string', [4, 0xff, 0xfe], 400],
    ['a branch that is not there', ['null', 'long'], [4], 400],
  ])('%s', async (_, type, bytes, status) => {
    expect(await validate(type, ...bytes)).toBe(status);
  });
});

test('schemas, their topics, and what waits for BigQuery outlive a restart', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'alir-pubsub-'));
  const warehouse = await openWarehouse();
  const host = warehouse.emulator.env['BIGQUERY_EMULATOR_HOST'];
  const open = async (env: Record<string, string | undefined>) => await startPubSub({ dataDir, env });
  let running = await open({ BIGQUERY_EMULATOR_HOST: host });
  try {
    await warehouse.client.createDataset('shop');
    await warehouse.client.dataset('shop').createTable('t', { schema: { fields: [{ name: 'x', type: 'INTEGER' }] } });
    await running.client.createSchema('schema-a', SchemaTypes.Avro, first);
    const [topic] = await running.client.createTopic({
      name: 'topic-a',
      schemaSettings: { schema: NAME, encoding: 'JSON' },
    });
    await topic.createSubscription('sub-a', {
      bigqueryConfig: { table: 'demo-project.shop.t', useTopicSchema: true },
    });
    await running.call('PUT', '/emulator/v1/bigquery', { host: 'http://127.0.0.1:1' });
    await topic.publishMessage({ data: Buffer.from('{"x":1}') });
    await running.stop();

    running = await open({});
    await running.stop(); // The first restart rewrote the journal; the second reads that.
    running = await open({});
    expect((await running.call('GET', `/v1/${NAME}`)).body).toMatchObject({ definition: first });
    expect(await running.stats('sub-a')).toMatchObject({ unacked: 1, delivered: 0 });
    await expect(
      running.client.topic('topic-a').publishMessage({ data: Buffer.from('{"x":"1"}') }),
    ).rejects.toMatchObject({ code: 3 });
    await running.call('PUT', '/emulator/v1/bigquery', { host });
    await running.idle('sub-a');
    expect(await warehouse.rows('SELECT x FROM shop.t')).toEqual([{ x: 1 }]);
  } finally {
    await running.stop();
    await warehouse.stop();
    rmSync(dataDir, { recursive: true });
  }
});
