import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { type Json, type RunningPubSub, startPubSub } from './harness.ts';

let pubsub: RunningPubSub;

beforeAll(async () => {
  pubsub = await startPubSub();
});
afterEach(async () => {
  await pubsub.call('POST', '/emulator/v1/reset');
});
afterAll(async () => {
  await pubsub.stop();
});

describe('the control routes', () => {
  test('refuse faults that do not exist', async () => {
    for (const body of [{ duplicateDeliveries: 'yes' }, { nonsense: true }, {}]) {
      const { status, body: answer } = await pubsub.call('PUT', '/emulator/v1/faults', body);
      expect(status).toBe(400);
      expect((answer['error'] as Json)['status']).toBe('INVALID_ARGUMENT');
    }
  });

  test.each(['/emulator/v1/reset', '/reset'])('%s forgets everything', async (path) => {
    const [topic] = await pubsub.client.createTopic('topic-a');
    await topic.createSubscription('sub-a');
    await pubsub.call('PUT', '/emulator/v1/faults', { duplicateDeliveries: true });
    expect((await pubsub.call('POST', path)).status).toBe(200);
    expect((await pubsub.call('GET', '/v1/projects/demo/topics')).body).toEqual({});
    expect((await pubsub.call('GET', '/v1/projects/demo/subscriptions')).body).toEqual({});
    expect((await pubsub.call('GET', '/emulator/v1/faults')).body).toEqual({ duplicateDeliveries: false });
  });

  test("answer 501 in Google's envelope to what is not there", async () => {
    const { status, body } = await pubsub.call('POST', '/v1/projects/demo/snapshots', {});
    expect(status).toBe(501);
    expect(body).toMatchObject({ error: { code: 501, status: 'UNIMPLEMENTED' } });
  });
});

describe('REST refuses', () => {
  test.each([
    ['a body that is not JSON', 'PUT', '/v1/projects/demo/topics/topic-a', '{'],
    ['a field that does not exist', 'PUT', '/v1/projects/demo/topics/topic-a', '{"nonsense":1}'],
    ['a field of another type', 'PUT', '/v1/projects/demo/topics/topic-a', '{"labels":[]}'],
    ['a label that is not lower case', 'PUT', '/v1/projects/demo/topics/topic-a', '{"labels":{"A":"b"}}'],
    ['data that is not base64', 'POST', '/v1/projects/demo/topics/topic-a:publish', '{"messages":[{"data":"*"}]}'],
    ['a malformed escape', 'PUT', '/v1/projects/demo/topics/a%zz', '{}'],
    ['a negative page size', 'GET', '/v1/projects/demo/topics?pageSize=-1', undefined],
    ['a page size that is no number', 'GET', '/v1/projects/demo/topics?pageSize=x', undefined],
    ['an update without a resource', 'PATCH', '/v1/projects/demo/topics/topic-a', '{"updateMask":"labels"}'],
  ])('%s', async (_, method, path, body) => {
    const host = pubsub.emulator.env['PUBSUB_EMULATOR_HOST'] ?? '';
    const response = await fetch(`http://${host}${path}`, { method, ...(body !== undefined && { body }) });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 400, status: 'INVALID_ARGUMENT' } });
  });
});

test('more than 10 MB is refused at once, on both transports', async () => {
  const [topic] = await pubsub.client.createTopic('topic-a');
  const data = Buffer.alloc(10 * 1024 * 1024 + 1);
  await expect(topic.publishMessage({ data })).rejects.toMatchObject({ code: 3 });
  const body = { messages: [{ data: data.toString('base64') }] };
  expect((await pubsub.call('POST', `/v1/${topic.name}:publish`, body)).status).toBe(400);
  await expect(topic.publishMessage({ data: data.subarray(1000) })).resolves.toMatch(/^\d+$/);
});
