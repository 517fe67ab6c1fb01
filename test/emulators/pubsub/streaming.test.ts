import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Message, v1 } from '@google-cloud/pubsub';
import { ack, listen, until } from './harness.ts';
import { pubSubOfFile } from './per-file.ts';

const { pubsub, topicWithSubscription, closeAfter } = pubSubOfFile();

describe('streaming', () => {
  test('brings messages with all their fields and takes acks', async () => {
    const { topic, subscription, id } = await topicWithSubscription();
    const messages = listen(subscription, ack);
    const messageId = await topic.publishMessage({ data: Buffer.from('x'), attributes: { a: 'b' } });
    await pubsub().idle(id);
    const [message] = messages;
    expect(message).toMatchObject({ id: messageId, attributes: { a: 'b' }, deliveryAttempt: 0 });
    expect(Math.abs(Date.now() - Number(message?.publishTime.getTime()))).toBeLessThan(60_000);
    expect(await pubsub().stats(id)).toEqual({
      unacked: 0,
      oldestUnackedSeconds: 0,
      delivered: 1,
      acked: 1,
      nacked: 0,
      deadLettered: 0,
    });
  });

  test('holds to the flow control that the client declares', async () => {
    const { topic, subscription, id } = await topicWithSubscription();
    subscription.setOptions({ flowControl: { maxMessages: 3 }, streamingOptions: { maxStreams: 1 } });
    const held: Message[] = [];
    let most = 0;
    listen(subscription, (message) => {
      held.push(message);
      most = Math.max(most, held.length);
    });
    await Promise.all(
      Array.from({ length: 9 }, async (_, n) => await topic.publishMessage({ data: Buffer.from(`${n}`) })),
    );
    for (let acked = 0; acked < 9; acked += 3) {
      await until('three messages', () => (held.length === 3 ? true : undefined));
      expect(await pubsub().stats(id)).toMatchObject({ delivered: acked + 3 });
      for (const message of held.splice(0)) message.ack();
    }
    await pubsub().idle(id);
    expect(most).toBe(3);
  });

  test('divides the work between two subscribers', async () => {
    const { topic, subscription, id } = await topicWithSubscription();
    const second = pubsub().client.subscription(id);
    closeAfter(second);
    const [one, two] = [listen(subscription, ack), listen(second, ack)];
    await until('both to have a share', async () => {
      await topic.publishMessage({ data: Buffer.from('x') });
      return one.length > 0 && two.length > 0 ? true : undefined;
    });
    await pubsub().idle(id);
  });

  test('ends when the subscription is deleted', async () => {
    const { subscription } = await topicWithSubscription();
    const error = new Promise<Error & { code: number }>((resolve) => {
      subscription.on('error', resolve);
    });
    listen(subscription, () => undefined);
    await pubsub().call('DELETE', `/v1/${subscription.name}`);
    expect(await error).toMatchObject({ code: 5, message: expect.stringContaining('Resource not found') as unknown });
  });

  test('of a subscription that is not there, or is pushed, is refused', async () => {
    const { topic } = await topicWithSubscription();
    await topic.createSubscription('pushed', { pushConfig: { pushEndpoint: 'http://127.0.0.1:9/' } });
    for (const [name, code] of [
      ['nowhere', 5],
      ['pushed', 9],
    ] as const) {
      const subscription = pubsub().client.subscription(name);
      closeAfter(subscription);
      const error = new Promise((resolve) => {
        subscription.on('error', resolve);
      });
      listen(subscription, () => undefined);
      expect(await error).toMatchObject({ code });
    }
  });
});

describe('a raw stream', () => {
  interface Answer {
    readonly receivedMessages: readonly { readonly ackId: string }[];
  }
  let subscriber: v1.SubscriberClient;
  beforeEach(async () => {
    const { grpc } = await import('google-gax');
    const [servicePath = '', port] = (pubsub().emulator.env['PUBSUB_EMULATOR_HOST'] ?? '').split(':');
    subscriber = new v1.SubscriberClient({
      servicePath,
      port: Number(port),
      sslCreds: grpc.credentials.createInsecure(),
      projectId: 'demo',
    });
  });
  afterEach(async () => {
    await subscriber.close();
  });

  test('answers an empty request, which is how the client sees that it is alive', async () => {
    const { subscription } = await topicWithSubscription();
    const stream = subscriber.streamingPull();
    stream.write({ subscription: subscription.name, streamAckDeadlineSeconds: 10 });
    stream.write({});
    const [answer] = (await once(stream, 'data')) as [Answer];
    expect(answer.receivedMessages).toEqual([]);
    stream.end();
    await once(stream, 'end');
  });

  test('takes acks and nacks', async () => {
    const { topic, subscription, id } = await topicWithSubscription();
    await topic.publishMessage({ data: Buffer.from('x') });
    const stream = subscriber.streamingPull();
    const ackIds: string[] = [];
    stream.on('data', ({ receivedMessages }: Answer) => {
      for (const { ackId } of receivedMessages) {
        ackIds.push(ackId);
        if (ackIds.length === 1) stream.write({ modifyDeadlineAckIds: [ackId], modifyDeadlineSeconds: [0] });
        else stream.write({ ackIds: [ackId] });
      }
    });
    stream.write({ subscription: subscription.name, streamAckDeadlineSeconds: 10 });
    await pubsub().idle(id);
    expect(await pubsub().stats(id)).toMatchObject({ delivered: 2, nacked: 1, acked: 1 });
    stream.end();
    await once(stream, 'end');
  });

  test.each([0, 9, 601])('with an ack deadline of %i seconds is refused', async (streamAckDeadlineSeconds) => {
    const { subscription } = await topicWithSubscription();
    const stream = subscriber.streamingPull();
    const error = once(stream, 'error');
    stream.resume().write({ subscription: subscription.name, streamAckDeadlineSeconds });
    expect(await error).toMatchObject([{ code: 3 }]);
  });
});
