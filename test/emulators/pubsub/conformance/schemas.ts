import { A, base64, type Case, D, INVALID, NOTE, recordOf, S, type Step, UNIMPLEMENTED, withSchema } from './case.ts';

const withTopicOf = (encoding: string): Step => [
  'CreateTopic',
  { name: A, schemaSettings: { schema: D, encoding } },
  { name: A, schemaSettings: { schema: D, encoding } },
];
const publish = (text: string, expected: Step[2] = {}): Step => [
  'Publish',
  { topic: A, messages: [{ data: base64(text) }] },
  expected,
];
const commit = (definition: string, expected: Step[2] = {}): Step => [
  'CommitSchema',
  { name: D, schema: { name: D, type: 'AVRO', definition } },
  expected,
];
const refusedSchema = (name: string, schema: Step[1], failure: Step[2], officialDiffers?: string): Case => ({
  name,
  steps: [
    ['ValidateSchema', { parent: 'P', schema }, failure],
    ['CreateSchema', { parent: 'P', schemaId: 'schema-a', schema }, failure],
    ['GetSchema', { name: D }, { error: 'NOT_FOUND' }],
  ],
  ...(officialDiffers !== undefined && { officialDiffers }),
});

export const schemas: Case[] = [
  {
    name: 'a schema is created, read, listed and deleted',
    steps: [
      withSchema,
      ['GetSchema', { name: D }, { name: D, type: 'AVRO', definition: recordOf('long') }],
      ['GetSchema', { name: D, view: 'BASIC' }, { name: D, type: 'AVRO', definition: undefined }],
      ['ListSchemas', { parent: 'P', view: 'FULL' }, { schemas: [{ name: D, definition: recordOf('long') }] }],
      ['DeleteSchema', { name: D }, {}],
      ['GetSchema', { name: D }, { error: 'NOT_FOUND' }],
      ['DeleteSchema', { name: D }, { error: 'NOT_FOUND' }],
      ['ListSchemas', { parent: 'P' }, { schemas: undefined }],
    ],
  },
  {
    name: 'lists have no definitions, unless they are asked for',
    officialDiffers: 'it lists them always',
    steps: [withSchema, ['ListSchemas', { parent: 'P' }, { schemas: [{ name: D, definition: undefined }] }]],
  },
  { name: 'a schema exists once', steps: [withSchema, [withSchema[0], withSchema[1], { error: 'ALREADY_EXISTS' }]] },
  ...['', '1x', 'goog-schema', 'ab'].map((schemaId): Case => ({
    name: `schema id "${schemaId}" is refused`,
    steps: [
      ['CreateSchema', { parent: 'P', schemaId, schema: { type: 'AVRO', definition: recordOf('long') } }, INVALID],
    ],
  })),
  refusedSchema('a definition that is no JSON', { type: 'AVRO', definition: '{' }, INVALID),
  refusedSchema('a definition of an unknown type', { type: 'AVRO', definition: recordOf('thingy') }, INVALID),
  refusedSchema('no definition', { type: 'AVRO' }, INVALID),
  refusedSchema('no type', { definition: recordOf('long') }, INVALID),
  refusedSchema('Protocol Buffers', { type: 'PROTOCOL_BUFFER', definition: 'syntax = "proto3";' }, UNIMPLEMENTED),
  refusedSchema(
    'more than 300 kB',
    { type: 'AVRO', definition: recordOf('long', { name: 'y', type: 'int', doc: 'y'.repeat(300_000) }) },
    INVALID,
    'it takes any size',
  ),
  {
    name: 'a schema has revisions: optional fields come and go',
    steps: [
      withSchema,
      commit(recordOf('long', NOTE), { name: D, definition: recordOf('long', NOTE) }),
      ['GetSchema', { name: D }, { definition: recordOf('long', NOTE) }],
      ['ListSchemaRevisions', { name: D }, { schemas: [{ name: D }, { name: D }] }],
      commit(recordOf('long'), { definition: recordOf('long') }),
    ],
  },
  {
    name: 'a revision that does not fit those before is refused',
    officialDiffers: 'it takes any',
    steps: [
      withSchema,
      commit(recordOf('string'), INVALID),
      commit(recordOf('long', { name: 'y', type: 'long' }), INVALID),
      commit(recordOf('double'), INVALID),
      ['ListSchemaRevisions', { name: D }, { schemas: [{ name: D, definition: undefined }] }],
    ],
  },
  {
    name: 'revisions of a schema that is not there',
    steps: [
      commit(recordOf('long'), { error: 'NOT_FOUND' }),
      ['ListSchemaRevisions', { name: D }, { error: 'NOT_FOUND' }],
      withSchema,
      ['RollbackSchema', { name: D, revisionId: '00000000' }, { error: 'NOT_FOUND' }],
      ['GetSchema', { name: `${D}@00000000` }, { error: 'NOT_FOUND' }],
    ],
  },
  {
    name: 'a topic needs a schema that exists, and an encoding',
    steps: [
      ['CreateTopic', { name: A, schemaSettings: { schema: D, encoding: 'JSON' } }, { error: 'NOT_FOUND' }],
      withSchema,
      ['CreateTopic', { name: A, schemaSettings: { schema: D } }, INVALID],
      ['GetTopic', { topic: A }, { error: 'NOT_FOUND' }],
    ],
  },
  {
    name: 'publishing refuses what does not fit, and all that came with it',
    steps: [
      withSchema,
      withTopicOf('JSON'),
      ['CreateSubscription', { name: S, topic: A }, {}],
      publish('{"x":"one"}', INVALID),
      ['Publish', { topic: A, messages: [{ data: base64('{"x":1}') }, { data: base64('{}') }] }, INVALID],
      ['Publish', { topic: A, messages: [{ attributes: { a: 'b' } }] }, INVALID],
      publish('{"x":7}'),
      ['Pull', { subscription: S, maxMessages: 9 }, { receivedMessages: [{ message: { data: base64('{"x":7}') } }] }],
    ],
  },
  {
    name: 'in the words of Google',
    officialDiffers: 'it says less',
    steps: [
      withSchema,
      withTopicOf('JSON'),
      publish('{"y":1}', {
        ...INVALID,
        text: 'Invalid data in message: Message failed schema validation. Field was not found in JSON object: x.',
      }),
    ],
  },
  {
    name: 'a message says which schema it fits',
    steps: [
      withSchema,
      withTopicOf('JSON'),
      ['CreateSubscription', { name: S, topic: A }, {}],
      publish('{"x":1}'),
      [
        'Pull',
        { subscription: S, maxMessages: 9 },
        {
          receivedMessages: [
            { message: { attributes: { googclient_schemaname: D, googclient_schemaencoding: 'JSON' } } },
          ],
        },
      ],
    ],
  },
  {
    name: 'BINARY takes bytes of Avro, and no JSON',
    steps: [
      withSchema,
      withTopicOf('BINARY'),
      ['Publish', { topic: A, messages: [{ data: base64(Uint8Array.of(2)) }] }, {}],
      ['Publish', { topic: A, messages: [{ data: base64(Uint8Array.of(0x80)) }] }, INVALID],
    ],
  },
  {
    name: 'a message may fit any revision of the range',
    steps: [
      withSchema,
      commit(recordOf('long', NOTE)),
      withTopicOf('JSON'),
      publish('{"x":1}'),
      publish('{"x":1,"note":{"string":"a"}}'),
      publish('{"note":null}', INVALID),
    ],
  },
  {
    name: 'the range of revisions must be there',
    officialDiffers: 'not asked',
    steps: [
      withSchema,
      [
        'CreateTopic',
        { name: A, schemaSettings: { schema: D, encoding: 'JSON', firstRevisionId: '00000000' } },
        { error: 'NOT_FOUND' },
      ],
    ],
  },
  {
    name: 'a deleted schema leaves its name on its topics, which take nothing any more',
    steps: [
      withSchema,
      withTopicOf('JSON'),
      ['DeleteSchema', { name: D }, {}],
      ['GetTopic', { topic: A }, { schemaSettings: { schema: '_deleted-schema_', encoding: 'JSON' } }],
      publish('{"x":1}', { error: 'NOT_FOUND' }),
      withSchema,
      publish('{"x":1}', { error: 'NOT_FOUND' }),
    ],
  },
  {
    name: 'a topic gets and loses its schema by mask',
    officialDiffers: 'its masks know other paths',
    steps: [
      withSchema,
      ['CreateTopic', { name: A }, {}],
      publish('anything'),
      [
        'UpdateTopic',
        { topic: { name: A, schemaSettings: { schema: D, encoding: 'JSON' } }, updateMask: 'schemaSettings' },
        { schemaSettings: { schema: D } },
      ],
      publish('anything', INVALID),
      ['UpdateTopic', { topic: { name: A }, updateMask: 'schemaSettings' }, { schemaSettings: undefined }],
      publish('anything'),
    ],
  },
];
