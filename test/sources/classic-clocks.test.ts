import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type CursorSpec, resolveCursor } from '../../pipelines/model/cursor.ts';
import { parsePosition, type Position, printPosition } from '../../functions/sources/position.ts';
import { createDatabase } from '../support/postgres.ts';
import { Classic, EVERY_KIND } from './classic.ts';

let url: string;
beforeAll(async () => {
  url = await createDatabase();
});

/** Puts the cursor where a run at that time would have left it. */
function pretend(source: Classic, at: string): void {
  const cursor = resolveCursor(source.cursor);
  if (!('lag' in cursor)) throw new Error('only a time can be pretended');
  source.stored = printPosition({ ...cursor, at });
}

const openUnstamped = async (cursor: CursorSpec): Promise<Classic> => {
  const source = await Classic.open(url, cursor);
  await source.execute('drop trigger touch on thing');
  return source;
};

describe.each(EVERY_KIND)('invariant 1, by %s: a clock of the database that was set back', (_, cursor) => {
  test('behind the last run', async () => {
    const source = await Classic.open(url, cursor);
    await source.execute(`insert into thing (text) values ('first')`);
    await source.tick();
    const isTime = 'lag' in resolveCursor(cursor);
    if (isTime) pretend(source, '2999-01-01 00:00:00+00');
    await source.execute(`insert into thing (text) values ('stamped early')`);
    const { warnings } = await source.tick();
    expect(warnings).toEqual(
      isTime ? ['the clock of the source is behind the cursor, 2999-01-01 00:00:00+00: everything is read again'] : [],
    );
    await source.expectComplete();
    // And from then on by the clock as it is.
    await source.execute(`insert into thing (text) values ('next')`);
    expect((await source.tick()).warnings).toEqual([]);
    await source.expectComplete();
  });
});

describe('a clock that is not the database’s', () => {
  const behind = `insert into thing (text, created_at, updated_at) values ('behind', now() - interval '10 min', now() - interval '10 min')`;
  test.each<CursorSpec>([
    { column: 'updated_at', lag: '15m' },
    { expression: 'greatest(created_at, updated_at)', lag: '900s' },
  ])('is covered by a lag that is longer: %j', async (cursor) => {
    const source = await openUnstamped(cursor);
    await source.tick();
    await source.execute(behind);
    await source.tick();
    await source.expectComplete();
    expect(source.final.size).toBe(1);
  });

  test('is what a cursor without a lag does not see', async () => {
    const source = await openUnstamped('updated_at');
    await source.tick();
    await source.execute(behind);
    await source.tick();
    expect(source.final.size).toBe(0);
  });

  test('a lag that is raised holds at once, and one that is lowered after the next run', async () => {
    const short = await openUnstamped({ column: 'updated_at', lag: '1m' });
    await short.tick();
    const position = (source: Classic): Position | undefined => parsePosition(source.stored, source.cursor);
    const raised = await openUnstamped({ column: 'updated_at', lag: '15m' });
    raised.stored = short.stored;
    await raised.execute(behind);
    expect(await raised.tick()).toMatchObject({ read: 1, warnings: [] });
    const lowered = await openUnstamped({ column: 'updated_at', lag: '1m' });
    lowered.stored = raised.stored;
    await lowered.execute(behind);
    expect(await lowered.tick()).toMatchObject({ read: 1, warnings: [] });
    expect(position(lowered)).toMatchObject({ lag: 60 });
  });
});

describe('a row whose time is null', () => {
  test.each<CursorSpec>(['updated_at', { column: 'updated_at', lag: '15m' }, { expression: 'updated_at' }])(
    'is read every time: %j',
    async (cursor) => {
      const source = await openUnstamped(cursor);
      await source.execute('alter table thing alter updated_at drop not null');
      await source.tick();
      await source.execute(`insert into thing (text, updated_at) values ('timeless', null)`);
      for (let run = 0; run < 2; run += 1) expect((await source.tick()).read).toBe(1);
    },
  );

  test.each<CursorSpec>([{ columns: ['shard', 'id'] }, { columns: ['shard'] }, 'xmin'])(
    'or whose number is, is found by its transaction: %j',
    async (cursor) => {
      const source = await openUnstamped(cursor);
      await source.execute('alter table thing alter shard drop not null');
      await source.execute(`insert into thing (shard, text) values (null, 'first')`);
      await source.tick();
      await source.execute(`insert into thing (shard, text) values (null, 'numberless')`);
      await source.tick();
      await source.expectComplete();
    },
  );
});

/** New York goes from -04 to -05 at 06:00 UTC of that day: 01:30 is there twice, first at 05:30 UTC and again at 06:30. */
describe('the end of daylight saving time, between two runs', () => {
  const writeThrough = async (source: Classic): Promise<void> => {
    await source.execute(`set timezone = 'America/New_York';
      insert into thing (text, created_at, updated_at) select 'at ' || t, t, t
        from unnest(array['2025-11-02 05:30+00', '2025-11-02 05:50+00', '2025-11-02 06:10+00', '2025-11-02 06:30+00']::timestamptz[]) as t`);
  };

  test.each<[CursorSpec, number]>([
    ['updated_at', 2],
    [{ expression: 'greatest(created_at, updated_at)' }, 2],
    // The first of the two half past ones is 05:30, and 05:50 - 15 min is later.
    [{ column: 'updated_at', lag: '15m' }, 3],
  ])('a time with its zone is one instant: %j', async (cursor, expected) => {
    const source = await openUnstamped(cursor);
    await writeThrough(source);
    pretend(source, '2025-11-02 06:00:00+00');
    expect((await source.tick()).read).toBe(expected);
  });

  describe('a time without its zone, written by the wall clock there', () => {
    let source: Classic;
    const open = async (cursor: CursorSpec): Promise<void> => {
      source = await openUnstamped(cursor);
      await source.execute(
        'alter table thing alter created_at type timestamp, alter updated_at type timestamp, alter updated_at set default now()',
      );
    };
    beforeEach(async () => {
      await open({ expression: `updated_at at time zone 'America/New_York'` });
    });

    test('by its zone: the hour that is there twice is taken for the later one, so nothing is lost', async () => {
      await writeThrough(source);
      pretend(source, '2025-11-02 05:45:00+00');
      await source.tick();
      const texts = source.texts().join();
      for (const late of ['01:50:00-04', '01:10:00-05', '01:30:00-05']) expect(texts).toContain(late);
    });

    test('with a lag that covers the zone', async () => {
      await open({ column: 'updated_at', lag: '12h' });
      await source.tick();
      await source.execute(`set timezone = 'America/New_York'; insert into thing (text) values ('there')`);
      await source.execute(`set timezone = 'Etc/GMT+12'; insert into thing (text) values ('as far west as it goes')`);
      await source.execute(`set timezone = 'Pacific/Kiritimati'; insert into thing (text) values ('as far east')`);
      await source.tick();
      await source.expectComplete();
      expect(source.final.size).toBe(3);
    });

    test('is refused without either', async () => {
      await open({ expression: 'updated_at' });
      await expect(source.tick()).rejects.toMatchObject({
        name: 'TerminalError',
        code: 'SOURCE_REFUSED',
        message: expect.stringMatching(/"updated_at" of table public.thing: it has no time zone.*12h/) as unknown,
      });
    });
  });
});
