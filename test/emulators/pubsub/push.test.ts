import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Subscription, Topic } from '@google-cloud/pubsub';
import { PUSH_WINDOW_MESSAGES } from '../../../emulators/pubsub/limits.ts';
import { dataOf, type Endpoint, startEndpoint } from './endpoint.ts';
import { ack, type Json, listen, QUICK, type RunningPubSub, startPubSub, until } from './harness.ts';

let pubsub: RunningPubSub;
let endpoint: Endpoint | undefined;
let made = 0;

beforeAll(async () => {
  pubsub = await startPubSub({ env: QUICK });
});
afterAll(async () => {
  await pubsub.stop();
});
afterEach(async () => {
  await pubsub.call('POST', '/emulator/v1/reset');
  await endpoint?.stop();
});

interface PushOptions {
  readonly pushConfig?: object;
  readonly deadLetter?: boolean;
  readonly enableMessageOrdering?: boolean;
}

/** A new topic with a push subscription to `answer`; retries come after 100 ms. */
async function pushTo(
  answer: Parameters<typeof startEndpoint>[0],
  { pushConfig, deadLetter = false, ...options }: PushOptions = {},
): Promise<{ topic: Topic; subscription: Subscription; endpoint: Endpoint }> {
  endpoint = await startEndpoint(answer);
  made += 1;
  const [topic] = await pubsub.client.createTopic(`topic-${made}`);
  const [subscription] = await topic.createSubscription(`sub-${made}`, {
    ...options,
    pushConfig: { pushEndpoint: endpoint.url, ...pushConfig },
    retryPolicy: { minimumBackoff: { seconds: 10 }, maximumBackoff: { seconds: 10 } },
    ...(deadLetter && { deadLetterPolicy: { deadLetterTopic: topic.name, maxDeliveryAttempts: 5 } }),
  });
  return { topic, subscription, endpoint };
}

async function idle(): Promise<void> {
  await pubsub.idle(`sub-${made}`);
}

describe('the request', () => {
  test('is what Google sends', async () => {
    const { topic, subscription, endpoint } = await pushTo(() => 204);
    const messageId = await topic.publishMessage({ data: Buffer.from('héllo'), attributes: { a: '1' } });
    await idle();
    const [request] = endpoint.received;
    expect(request?.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)',
    });
    expect(request?.headers).not.toHaveProperty('authorization');
    const body = JSON.parse(request?.body ?? '') as { message: Json };
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as unknown;
    expect(body).toEqual({
      message: {
        data: Buffer.from('héllo').toString('base64'),
        attributes: { a: '1' },
        messageId,
        message_id: messageId,
        publishTime: time,
        publish_time: time,
      },
      subscription: subscription.name,
    });
    expect(body.message['publishTime']).toBe(body.message['publish_time']);
  });

  test('carries the delivery attempt when there is a dead letter policy, and the ordering key', async () => {
    const { topic, endpoint } = await pushTo((_, n) => (n < 3 ? 500 : 200), {
      deadLetter: true,
      enableMessageOrdering: true,
    });
    await topic.publishMessage({ data: Buffer.from('x'), orderingKey: 'k' });
    await idle();
    const bodies = endpoint.received.map(({ body }) => JSON.parse(body) as Json);
    expect(bodies.map(({ deliveryAttempt }) => deliveryAttempt)).toEqual([1, 2, 3]);
    expect(bodies[0]).toMatchObject({ message: { orderingKey: 'k' } });
  });

  test('carries a token when one is configured', async () => {
    const { topic, endpoint } = await pushTo(() => 200, {
      pushConfig: { oidcToken: { serviceAccountEmail: 'push@demo.iam.gserviceaccount.com' } },
    });
    await topic.publishMessage({ data: Buffer.from('x') });
    await idle();
    const [scheme, token = ''] = endpoint.received[0]?.headers.authorization?.split(' ') ?? [];
    expect(scheme).toBe('Bearer');
    const [header, claims, signature] = token.split('.');
    expect(signature).toMatch(/^[\w-]+$/);
    expect(decode(header)).toMatchObject({ alg: 'RS256', typ: 'JWT' });
    const { iat, exp, ...rest } = decode(claims);
    expect(rest).toEqual({
      iss: 'https://accounts.google.com',
      aud: endpoint.url,
      azp: 'push@demo.iam.gserviceaccount.com',
      email: 'push@demo.iam.gserviceaccount.com',
      email_verified: true,
      sub: 'push@demo.iam.gserviceaccount.com',
    });
    expect(Number(exp) - Number(iat)).toBe(3600);
  });

  test('is the bare data without a wrapper, with metadata in headers when asked for', async () => {
    const { topic, subscription, endpoint } = await pushTo(() => 200, {
      pushConfig: { noWrapper: { writeMetadata: true } },
    });
    const messageId = await topic.publishMessage({
      data: Buffer.from('bare'),
      attributes: { 'content-type': 'text/csv', 'not a header': 'x', bad: 'line\nbreak' },
    });
    await idle();
    const [request] = endpoint.received;
    expect(request?.body).toBe('bare');
    expect(request?.headers).toMatchObject({
      'x-goog-pubsub-message-id': messageId,
      'x-goog-pubsub-subscription-name': subscription.name,
      'content-type': 'text/csv',
    });
    expect(request?.headers).not.toHaveProperty('bad');
  });
});

function decode(part = ''): Json {
  return JSON.parse(Buffer.from(part, 'base64url').toString()) as Json;
}

describe('the answer', () => {
  test.each([102, 200, 201, 202, 204])('%i acknowledges', async (status) => {
    const { topic, endpoint } = await pushTo(() => status);
    await topic.publishMessage({ data: Buffer.from('x') });
    await idle();
    expect(endpoint.received).toHaveLength(1);
  });

  test.each([203, 302, 400, 404, 429, 500, 503])('%i is a nack', async (status) => {
    const { topic, endpoint } = await pushTo((_, n) => (n === 1 ? status : 200));
    await topic.publishMessage({ data: Buffer.from('x') });
    await idle();
    expect(endpoint.received).toHaveLength(2);
    expect(await pubsub.stats(`sub-${made}`)).toMatchObject({ delivered: 2, nacked: 1, acked: 1 });
  });

  test('of nobody is a nack, until somebody listens', async () => {
    const { topic, subscription, endpoint: gone } = await pushTo(() => 200);
    await gone.stop();
    await topic.publishMessage({ data: Buffer.from('x') });
    await until('a nack', async () => ((await pubsub.stats(`sub-${made}`)).nacked > 0 ? true : undefined));
    endpoint = await startEndpoint(() => 200);
    await subscription.modifyPushConfig({ pushEndpoint: endpoint.url });
    await idle();
    expect(endpoint.received).toHaveLength(1);
  });
});

describe('many messages', () => {
  test('are pushed side by side, up to the window, over connections that are kept', async () => {
    let open = 0;
    let most = 0;
    const held: (() => void)[] = [];
    const total = PUSH_WINDOW_MESSAGES * 3;
    const { topic, endpoint } = await pushTo(async () => {
      most = Math.max(most, (open += 1));
      await new Promise<void>((resolve) => held.push(resolve));
      open -= 1;
      return 200;
    });
    await Promise.all(
      Array.from({ length: total }, async (_, n) => await topic.publishMessage({ data: Buffer.from(`${n}`) })),
    );
    for (let released = 0; released < total; released += PUSH_WINDOW_MESSAGES) {
      await until('a full window', () => (held.length === PUSH_WINDOW_MESSAGES ? true : undefined));
      for (const release of held.splice(0)) release();
    }
    await idle();
    expect(most).toBe(PUSH_WINDOW_MESSAGES);
    expect(new Set(endpoint.received.map(dataOf)).size).toBe(total);
    expect(endpoint.connections()).toBe(PUSH_WINDOW_MESSAGES);
  });

  test('of one ordering key are pushed one at a time, in order, and a failing one holds back its key alone', async () => {
    const { topic, endpoint } = await pushTo(
      (request) =>
        dataOf(request) === 'a2' && endpoint.received.filter((each) => dataOf(each) === 'a2').length < 3 ? 500 : 200,
      { enableMessageOrdering: true },
    );
    for (const data of ['a1', 'b1', 'a2', 'b2', 'a3', 'b3']) {
      await topic.publishMessage({ data: Buffer.from(data), orderingKey: data.charAt(0) });
    }
    await idle();
    const data = endpoint.received.map(dataOf);
    expect(data.filter((each) => each.startsWith('a'))).toEqual(['a1', 'a2', 'a2', 'a2', 'a3']);
    expect(data.filter((each) => each.startsWith('b'))).toEqual(['b1', 'b2', 'b3']);
    expect(data.indexOf('b3')).toBeLessThan(data.indexOf('a3'));
  });
});

test('a subscription that is no longer pushed keeps its messages for a pull', async () => {
  const { topic, subscription, endpoint } = await pushTo(() => 500);
  await topic.publishMessage({ data: Buffer.from('x') });
  await until('a push', () => endpoint.received[0]);
  await subscription.modifyPushConfig({});
  const messages = listen(subscription, ack);
  await idle();
  expect(messages.map(({ data }) => data.toString())).toEqual(['x']);
  await subscription.close();
});
