import { describe, expect, test } from '@jest/globals';
import {
  anyMessage,
  encodeMessage,
  encodeMessageData,
  type Message,
  outgoing,
  parseMessage,
  tickMessage,
} from '../../../../functions/messages/messages.ts';
import { TerminalError } from '../../../../functions/runtime/errors.ts';
import { plan } from '../../../../pipelines/model/plan.ts';
import { readCatalog } from '../../../../pipelines/model/read.ts';

const table = { v: 1, runId: 'library-20261120T091500Z', table: 'rent' } as const;
const messages: Message[] = [
  { v: 1, kind: 'tick', pipeline: 'library' },
  { v: 1, kind: 'tick', pipeline: 'library', tables: ['rent'], manual: { id: '1a2b', at: '2026-11-20T09:15:00.000Z' } },
  { v: 1, kind: 'tick', pipeline: 'library', tables: ['rent'], rejectedBy: ['library-20261120T091500Z'] },
  { ...table, kind: 'extract' },
  { ...table, kind: 'encode', slice: 0 },
  { ...table, kind: 'load' },
  { ...table, kind: 'audit' },
  { ...table, kind: 'merge' },
];

test.each(messages.map((message) => [message.kind, message] as const))(
  'a message survives its journey: %s',
  (_, message) => {
    expect(parseMessage(anyMessage, encodeMessageData(message))).toEqual(message);
  },
);

test('published twice, a message has the same bytes', () => {
  for (const message of messages)
    expect(encodeMessageData(message)).toEqual(encodeMessageData(structuredClone(message)));
});

test('a message goes to the stage of its name', () => {
  expect(outgoing({ ...table, kind: 'encode', slice: 3 }).stage).toBe('encode');
});

test('Cloud Scheduler publishes ticks', () => {
  const environment = { name: 'e', projectId: 'p', region: 'r', location: 'US', datasetPrefix: '' };
  for (const { message } of plan(readCatalog(), environment).schedules) {
    expect(tickMessage.safeParse(message).success).toBe(true);
  }
});

describe('a message that this version does not publish is refused for good', () => {
  const encode = { ...table, kind: 'encode', slice: 0 };
  test.each<[string, string, string]>([
    ['no bytes', '', 'the message is not JSON'],
    ['no JSON', 'hello', 'the message is not JSON'],
    ['half of it', '{"v":1', 'the message is not JSON'],
    ['a list', '[]', 'message: '],
    ['null', 'null', 'message: '],
    ['another version', JSON.stringify({ ...encode, v: 2 }), 'v: '],
    ['no version', JSON.stringify({ ...encode, v: undefined }), 'v: '],
    ['another kind', JSON.stringify({ ...encode, kind: 'load' }), 'kind: '],
    ['a field more', JSON.stringify({ ...encode, rows: [1] }), '"rows"'],
    ['a field less', JSON.stringify({ ...encode, slice: undefined }), 'slice: '],
    ['an empty run', JSON.stringify({ ...encode, runId: '' }), 'runId: '],
    ['half a slice', JSON.stringify({ ...encode, slice: 0.5 }), 'slice: '],
    ['a slice below none', JSON.stringify({ ...encode, slice: -1 }), 'slice: '],
    ['a text for a slice', JSON.stringify({ ...encode, slice: '0' }), 'slice: '],
  ])('%s', (_, text, where) => {
    const parse = (): unknown => parseMessage(encodeMessage, Buffer.from(text));
    expect(parse).toThrow(TerminalError);
    expect(parse).toThrow(expect.objectContaining({ code: 'MESSAGE_MALFORMED' }));
    expect(parse).toThrow(where);
  });

  test.each([
    ['no tables at all', { tables: [] }],
    ['a trigger that no job id may hold', { manual: { id: 'A-1', at: '2026-11-20T09:15:00Z' } }],
    ['a trigger without a time', { manual: { id: 'a', at: 'now' } }],
    ['an empty pipeline', { pipeline: '' }],
  ])('a tick with %s', (_, change) => {
    const data = Buffer.from(JSON.stringify({ v: 1, kind: 'tick', pipeline: 'library', ...change }));
    expect(() => parseMessage(tickMessage, data)).toThrow(TerminalError);
  });
});
