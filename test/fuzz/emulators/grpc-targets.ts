type Request = readonly [method: string, request: object];

/** An emulator that speaks gRPC, and messages that it answers well. */
interface GrpcTarget {
  readonly name: string;
  readonly variable: string;
  readonly protos: string;
  readonly services: readonly string[];
  readonly setup: readonly Request[];
  readonly samples: readonly Request[];
}

const topic = 'projects/demo/topics/fuzz';
const subscription = 'projects/demo/subscriptions/fuzz';
const project = 'projects/demo';
const definition = JSON.stringify({ type: 'record', name: 'r', fields: [{ name: 'x', type: 'long' }] });
const schema = { name: `${project}/schemas/s`, type: 2, definition };
const pubsub: GrpcTarget = {
  name: 'pubsub',
  variable: 'PUBSUB_EMULATOR_HOST',
  protos: '@google-cloud/pubsub/build/protos/protos.json',
  services: ['google.pubsub.v1.Publisher', 'google.pubsub.v1.Subscriber', 'google.pubsub.v1.SchemaService'],
  setup: [
    ['CreateTopic', { name: topic }],
    ['CreateSubscription', { name: subscription, topic }],
  ],
  samples: [
    ['CreateTopic', { name: `${topic}2`, labels: { a: 'b' }, messageRetentionDuration: { seconds: 600, nanos: 0 } }],
    ['UpdateTopic', { topic: { name: topic, labels: { a: 'b' } }, updateMask: { paths: ['labels'] } }],
    ['Publish', { topic, messages: [{ data: Buffer.from('x'), attributes: { a: 'b' }, orderingKey: 'k' }] }],
    ['GetTopic', { topic }],
    ['ListTopics', { project, pageSize: 1, pageToken: '' }],
    ['ListTopicSubscriptions', { topic, pageSize: 1 }],
    ['DeleteTopic', { topic: `${topic}2` }],
    [
      'CreateSubscription',
      {
        name: `${subscription}2`,
        topic,
        ackDeadlineSeconds: 10,
        filter: 'attributes:a',
        enableMessageOrdering: true,
        messageRetentionDuration: { seconds: 600, nanos: 0 },
        expirationPolicy: { ttl: { seconds: 86400, nanos: 0 } },
        retryPolicy: { minimumBackoff: { seconds: 1, nanos: 5 }, maximumBackoff: { seconds: 10, nanos: 0 } },
        deadLetterPolicy: { deadLetterTopic: topic, maxDeliveryAttempts: 5 },
        pushConfig: {
          pushEndpoint: 'http://127.0.0.1:9/',
          attributes: {},
          oidcToken: { serviceAccountEmail: 'a@b.c' },
        },
      },
    ],
    [
      'UpdateSubscription',
      { subscription: { name: subscription, ackDeadlineSeconds: 20 }, updateMask: { paths: ['ack_deadline_seconds'] } },
    ],
    ['GetSubscription', { subscription }],
    ['ListSubscriptions', { project, pageSize: 1 }],
    ['DeleteSubscription', { subscription: `${subscription}2` }],
    ['ModifyAckDeadline', { subscription, ackIds: ['x'], ackDeadlineSeconds: 10 }],
    ['Acknowledge', { subscription, ackIds: ['x'] }],
    ['Pull', { subscription, maxMessages: 1, returnImmediately: true }],
    [
      'StreamingPull',
      {
        subscription,
        streamAckDeadlineSeconds: 10,
        clientId: 'x',
        ackIds: [],
        modifyDeadlineSeconds: [10],
        modifyDeadlineAckIds: ['x'],
        maxOutstandingMessages: 1,
        maxOutstandingBytes: 10,
      },
    ],
    ['ModifyPushConfig', { subscription, pushConfig: {} }],
    ['CreateSchema', { parent: project, schemaId: 's', schema }],
    ['GetSchema', { name: schema.name, view: 2 }],
    ['ListSchemas', { parent: project, view: 1, pageSize: 1 }],
    ['CommitSchema', { name: schema.name, schema }],
    ['ListSchemaRevisions', { name: schema.name, pageSize: 1 }],
    ['RollbackSchema', { name: schema.name, revisionId: 'x' }],
    ['DeleteSchemaRevision', { name: `${schema.name}@x`, revisionId: 'x' }],
    ['ValidateSchema', { parent: project, schema }],
    ['ValidateMessage', { parent: project, schema, message: Buffer.from('{"x": 1}'), encoding: 1 }],
    ['DeleteSchema', { name: schema.name }],
  ],
};

const parent = 'projects/demo/locations/us-central1';
const job = {
  name: `${parent}/jobs/fuzz`,
  description: 'x',
  schedule: '*/5 * * * *',
  timeZone: 'Asia/Jakarta',
  pubsubTarget: { topicName: 'projects/demo/topics/ticks', data: Buffer.from('x'), attributes: { a: 'b' } },
  retryConfig: {
    retryCount: 1,
    maxRetryDuration: { seconds: 10, nanos: 0 },
    minBackoffDuration: { seconds: 5, nanos: 0 },
    maxBackoffDuration: { seconds: 10, nanos: 1 },
    maxDoublings: 2,
  },
  attemptDeadline: { seconds: 180, nanos: 0 },
};
const scheduler: GrpcTarget = {
  name: 'scheduler',
  variable: 'CLOUD_SCHEDULER_EMULATOR_HOST',
  protos: '@google-cloud/scheduler/build/protos/protos.json',
  services: ['google.cloud.scheduler.v1.CloudScheduler'],
  setup: [['CreateJob', { parent, job }]],
  samples: [
    ['CreateJob', { parent, job: { ...job, name: `${job.name}2` } }],
    ['UpdateJob', { job, updateMask: { paths: ['schedule', 'retry_config.retry_count'] } }],
    ['GetJob', { name: job.name }],
    ['ListJobs', { parent, pageSize: 1, pageToken: '' }],
    ['RunJob', { name: job.name }],
    ['PauseJob', { name: job.name }],
    ['ResumeJob', { name: job.name }],
    ['DeleteJob', { name: `${job.name}2` }],
  ],
};

export const grpcTargets: readonly GrpcTarget[] = [pubsub, scheduler];
