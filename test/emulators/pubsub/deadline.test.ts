import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Endpoint, startEndpoint } from './endpoint.ts';
import { QUICK, type RunningPubSub, startPubSub, until } from './harness.ts';

// Google's shortest ack deadline is 10 seconds of real time, so these run side by side.
const DEADLINE_MS = 10_000;
const PATIENCE_MS = 40_000;

let pubsub: RunningPubSub;
let endpoint: Endpoint;

beforeAll(async () => {
  pubsub = await startPubSub({ env: QUICK });
});
afterAll(async () => {
  await endpoint.stop();
  await pubsub.stop();
});

test.concurrent(
  'a push without an answer is a nack at the ack deadline, and is broken off',
  async () => {
    endpoint = await startEndpoint((_, n) => (n === 1 ? 'never' : 200));
    const [topic] = await pubsub.client.createTopic('pushed');
    await topic.createSubscription('pushed', { pushConfig: { pushEndpoint: endpoint.url } });
    await topic.publishMessage({ data: Buffer.from('x') });
    await until('the first push', () => endpoint.received[0]);
    const [first, second] = await until('the second push', () =>
      endpoint.received.length === 2 ? endpoint.received : undefined,
    );
    expect(Number(second?.at) - Number(first?.at)).toBeGreaterThanOrEqual(DEADLINE_MS - 50);
    await pubsub.idle('pushed');
    expect(endpoint.abandoned()).toBe(1);
    expect(await pubsub.stats('pushed')).toMatchObject({ delivered: 2, nacked: 1, acked: 1 });
  },
  PATIENCE_MS,
);

test.concurrent(
  'a pulled message comes again after its deadline, unless the deadline was extended; a late ack is ignored',
  async () => {
    const [topic] = await pubsub.client.createTopic('pulled');
    const [subscription] = await topic.createSubscription('pulled');
    await topic.publishMessage({ data: Buffer.from('lapses') });
    await topic.publishMessage({ data: Buffer.from('extended') });
    const pull = async (): Promise<{ ackId: string; text: string }[]> => {
      const { body } = await pubsub.call('POST', `/v1/${subscription.name}:pull`, { maxMessages: 10 });
      const received = (body['receivedMessages'] ?? []) as { ackId: string; message: { data: string } }[];
      return received.map(({ ackId, message }) => ({ ackId, text: Buffer.from(message.data, 'base64').toString() }));
    };
    const acknowledge = async (ackIds: readonly (string | undefined)[]): Promise<void> => {
      expect((await pubsub.call('POST', `/v1/${subscription.name}:acknowledge`, { ackIds })).status).toBe(200);
    };
    const first = await pull();
    expect(first.map(({ text }) => text)).toEqual(['lapses', 'extended']);
    const [lapses, extended] = first.map(({ ackId }) => ackId);
    await pubsub.call('POST', `/v1/${subscription.name}:modifyAckDeadline`, {
      ackIds: [extended],
      ackDeadlineSeconds: 60,
    });
    const again = await until('the redelivery', async () => {
      const messages = await pull();
      return messages.length > 0 ? messages : undefined;
    });
    expect(again.map(({ text }) => text)).toEqual(['lapses']);
    await acknowledge([lapses]);
    expect(await pubsub.stats('pulled')).toMatchObject({ unacked: 2, acked: 0 });
    await acknowledge([extended, again[0]?.ackId]);
    expect(await pubsub.stats('pulled')).toMatchObject({ unacked: 0, acked: 2 });
  },
  PATIENCE_MS,
);
