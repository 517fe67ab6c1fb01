import { A, type Case, hello, INVALID, S, withSubscription, withTopic } from './case.ts';

export const messages: Case[] = [
  {
    name: 'a published message is pulled and acknowledged',
    steps: [
      withTopic,
      withSubscription,
      ['Publish', { topic: A, messages: [{ ...hello, attributes: { k: 'v' }, orderingKey: 'o' }] }, {}],
      [
        'Pull',
        { subscription: S, maxMessages: 10 },
        { receivedMessages: [{ message: { ...hello, attributes: { k: 'v' }, orderingKey: 'o' } }] },
      ],
      ['Acknowledge', { subscription: S, ackIds: '$ackIds' }, {}],
      ['Acknowledge', { subscription: S, ackIds: '$ackIds' }, {}],
      ['Pull', { subscription: S, maxMessages: 10, returnImmediately: true }, { receivedMessages: undefined }],
    ],
  },
  {
    name: 'a nacked message comes again',
    steps: [
      withTopic,
      withSubscription,
      ['Publish', { topic: A, messages: [hello] }, {}],
      ['Pull', { subscription: S, maxMessages: 10 }, { receivedMessages: [{ message: hello }] }],
      ['ModifyAckDeadline', { subscription: S, ackIds: '$ackIds', ackDeadlineSeconds: 0 }, {}],
      ['Pull', { subscription: S, maxMessages: 10 }, { receivedMessages: [{ message: hello }] }],
    ],
  },
  {
    name: 'a message without data but with attributes is a message',
    steps: [
      withTopic,
      withSubscription,
      ['Publish', { topic: A, messages: [{ attributes: { k: 'v' } }] }, {}],
      [
        'Pull',
        { subscription: S, maxMessages: 1 },
        { receivedMessages: [{ message: { attributes: { k: 'v' }, data: undefined } }] },
      ],
    ],
  },
  {
    name: 'every subscription has a copy, from its creation on',
    steps: [
      withTopic,
      ['Publish', { topic: A, messages: [{ data: 'b2xk' }] }, {}],
      withSubscription,
      ['CreateSubscription', { name: 'P/subscriptions/sub-b', topic: A }, {}],
      ['Publish', { topic: A, messages: [hello] }, {}],
      ['Pull', { subscription: S, maxMessages: 10 }, { receivedMessages: [{ message: hello }] }],
      ['Pull', { subscription: 'P/subscriptions/sub-b', maxMessages: 10 }, { receivedMessages: [{ message: hello }] }],
    ],
  },
  {
    name: 'publishing is checked',
    steps: [
      withTopic,
      ['Publish', { topic: A, messages: [] }, INVALID],
      ['Publish', { topic: A, messages: [hello, {}] }, INVALID],
      ['Publish', { topic: A, messages: [{ orderingKey: 'only' }] }, INVALID],
      ['Publish', { topic: 'P/topics/nowhere', messages: [hello] }, { error: 'NOT_FOUND' }],
    ],
  },
  {
    name: 'limits of a message are checked',
    officialDiffers: 'it takes any attribute and any ordering key',
    steps: [
      withTopic,
      ['Publish', { topic: A, messages: [{ attributes: { googx: '1' } }] }, INVALID],
      ['Publish', { topic: A, messages: [{ attributes: { ['k'.repeat(257)]: '1' } }] }, INVALID],
      ['Publish', { topic: A, messages: [{ attributes: { k: 'v'.repeat(1025) } }] }, INVALID],
      ['Publish', { topic: A, messages: [{ attributes: { k: 'v'.repeat(1024) } }] }, {}],
      ['Publish', { topic: A, messages: [{ ...hello, orderingKey: 'k'.repeat(1025) }] }, INVALID],
      ['Publish', { topic: A, messages: Array.from({ length: 1001 }, () => hello) }, INVALID],
      ['Publish', { topic: A, messages: Array.from({ length: 1000 }, () => hello) }, {}],
    ],
  },
  {
    name: 'pulling and acknowledging are checked',
    steps: [
      withTopic,
      withSubscription,
      ['Pull', { subscription: S, maxMessages: 0 }, INVALID],
      ['Pull', { subscription: 'P/subscriptions/nowhere', maxMessages: 1 }, { error: 'NOT_FOUND' }],
      ['Acknowledge', { subscription: S, ackIds: ['nonsense'] }, INVALID],
      ['Acknowledge', { subscription: S, ackIds: [] }, INVALID],
      ['Acknowledge', { subscription: 'P/subscriptions/nowhere', ackIds: ['x'] }, { error: 'NOT_FOUND' }],
      ['ModifyAckDeadline', { subscription: S, ackIds: ['nonsense'], ackDeadlineSeconds: 10 }, INVALID],
    ],
  },
  {
    name: 'a deadline is moved by 0 to 600 seconds',
    officialDiffers: 'it takes 601 s',
    steps: [
      withTopic,
      withSubscription,
      ['Publish', { topic: A, messages: [hello] }, {}],
      ['Pull', { subscription: S, maxMessages: 1 }, {}],
      ['ModifyAckDeadline', { subscription: S, ackIds: '$ackIds', ackDeadlineSeconds: 601 }, INVALID],
      ['ModifyAckDeadline', { subscription: S, ackIds: '$ackIds', ackDeadlineSeconds: -1 }, INVALID],
    ],
  },
  {
    name: 'a filter keeps other messages away',
    officialDiffers: 'it stores a filter and never applies it',
    steps: [
      withTopic,
      [
        'CreateSubscription',
        { name: S, topic: A, filter: 'attributes.kind = "b"' },
        { filter: 'attributes.kind = "b"' },
      ],
      ['Publish', { topic: A, messages: [{ attributes: { kind: 'a' } }, { attributes: { kind: 'b' } }] }, {}],
      [
        'Pull',
        { subscription: S, maxMessages: 10 },
        { receivedMessages: [{ message: { attributes: { kind: 'b' } } }] },
      ],
    ],
  },
];
