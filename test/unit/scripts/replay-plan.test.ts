import { describe, expect, test } from '@jest/globals';
import type { KeptLetter } from '../../../functions/ledger/dead-letters.ts';
import { readBody } from '../../../scripts/commands/letters.ts';
import { planReplay, type Work } from '../../../scripts/commands/replay-plan.ts';
import { readCatalog } from '../../../pipelines/model/read.ts';
import { EVENTS, fileOf } from '../pipelines/model/yaml.ts';
import type { EventPipeline } from '../../../pipelines/model/pipeline.ts';

/** What is to be done for dead letters, as data. */
const catalog = { ...readCatalog(), events: [fileOf(EVENTS, 'events.yaml').pipeline as unknown as EventPipeline] };
const SUBSCRIPTION = 'CloudPubSubDeadLetterSourceSubscription';

let letters = 0;
function letter(body: unknown, facts: Partial<KeptLetter> = {}): KeptLetter {
  return {
    messageId: String((letters += 1)),
    receivedAt: new Date(0),
    runId: undefined,
    table: undefined,
    pipeline: undefined,
    reason: 'it failed',
    attributes: {},
    replayedAt: undefined,
    replayedBy: undefined,
    body: Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
    ...facts,
  };
}
const ofTable = (runId: string, table: string, kind = 'load'): KeptLetter =>
  letter(
    { v: 1, kind, runId, table, ...(kind === 'encode' ? { slice: 0 } : {}) },
    { runId, table, pipeline: 'library' },
  );
const tick = (pipeline: string, more = {}, runId = 'r'): KeptLetter =>
  letter({ v: 1, kind: 'tick', pipeline, ...more }, { runId });

/** The plan in few words. */
function planned(list: readonly KeptLetter[], rejectedBy = new Map<string, string[]>()): string[] {
  const { work, refused } = planReplay(list, { catalog, environment: 'test', rejectedBy });
  const name = (one: Work): string =>
    one.kind === 'event'
      ? `event to ${one.topic}`
      : [one.pipeline.pipeline, one.tables ?? 'all', one.rejectedBy ?? 'new'].map(String).join(' ');
  return [...work.map((one) => `${name(one)} ×${one.letters.length}`), ...refused.map(({ reason }) => reason)];
}

describe('letters of a table run', () => {
  test('are a new run of that table, and one for many', () => {
    expect(planned([ofTable('r', 'rent')])).toEqual(['library rent new ×1']);
    const many = [
      ofTable('r', 'rent', 'encode'),
      ofTable('r', 'rent', 'encode'),
      ofTable('s', 'rent'),
      ofTable('r', 'book'),
    ];
    expect(planned(many)).toEqual(['library rent,book new ×4']);
  });

  test('of one that was to read rejected rows again, do that again, beside the others', () => {
    const again = new Map([['again', ['r', 's']]]);
    expect(planned([ofTable('again', 'rent'), ofTable('r', 'rent')], again)).toEqual([
      'library rent r,s ×1',
      'library rent new ×1',
    ]);
  });

  test('are none of a run or a table that is not known', () => {
    expect(planned([letter({ v: 1, kind: 'merge', runId: 'x', table: 'rent' })])).toEqual([
      'the ledger has no run x, so it is of no pipeline that is known',
    ]);
    expect(planned([{ ...ofTable('r', 'rent'), pipeline: 'gone' }])).toEqual([
      expect.stringContaining('there is no pipeline "gone"'),
    ]);
    expect(planned([ofTable('r', 'rents')])).toEqual([expect.stringContaining('library has no table "rents"')]);
  });
});

describe('ticks', () => {
  test('of a pipeline that moves are one run, of all the tables that any of them means', () => {
    expect(planned([tick('library')])).toEqual(['library all new ×1']);
    expect(planned([tick('library', { tables: ['rent'] }), tick('library', { tables: ['book'] })])).toEqual([
      'library rent,book new ×2',
    ]);
    expect(planned([ofTable('r', 'rent'), tick('library')])).toEqual(['library all new ×2']);
  });

  test('of a generator are a run each, for each is rows that were not generated', () => {
    const ticks = [tick('library-generator', {}, 'one'), tick('library-generator', {}, 'two')];
    expect(planned([...ticks, tick('library-generator', {}, 'one')])).toEqual([
      'library-generator all new ×2',
      'library-generator all new ×1',
    ]);
  });

  test('that were to read rejected rows again do that again', () => {
    expect(planned([tick('library', { tables: ['rent'], rejectedBy: ['r'] })])).toEqual(['library rent r ×1']);
  });
});

describe('events', () => {
  const attributes = {
    [SUBSCRIPTION]: 'alir-test-events-events',
    CloudPubSubDeadLetterSourceDeliveryCount: '20',
    googclient_schemaencoding: 'BINARY',
    shop: 'Jakarta',
  };

  test('are published again with their bytes and the attributes that they came with', () => {
    const body = Buffer.from([0, 255, 10]);
    const { work } = planReplay([letter(body, { attributes })], {
      catalog,
      environment: 'test',
      rejectedBy: new Map(),
    });
    expect(work).toMatchObject([{ kind: 'event', topic: 'alir-test-events-events', data: body }]);
    expect((work[0] as Extract<Work, { kind: 'event' }>).attributes).toEqual({ shop: 'Jakarta' });
  });

  test('that look like a message of ours are events all the same, and equal ones are not the same', () => {
    const same = () => letter({ v: 1, kind: 'tick', pipeline: 'library' }, { attributes });
    expect(planned([same(), same()])).toEqual([
      'event to alir-test-events-events ×1',
      'event to alir-test-events-events ×1',
    ]);
  });

  test('of a pipeline that is not deployed are nothing of ours', () => {
    const gone = { [SUBSCRIPTION]: 'alir-test-events-gone' };
    expect(planned([letter({ v: 1, kind: 'tick', pipeline: 'library' }, { attributes: gone })])).toEqual([
      'it is an event of alir-test-events-gone, and no event pipeline of that name is deployed',
    ]);
  });
});

test.each(['', 'hello', '{"v":2,"kind":"tick","pipeline":"library"}', '[]'])('%j stands for nothing', (body) => {
  expect(planned([letter(body)])).toEqual([expect.stringContaining('its bytes are no message of Alir')]);
});

test.each([
  ['{"a":1}', { as: 'json', value: { a: 1 } }],
  ['née', { as: 'text', value: 'née' }],
  ['', { as: 'text', value: '' }],
])('a body of %j is shown as it is', (text, shown) => {
  expect(readBody(Buffer.from(text))).toEqual(shown);
});

test('a body that is no text is shown in base64', () => {
  expect(readBody(Buffer.from([255, 0]))).toEqual({ as: 'base64', value: '/wA=' });
});
