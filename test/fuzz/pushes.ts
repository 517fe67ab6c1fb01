import fc from 'fast-check';
import { mutated, mutatedText } from './mutations.ts';
import { awkwardJson, awkwardText } from './values.ts';

const work = { v: 1, runId: 'nowhere-20261120T081500Z', table: 'rent' };
/** One of each kind. They name what is not there, so that nothing of them can be done. */
export const MESSAGES = [
  { v: 1, kind: 'tick', pipeline: 'nowhere' },
  { v: 1, kind: 'tick', pipeline: 'library', tables: ['nowhere'] },
  { v: 1, kind: 'tick', pipeline: 'nowhere', manual: { id: 'm1', at: '2026-11-20T08:15:00.000Z' }, tables: ['rent'] },
  ...['extract', 'load', 'audit', 'merge'].map((kind) => ({ ...work, kind })),
  { ...work, kind: 'encode', slice: 0 },
];

const PIECES = ['"', '\0', '\\u0000', '\\ud800', '1e400', '{', '}', '[', ',', 'null', '"v": 2,', '"__proto__": {},'];
const json = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom<unknown>(...MESSAGES) },
  { weight: 4, arbitrary: fc.constantFrom(...MESSAGES).chain((message) => mutated(message)) },
  { weight: 1, arbitrary: awkwardJson },
);
const bytes = fc.oneof(
  { weight: 6, arbitrary: json.map((value) => Buffer.from(JSON.stringify(value))) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(...MESSAGES)
      .chain((one) => mutatedText(JSON.stringify(one), PIECES))
      .map((text) => Buffer.from(text)),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array)) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('['.repeat(100_000), `"${'x'.repeat(1_000_000)}"`, '\ufeff{}')
      .map((text) => Buffer.from(text)),
  },
);

/** Pub/Sub lets an attribute be any text that is not too long: https://cloud.google.com/pubsub/quotas#resource_limits */
const plain = fc
  .oneof(awkwardText, fc.constantFrom('2026-11-20T08:15:00Z', 'soon', '-1'))
  .map((text) => text.slice(0, 200).toWellFormed());
const attributeName = fc.oneof(
  fc.constantFrom('alirStage', 'alirMessageId', 'alirCode', 'alirReason', 'alirPublishTime', 'origin'),
  fc
    .constantFrom('SourceSubscription', 'SourceDeliveryCount', 'SourceDeliveryErrorMessage', 'SourceTopicPublishTime')
    .map((name) => `CloudPubSubDeadLetter${name}`),
  plain.filter((name) => name !== '' && name.length < 60),
);
const attributes = fc.dictionary(attributeName, plain, { maxKeys: 4 });

export interface Push {
  readonly message: {
    readonly data?: string;
    readonly attributes?: object;
    messageId: string;
    readonly publishTime: string;
  };
  readonly subscription: string;
  readonly deliveryAttempt?: number;
}

/** What Pub/Sub may well send: only what people put into it is awkward. The caller numbers it. */
export const pushes: fc.Arbitrary<Push> = fc.record({
  message: fc.record(
    {
      data: bytes.map((data) => data.toString('base64')),
      attributes,
      messageId: fc.constant(''),
      publishTime: fc.constantFrom('2026-11-20T08:15:01Z', '2026-11-20T08:15:01.123456Z', '1970-01-01T00:00:00Z'),
    },
    { requiredKeys: ['messageId', 'publishTime'] },
  ),
  subscription: fc.constant('projects/alir-local/subscriptions/alir-local-extract'),
  deliveryAttempt: fc.constantFrom(1, 5, 1000),
});

export interface Request {
  readonly body: string | Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

const type = fc.constantFrom(
  'application/json',
  'application/json',
  'text/plain',
  'application/cloudevents+json',
  'application/octet-stream',
  'application/json; charset=utf-16',
  'x',
);
const sample: Push = {
  message: { data: 'e30=', attributes: { origin: 'x' }, messageId: '1', publishTime: '2026-11-20T08:15:01Z' },
  subscription: 'projects/p/subscriptions/s',
};
const events = fc.constantFrom<Readonly<Record<string, string>>>(
  {},
  {},
  {
    'ce-id': '1',
    'ce-source': '//x',
    'ce-specversion': '1.0',
    'ce-type': 'google.cloud.pubsub.topic.v1.messagePublished',
  },
  { 'ce-id': '1', 'ce-source': '', 'ce-specversion': '9', 'ce-type': 'x' },
  { 'content-encoding': 'gzip' },
  { 'content-encoding': 'x' },
);

/** What anybody may send who can reach the function: mostly no push at all. */
export const requests: fc.Arbitrary<Request> = fc.record({
  body: fc.oneof(
    mutated(sample).map((envelope) => JSON.stringify(envelope)),
    mutatedText(JSON.stringify(sample), PIECES),
    awkwardJson.map((value) => JSON.stringify(value)),
    bytes,
  ),
  headers: fc.tuple(type, events).map(([contentType, more]) => ({ 'content-type': contentType, ...more })),
});
