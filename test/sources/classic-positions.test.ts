import { beforeAll, describe, expect, test } from '@jest/globals';
import type { CursorSpec } from '../../pipelines/model/cursor.ts';
import { BEGINNING, parsePosition, printPosition } from '../../functions/sources/position.ts';
import { withReader } from '../../functions/sources/postgres.ts';
import { type Moment, readMoment, whyUnknown } from '../../functions/sources/transactions.ts';
import { createDatabase } from '../support/postgres.ts';
import { Classic, EVERY_KIND } from './classic.ts';

let url: string;
beforeAll(async () => {
  url = await createDatabase();
});

const moment = async (): Promise<Moment> => await withReader(url, 'application', readMoment);

/** Each to the one after the next, for the next may be the same with a lag. */
const CHANGES = EVERY_KIND.map(([from, before], index) => {
  const [to, after] = EVERY_KIND[(index + 2) % EVERY_KIND.length] ?? ['', 'full'];
  return [from, to, before, after] as const;
});

describe('invariant 1: a cursor that the pipeline declares anew', () => {
  test.each(CHANGES)('from %s to %s reads everything again, and says so', async (_from, _to, before, after) => {
    const old = await Classic.open(url, before);
    await old.execute(`insert into thing (text) values ('first')`);
    await old.tick();
    await old.tick();
    const source = await Classic.open(url, after);
    source.stored = old.stored;
    await source.execute(`insert into thing (text, created_at) values ('of long ago', '2001-01-01')`);
    const { warnings, cursorFrom } = await source.tick();
    expect(warnings).toEqual([`the cursor is another one than ${old.stored}: everything is read again`]);
    expect(cursorFrom).toBe(BEGINNING);
    await source.expectComplete();
    expect((await source.tick()).warnings).toEqual([]);
  });

  test.each<[CursorSpec, CursorSpec]>([
    ['updated_at', 'created_at'],
    [{ expression: 'updated_at' }, { expression: 'created_at' }],
    [{ columns: ['shard', 'id'] }, { columns: ['id', 'shard'] }],
  ])('so does another column or expression: %j, %j', async (before, after) => {
    const old = await Classic.open(url, before);
    await old.tick();
    const source = await Classic.open(url, after);
    source.stored = old.stored;
    expect((await source.plan()).warnings).toHaveLength(1);
  });

  test.each(['{"kind":"column"}', '{', 'nonsense', '{"kind":"xmin","since":"1 or true","history":""}'])(
    'and so does what is no position: %s',
    async (stored) => {
      for (const [, cursor] of EVERY_KIND) {
        const source = await Classic.open(url, cursor);
        source.stored = stored;
        expect((await source.tick()).warnings).toEqual([
          `the cursor is another one than ${stored}: everything is read again`,
        ]);
      }
    },
  );

  test('a bare timestamp, as earlier versions have kept it, is one of a column', async () => {
    const source = await Classic.open(url, 'updated_at');
    await source.execute(
      `drop trigger touch on thing; insert into thing (text, updated_at) values ('old', '2020-01-01'), ('new', '2020-01-02')`,
    );
    source.stored = '2020-01-02 00:00:00+00';
    expect(await source.tick()).toMatchObject({ read: 1, warnings: [] });
    expect(source.texts()).toEqual(['new']);
  });
});

describe.each<[string, CursorSpec]>([
  ['xmin', 'xmin'],
  ['integers', { columns: ['id'] }],
])('transactions that cannot be told apart, by %s', (_, cursor) => {
  const open = async (change: (now: Moment) => Partial<Moment>): Promise<Classic> => {
    const source = await Classic.open(url, cursor);
    await source.execute(`insert into thing (text) values ('one'), ('two')`);
    await source.tick();
    const now = await moment();
    const { since, history } = { ...now, ...change(now) };
    const position = parsePosition(source.stored, cursor);
    if (!position || !('since' in position)) throw new Error('it has no transaction');
    // Behind everything there is, so that only what is written since could be found.
    source.stored = printPosition({ ...position, since, history });
    source.final.clear();
    return source;
  };
  const add = (id: string, n: bigint): string => String(BigInt(id) + n);

  test.each<[string, (now: Moment) => Partial<Moment>, RegExp]>([
    ['the last run was ahead of this one', ({ next }) => ({ since: add(next, 1000n) }), /restored or replaced/],
    ['another cluster has counted', () => ({ history: '1/1' }), /restored or replaced/],
    ['a restoration lies between', ({ history }) => ({ history: `${history}9` }), /restored or replaced/],
  ])('when %s, everything is read again', async (_case, change, why) => {
    const source = await open(change);
    const { warnings } = await source.tick();
    expect(warnings).toEqual([expect.stringMatching(why)]);
    expect(warnings[0]).toMatch(/: everything is read again$/);
    await source.expectComplete();
    expect((await source.tick()).warnings).toEqual([]);
  });

  test('and no warning is given when they can', async () => {
    const source = await open(() => ({}));
    expect((await source.tick()).warnings).toEqual([]);
  });
});

describe('how far two transactions may be apart', () => {
  const at = (next: bigint, since: bigint): string | undefined =>
    whyUnknown({ kind: 'xmin', since: String(since), history: 'a' }, { since: '', next: String(next), history: 'a' });
  test.each([
    [2n ** 33n, 2n ** 33n - 2n ** 30n, true],
    [2n ** 33n, 2n ** 33n - 2n ** 30n - 1n, false],
    [2n ** 33n, 2n ** 33n - 2n ** 31n, false],
    [2n ** 33n, 2n ** 33n - 2n ** 32n, false],
    [1000n, 1000n, true],
    [1000n, 1001n, false],
    // Over the border of 32 bits.
    [2n ** 32n + 5n, 2n ** 32n - 5n, true],
  ])('now %d, then %d: known is %s', (next, since, isKnown) => {
    expect(at(next, since) === undefined).toBe(isKnown);
  });
});

test('what is above the highest number is read even if its transaction is an old one', async () => {
  const source = await Classic.open(url, { columns: ['shard', 'id'] });
  await source.execute(
    `insert into thing (shard, id, text) values (1, 9, 'below'), (1, 100, 'at'), (1, 101, 'above'), (2, 1, 'above too')`,
  );
  const now = await moment();
  source.stored = printPosition({
    kind: 'integers',
    columns: ['shard', 'id'],
    above: ['1', '100'],
    since: now.next,
    history: now.history,
  });
  await source.tick();
  expect(source.texts()).toEqual(['above', 'above too']);
  expect(parsePosition(source.stored, source.cursor)).toMatchObject({ above: ['2', '1'] });
});
