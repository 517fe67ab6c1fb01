import { describe, expect, test } from '@jest/globals';
import { type PubSubEvent, readDelivery } from '../../../../functions/runtime/delivery.ts';
import { TerminalError } from '../../../../functions/runtime/errors.ts';

const data = Buffer.from('{"a":"é"}').toString('base64');
const message = { data, attributes: { k: 'v' }, messageId: '17', publishTime: '2026-11-20T09:27:46.123Z' };
const read = {
  messageId: '17',
  publishTime: new Date('2026-11-20T09:27:46.123Z'),
  data: Buffer.from('{"a":"é"}'),
  attributes: { k: 'v' },
};

describe('a delivery is read from', () => {
  test('a push that the functions framework converted', () => {
    const event = {
      id: '17',
      time: '2026-11-20T09:27:46.123Z',
      specversion: '1.0',
      type: 'google.cloud.pubsub.topic.v1.messagePublished',
      source: '//pubsub.googleapis.com/projects/demo/topics/topic-1',
      data: { message: { '@type': 'type.googleapis.com/google.pubsub.v1.PubsubMessage', ...message } },
    };
    expect(readDelivery(event)).toEqual(read);
  });

  test('a push with attributes alone, which arrives unconverted', () => {
    const push = { subscription: 'projects/demo/subscriptions/s', message: { ...message, data: undefined } };
    expect(readDelivery(push as PubSubEvent)).toEqual({ ...read, data: Buffer.alloc(0) });
  });

  test('an event of Eventarc, which has more', () => {
    const data = {
      subscription: 'projects/demo/subscriptions/s',
      deliveryAttempt: 3,
      message: { ...message, orderingKey: 'k' },
    };
    expect(readDelivery({ id: 'x', time: '2026-01-01T00:00:00Z', data })).toEqual(read);
  });

  test('an event whose message lacks id and time, from the event itself', () => {
    expect(readDelivery({ id: '17', time: message.publishTime, data: { message: { data } } })).toEqual({
      ...read,
      attributes: {},
    });
  });
});

describe('what is no Pub/Sub push is refused for good', () => {
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'hello'],
    ['a number', 5],
    ['a list', []],
    ['an empty event', {}],
    ['an event without data', { id: '1', time: '2026-11-20T00:00:00Z' }],
    ['null for data', { id: '1', time: '2026-11-20T00:00:00Z', data: null }],
    ['an event of another service', { id: '1', time: '2026-11-20T00:00:00Z', data: { bucket: 'b' } }],
    ['a message without an id', { data: { message: { data, publishTime: message.publishTime } } }],
    ['an id that is no text', { data: { message: { ...message, messageId: {} } } }],
    ['a message without a time', { data: { message: { data, messageId: '1' } } }],
    ['a time that is none', { data: { message: { ...message, publishTime: 'yesterday' } } }],
  ])('%s', (_, event) => {
    const readIt = (): unknown => readDelivery(event as PubSubEvent);
    expect(readIt).toThrow(TerminalError);
    expect(readIt).toThrow('not a Pub/Sub push');
  });

  test('data that is no text is no data, and the message is judged by that', () => {
    expect(readDelivery({ data: { message: { ...message, data: 5 as unknown as string } } }).data).toHaveLength(0);
  });
});
