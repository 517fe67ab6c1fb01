import { describe, expect, test } from '@jest/globals';
import { Clock } from '../../../emulators/kit/clock.ts';
import { ack, listen, startPubSub, texts, until } from './harness.ts';
import { pubSubOfFile } from './per-file.ts';

const { pubsub, topicWithSubscription, closeAfter } = pubSubOfFile();

describe('redelivery', () => {
  test('follows a nack', async () => {
    const { topic, subscription, id } = await topicWithSubscription();
    const messages = listen(subscription, (message, n) => {
      if (n < 3) message.nack();
      else message.ack();
    });
    const messageId = await topic.publishMessage({ data: Buffer.from('x') });
    await pubsub().idle(id);
    expect(messages.map((message) => message.id)).toEqual([messageId, messageId, messageId]);
    expect(await pubsub().stats(id)).toMatchObject({ delivered: 3, nacked: 2, acked: 1 });
  });

  test('waits ever longer under a retry policy, up to its maximum', async () => {
    const { topic, subscription, id } = await topicWithSubscription({
      retryPolicy: { minimumBackoff: { seconds: 10 }, maximumBackoff: { seconds: 40 } },
    });
    const times: number[] = [];
    listen(subscription, (message, n) => {
      times.push(Date.now());
      if (n < 6) message.nack();
      else message.ack();
    });
    await topic.publishMessage({ data: Buffer.from('x') });
    await pubsub().idle(id);
    // A hundred times quicker: 100, 200, 400, 400, 400 ms. Only "not sooner" is certain on a busy machine.
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    const least = [100, 200, 400, 400, 400];
    expect(gaps.map((gap, index) => gap >= (least[index] ?? 0) - 5)).toEqual([true, true, true, true, true]);
    expect(gaps[3]).toBeLessThan(800);
  });
});

describe('dead letters', () => {
  test('are forwarded after exactly the declared attempts', async () => {
    const [deadTopic] = await pubsub().client.createTopic('dead-letters');
    const [dead] = await deadTopic.createSubscription('dead-sub');
    closeAfter(dead);
    const { topic, subscription, id } = await topicWithSubscription({
      deadLetterPolicy: { deadLetterTopic: deadTopic.name, maxDeliveryAttempts: 6 },
    });
    const attempts = listen(subscription, (message) => {
      message.nack();
    });
    const forwarded = listen(dead, ack);
    const before = Date.now();
    const messageId = await topic.publishMessage({ data: Buffer.from('x'), attributes: { own: '1' } });
    const [letter] = await until('the dead letter', () => (forwarded.length > 0 ? forwarded : undefined));
    expect(attempts.map(({ deliveryAttempt }) => deliveryAttempt)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(letter?.data.toString()).toBe('x');
    expect(letter?.id).not.toBe(messageId);
    const { CloudPubSubDeadLetterSourceTopicPublishTime: published, ...attributes } = letter?.attributes ?? {};
    expect(attributes).toEqual({
      own: '1',
      CloudPubSubDeadLetterSourceDeliveryCount: '6',
      CloudPubSubDeadLetterSourceSubscription: id,
      CloudPubSubDeadLetterSourceSubscriptionProject: 'demo',
    });
    expect(Date.parse(published ?? '')).toBeGreaterThanOrEqual(before);
    expect(await pubsub().stats(id)).toMatchObject({ unacked: 0, deadLettered: 1, nacked: 6 });
  });

  test('stay where they are when the dead letter topic is gone', async () => {
    const [deadTopic] = await pubsub().client.createTopic('dead-letters');
    const { topic, subscription, id } = await topicWithSubscription({
      deadLetterPolicy: { deadLetterTopic: deadTopic.name, maxDeliveryAttempts: 5 },
    });
    await deadTopic.delete();
    const messages = listen(subscription, (message, n) => {
      if (n < 7) message.nack();
      else message.ack();
    });
    await topic.publishMessage({ data: Buffer.from('x') });
    await pubsub().idle(id);
    expect(messages).toHaveLength(7);
    expect(await pubsub().stats(id)).toMatchObject({ deadLettered: 0, acked: 1 });
  });
});

describe('ordering', () => {
  test('keeps the messages of a key in order, across nacks', async () => {
    const { topic, subscription, id } = await topicWithSubscription({ enableMessageOrdering: true });
    topic.setPublishOptions({ messageOrdering: true });
    const nacked = new Set<string>();
    const messages = listen(subscription, (message) => {
      const text = message.data.toString();
      if (Number(text) % 4 === 0 && !nacked.has(text)) {
        nacked.add(text);
        message.nack();
      } else message.ack();
    });
    await Promise.all(
      Array.from(
        { length: 20 },
        async (_, n) => await topic.publishMessage({ data: Buffer.from(`${n}`), orderingKey: 'k' }),
      ),
    );
    await pubsub().idle(id);
    const expected = Array.from({ length: 20 }, (_, n) => (n % 4 === 0 ? [`${n}`, `${n}`] : [`${n}`])).flat();
    expect(texts(messages)).toEqual(expected);
  });

  test('a key that waits for its retry holds up no other key and no message without one', async () => {
    const { topic, subscription, id } = await topicWithSubscription({
      enableMessageOrdering: true,
      retryPolicy: { minimumBackoff: { seconds: 60 }, maximumBackoff: { seconds: 60 } },
    });
    const messages = listen(subscription, (message, n) => {
      if (n === 1) message.nack();
      else message.ack();
    });
    for (const [data, orderingKey] of [
      ['a1', 'a'],
      ['a2', 'a'],
      ['b1', 'b'],
      ['none', ''],
    ] as const) {
      await topic.publishMessage({ data: Buffer.from(data), orderingKey });
    }
    await pubsub().idle(id);
    const all = texts(messages);
    expect(all.filter((text) => text.startsWith('a'))).toEqual(['a1', 'a1', 'a2']);
    expect(all.slice(-2)).toEqual(['a1', 'a2']);
    expect(all).toContain('b1');
    expect(all).toContain('none');
  });
});

test('the duplicates fault delivers every message twice, each with an ack of its own', async () => {
  const { topic, subscription, id } = await topicWithSubscription();
  expect((await pubsub().call('PUT', '/emulator/v1/faults', { duplicateDeliveries: true })).status).toBe(200);
  const messages = listen(subscription, (message, n) => {
    if (n === 1) message.ack();
  });
  const messageId = await topic.publishMessage({ data: Buffer.from('x') });
  await until('both', () => (messages.length === 2 ? true : undefined));
  expect(messages.map((message) => message.id)).toEqual([messageId, messageId]);
  await until('one ack', async () => ((await pubsub().stats(id)).acked === 1 ? true : undefined));
  expect(await pubsub().stats(id)).toMatchObject({ unacked: 1 });
  messages[1]?.ack();
  await pubsub().idle(id);
});

test('a duplicate is delivered even where the first was acknowledged long before it could be taken', async () => {
  const { topic, subscription, id } = await topicWithSubscription({ enableMessageOrdering: true });
  await pubsub().call('PUT', '/emulator/v1/faults', { duplicateDeliveries: true });
  const messages = listen(subscription, ack);
  for (const data of ['1', '2']) await topic.publishMessage({ data: Buffer.from(data), orderingKey: 'k' });
  await pubsub().idle(id);
  expect(texts(messages)).toEqual(['1', '1', '2', '2']);
});

test('the publish time is that of the clock, deadlines are not', async () => {
  const clock = new Clock({ realOrigin: Date.now(), virtualOrigin: Date.UTC(2031, 0, 1), rate: 1000 });
  const other = await startPubSub({ clock });
  try {
    const [topic] = await other.client.createTopic('topic-a');
    const [subscription] = await topic.createSubscription('sub-a');
    await topic.publishMessage({ data: Buffer.from('x') });
    const messages = listen(subscription, ack);
    const [message] = await until('the message', () => (messages.length > 0 ? messages : undefined));
    expect(message?.publishTime.toISOString()).toMatch(/^203[1-9]-/);
    await subscription.close();
  } finally {
    await other.stop();
  }
});
