import type { Json } from '../harness.ts';
import { A, type Case, hello, INVALID, S, type Step, UNIMPLEMENTED, withSubscription, withTopic } from './case.ts';

function refusedSubscription(name: string, fields: Json, failure: Json, officialDiffers?: string): Case {
  const steps: Step[] = [withTopic, ['CreateSubscription', { name: S, topic: A, ...fields }, failure]];
  steps.push(['GetSubscription', { subscription: S }, { error: 'NOT_FOUND' }]);
  return { name, steps, ...(officialDiffers !== undefined && { officialDiffers }) };
}

export const subscriptions: Case[] = [
  {
    name: 'a subscription has defaults and is listed with its topic',
    steps: [
      withTopic,
      withSubscription,
      [
        'GetSubscription',
        { subscription: S },
        { name: S, topic: A, ackDeadlineSeconds: 10, messageRetentionDuration: '604800s' },
      ],
      ['ListSubscriptions', { project: 'P' }, { subscriptions: [{ name: S }] }],
      ['ListTopicSubscriptions', { topic: A }, { subscriptions: [S] }],
      ['CreateSubscription', { name: S, topic: A }, { error: 'ALREADY_EXISTS' }],
      ['DeleteSubscription', { subscription: S }, {}],
      ['DeleteSubscription', { subscription: S }, { error: 'NOT_FOUND', text: 'Resource not found (resource=sub-a).' }],
    ],
  },
  {
    name: 'a subscription needs a topic that exists',
    steps: [['CreateSubscription', { name: S, topic: A }, { error: 'NOT_FOUND' }]],
  },
  {
    name: 'a deleted topic leaves its name on its subscriptions',
    steps: [
      withTopic,
      withSubscription,
      ['Publish', { topic: A, messages: [hello] }, {}],
      ['DeleteTopic', { topic: A }, {}],
      ['GetSubscription', { subscription: S }, { topic: '_deleted-topic_' }],
      withTopic,
      ['GetSubscription', { subscription: S }, { topic: '_deleted-topic_' }],
      ['Pull', { subscription: S, maxMessages: 1 }, { receivedMessages: [{ message: hello }] }],
    ],
  },
  refusedSubscription('an ack deadline of 9 s is refused', { ackDeadlineSeconds: 9 }, INVALID, 'it takes 5 s'),
  refusedSubscription('an ack deadline of 601 s is refused', { ackDeadlineSeconds: 601 }, INVALID),
  refusedSubscription(
    'a dead letter topic must exist',
    { deadLetterPolicy: { deadLetterTopic: 'P/topics/nowhere', maxDeliveryAttempts: 5 } },
    { error: 'NOT_FOUND' },
  ),
  ...[4, 101].map((maxDeliveryAttempts) =>
    refusedSubscription(
      `${maxDeliveryAttempts} delivery attempts are refused`,
      { deadLetterPolicy: { deadLetterTopic: A, maxDeliveryAttempts } },
      INVALID,
      'it answers OUT_OF_RANGE',
    ),
  ),
  refusedSubscription('a backoff of 601 s is refused', { retryPolicy: { minimumBackoff: '601s' } }, INVALID, 'stored'),
  refusedSubscription(
    'a minimum backoff above the maximum is refused',
    { retryPolicy: { minimumBackoff: '20s', maximumBackoff: '10s' } },
    INVALID,
    'stored',
  ),
  refusedSubscription('an endpoint that is no URL is refused', { pushConfig: { pushEndpoint: 'nonsense' } }, INVALID),
  refusedSubscription('a filter that cannot be read is refused', { filter: 'nonsense' }, INVALID, 'never read'),
  refusedSubscription('a retention of 9 minutes is refused', { messageRetentionDuration: '540s' }, INVALID),
  refusedSubscription('cloudStorageConfig is refused', { cloudStorageConfig: { bucket: 'x' } }, UNIMPLEMENTED, 'inert'),
  ...[{ table: 'x' }, { useTopicSchema: true }, { table: 'p.d.t', useTopicSchema: true, useTableSchema: true }].map(
    (bigqueryConfig) =>
      refusedSubscription(
        `bigqueryConfig ${JSON.stringify(bigqueryConfig)} is refused`,
        { bigqueryConfig },
        INVALID,
        'inert',
      ),
  ),
  refusedSubscription(
    'a subscription is either pushed or written to BigQuery',
    { bigqueryConfig: { table: 'p.d.t' }, pushConfig: { pushEndpoint: 'https://example.com' } },
    INVALID,
    'inert',
  ),
  refusedSubscription('exactly-once is refused', { enableExactlyOnceDelivery: true }, UNIMPLEMENTED, 'implemented'),
  refusedSubscription('keeping acked messages is refused', { retainAckedMessages: true }, UNIMPLEMENTED, 'implemented'),
  {
    name: 'seek is refused',
    officialDiffers: 'implemented',
    steps: [withTopic, withSubscription, ['Seek', { subscription: S }, UNIMPLEMENTED]],
  },
  {
    name: 'a retry policy has defaults',
    officialDiffers: 'it leaves the policy as it was given',
    steps: [
      withTopic,
      [
        'CreateSubscription',
        { name: S, topic: A, retryPolicy: { minimumBackoff: '1s' } },
        { retryPolicy: { minimumBackoff: '1s', maximumBackoff: '600s' } },
      ],
    ],
  },
  {
    name: 'a subscription is updated by mask',
    officialDiffers: 'it does not know the mask path labels',
    steps: [
      withTopic,
      withSubscription,
      [
        'UpdateSubscription',
        {
          subscription: { name: S, ackDeadlineSeconds: 60, labels: { a: 'b' }, retryPolicy: { minimumBackoff: '5s' } },
          updateMask: 'ack_deadline_seconds,retryPolicy',
        },
        { ackDeadlineSeconds: 60, labels: undefined, retryPolicy: { minimumBackoff: '5s' } },
      ],
      [
        'UpdateSubscription',
        {
          subscription: { name: S, labels: { a: 'b' }, deadLetterPolicy: { deadLetterTopic: A } },
          updateMask: 'labels,deadLetterPolicy',
        },
        { labels: { a: 'b' }, deadLetterPolicy: { maxDeliveryAttempts: 5 } },
      ],
      [
        'UpdateSubscription',
        { subscription: { name: S }, updateMask: 'deadLetterPolicy,retryPolicy,ackDeadlineSeconds' },
        { deadLetterPolicy: undefined, retryPolicy: undefined, ackDeadlineSeconds: 10 },
      ],
      [
        'UpdateSubscription',
        { subscription: { name: S, ackDeadlineSeconds: 5 }, updateMask: 'ackDeadlineSeconds' },
        INVALID,
      ],
    ],
  },
  ...['topic', 'filter', 'nonsense', ''].map((updateMask) => ({
    name: `the update mask "${updateMask}" is refused`,
    steps: [
      withTopic,
      withSubscription,
      ['UpdateSubscription', { subscription: { name: S, topic: A }, updateMask }, INVALID],
    ] satisfies Step[],
  })),
  {
    name: 'a push subscription becomes a pulled one and back',
    officialDiffers: 'it lets a push subscription be pulled',
    steps: [
      withTopic,
      ['CreateSubscription', { name: S, topic: A, pushConfig: { pushEndpoint: 'http://127.0.0.1:9/' } }, {}],
      ['Pull', { subscription: S, maxMessages: 1 }, { error: 'FAILED_PRECONDITION' }],
      ['ModifyPushConfig', { subscription: S, pushConfig: {} }, {}],
      ['GetSubscription', { subscription: S }, { pushConfig: { pushEndpoint: undefined } }],
      ['ModifyPushConfig', { subscription: S, pushConfig: { pushEndpoint: 'nonsense' } }, INVALID],
      ['ModifyPushConfig', { subscription: S, pushConfig: { pushEndpoint: 'http://127.0.0.1:9/' } }, {}],
      ['GetSubscription', { subscription: S }, { pushConfig: { pushEndpoint: 'http://127.0.0.1:9/' } }],
    ],
  },
];
