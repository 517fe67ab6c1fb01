import { CONTROL, sample, type Target } from './sample.ts';

const topic = 'v1/projects/demo/topics/fuzz';
const subscription = 'v1/projects/demo/subscriptions/fuzz';
const schemas = 'v1/projects/demo/schemas';
const avro = JSON.stringify({
  type: 'record',
  name: 'r',
  fields: [{ name: 'x', type: ['null', 'long'], default: null }],
});
export const pubsub: Target = {
  name: 'pubsub',
  variable: 'PUBSUB_EMULATOR_HOST',
  setup: [
    sample('PUT', topic, { body: {} }),
    sample('PUT', subscription, { body: { topic: 'projects/demo/topics/fuzz' } }),
  ],
  samples: [
    ...CONTROL,
    sample('GET', 'emulator/v1/stats'),
    sample('PUT', 'emulator/v1/faults', { body: { duplicateDeliveries: false } }),
    sample('POST', topic, {
      verb: ':publish',
      body: { messages: [{ data: 'eA==', attributes: { a: 'b' }, orderingKey: 'k' }] },
    }),
    sample('PUT', 'v1/projects/demo/topics/more', {
      body: {
        labels: { a: 'b' },
        messageRetentionDuration: '600s',
        schemaSettings: { schema: 'projects/demo/schemas/s', encoding: 'JSON' },
      },
    }),
    sample('GET', 'v1/projects/demo/topics', { query: { pageSize: '1', pageToken: 'x' } }),
    sample('GET', topic),
    sample('PATCH', topic, { body: { topic: { labels: { a: 'b' } }, updateMask: 'labels,messageRetentionDuration' } }),
    sample('DELETE', 'v1/projects/demo/topics/more'),
    sample('GET', `${topic}/subscriptions`),
    sample('PUT', 'v1/projects/demo/subscriptions/more', {
      body: {
        topic: 'projects/demo/topics/fuzz',
        ackDeadlineSeconds: 10,
        filter: 'attributes.a = "b" AND NOT hasPrefix(attributes.c, "d")',
        enableMessageOrdering: true,
        messageRetentionDuration: '600s',
        expirationPolicy: { ttl: '86400s' },
        retryPolicy: { minimumBackoff: '1s', maximumBackoff: '10s' },
        deadLetterPolicy: { deadLetterTopic: 'projects/demo/topics/fuzz', maxDeliveryAttempts: 5 },
        pushConfig: {
          pushEndpoint: 'http://127.0.0.1:9/x',
          oidcToken: { serviceAccountEmail: 'a@b.c', audience: 'x' },
        },
      },
    }),
    sample('PUT', 'v1/projects/demo/subscriptions/table', {
      body: {
        topic: 'projects/demo/topics/fuzz',
        bigqueryConfig: { table: 'demo.fuzz.t', useTopicSchema: true, writeMetadata: true, dropUnknownFields: true },
      },
    }),
    sample('GET', 'v1/projects/demo/subscriptions'),
    sample('GET', subscription),
    sample('PATCH', subscription, {
      body: { subscription: { ackDeadlineSeconds: 20 }, updateMask: 'ack_deadline_seconds' },
    }),
    sample('DELETE', 'v1/projects/demo/subscriptions/more'),
    sample('POST', subscription, { verb: ':pull', body: { maxMessages: 1, returnImmediately: true } }),
    sample('POST', subscription, { verb: ':acknowledge', body: { ackIds: ['x'] } }),
    sample('POST', subscription, { verb: ':modifyAckDeadline', body: { ackIds: ['x'], ackDeadlineSeconds: 10 } }),
    sample('POST', subscription, { verb: ':modifyPushConfig', body: { pushConfig: {} } }),
    sample('POST', schemas, { query: { schemaId: 's' }, body: { type: 'AVRO', definition: avro } }),
    sample('POST', schemas, { verb: ':validate', body: { schema: { type: 'AVRO', definition: avro } } }),
    sample('POST', schemas, {
      verb: ':validateMessage',
      body: { schema: { type: 'AVRO', definition: avro }, message: 'e30=', encoding: 'JSON' },
    }),
    sample('POST', schemas, {
      verb: ':validateMessage',
      body: { name: 'projects/demo/schemas/s', message: 'AAI=', encoding: 'BINARY' },
    }),
    sample('POST', `${schemas}/s`, {
      verb: ':commit',
      body: { schema: { name: 'projects/demo/schemas/s', type: 'AVRO', definition: avro } },
    }),
    sample('POST', `${schemas}/s`, { verb: ':rollback', body: { revisionId: 'x' } }),
    sample('DELETE', `${schemas}/s@x`, { verb: ':deleteRevision' }),
    sample('GET', `${schemas}/s`, { verb: ':listRevisions', query: { view: 'FULL', pageSize: '1' } }),
    sample('GET', schemas, { query: { view: 'BASIC' } }),
    sample('GET', `${schemas}/s`),
    sample('DELETE', `${schemas}/s`),
  ],
};
