import { A, type Case, INVALID, UNIMPLEMENTED, withTopic } from './case.ts';

function refusedTopicName(id: string): Case {
  const name = `P/topics/${id}`;
  return {
    name: `topic id "${id.slice(0, 20)}" is refused`,
    steps: [['CreateTopic', { name }, { ...INVALID, text: `Invalid [topics] name: (name=${name})` }]],
  };
}

export const topics: Case[] = [
  {
    name: 'a topic is created, read, listed and deleted',
    steps: [
      ['CreateTopic', { name: A, labels: { team: 'data' } }, { name: A, labels: { team: 'data' } }],
      ['GetTopic', { topic: A }, { name: A, labels: { team: 'data' } }],
      ['ListTopics', { project: 'P' }, { topics: [{ name: A }] }],
      ['DeleteTopic', { topic: A }, {}],
      ['GetTopic', { topic: A }, { error: 'NOT_FOUND', text: 'Resource not found (resource=topic-a).' }],
      ['DeleteTopic', { topic: A }, { error: 'NOT_FOUND' }],
    ],
  },
  {
    name: 'a topic exists once',
    steps: [
      withTopic,
      [
        'CreateTopic',
        { name: A },
        { error: 'ALREADY_EXISTS', text: 'Resource already exists in the project (resource=topic-a).' },
      ],
    ],
  },
  ...['ab', '1abc', 'goog-topic', 'has space', `a${'b'.repeat(255)}`].map(refusedTopicName),
  {
    name: 'topics are listed in pages',
    steps: [
      ['CreateTopic', { name: 'P/topics/page-1' }, {}],
      ['CreateTopic', { name: 'P/topics/page-2' }, {}],
      ['CreateTopic', { name: 'P/topics/page-3' }, {}],
      ['ListTopics', { project: 'P', pageSize: 2 }, { topics: [{ name: 'P/topics/page-1' }, {}] }],
      ['ListTopics', { project: 'P' }, { topics: [{}, {}, { name: 'P/topics/page-3' }] }],
    ],
  },
  {
    name: 'labels and retention of a topic are updated by mask',
    officialDiffers: 'it does not know the mask paths labels and message_retention_duration of a topic',
    steps: [
      ['CreateTopic', { name: A, labels: { a: '1' } }, {}],
      [
        'UpdateTopic',
        { topic: { name: A, labels: { b: '2' }, messageRetentionDuration: '600s' }, updateMask: 'labels' },
        { name: A, labels: { b: '2' }, messageRetentionDuration: undefined },
      ],
      [
        'UpdateTopic',
        { topic: { name: A, messageRetentionDuration: '600s' }, updateMask: 'messageRetentionDuration' },
        { labels: { b: '2' }, messageRetentionDuration: '600s' },
      ],
      ['UpdateTopic', { topic: { name: A, messageRetentionDuration: '599s' }, updateMask: 'labels' }, {}],
      [
        'UpdateTopic',
        { topic: { name: A, messageRetentionDuration: '599s' }, updateMask: 'messageRetentionDuration' },
        INVALID,
      ],
      ['UpdateTopic', { topic: { name: A }, updateMask: 'nonsense' }, INVALID],
      ['UpdateTopic', { topic: { name: A }, updateMask: 'name' }, INVALID],
      ['UpdateTopic', { topic: { name: A }, updateMask: '' }, INVALID],
    ],
  },
  {
    name: 'a topic with a feature that is not there is refused',
    officialDiffers: 'it stores the key or refuses it in other ways',
    steps: [
      ['CreateTopic', { name: A, kmsKeyName: 'key' }, UNIMPLEMENTED],
      ['GetTopic', { topic: A }, { error: 'NOT_FOUND' }],
    ],
  },
];
