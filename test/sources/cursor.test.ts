import { beforeAll, describe, expect, test } from '@jest/globals';
import { nextCursor } from '../../functions/sources/cursor.ts';
import { BEGINNING } from '../../functions/sources/position.ts';
import { withReader } from '../../functions/sources/postgres.ts';
import { createDatabase, execute, withConnection } from '../support/postgres.ts';

let url: string;
beforeAll(async () => {
  url = await createDatabase();
  await execute(url, 'create table t (id int primary key, updated_at timestamptz not null default now())');
});

const next = async (current = BEGINNING): Promise<string> =>
  await withReader(url, 'application', async (client) => (await nextCursor(client, current)).at);

/** True when the cursor lies at or before everything that a transaction will stamp with its now(). */
const covers = async (cursor: string, instant: string): Promise<boolean> => {
  const { rows } = await execute(url, 'select $1::timestamptz <= $2::timestamptz as covers', [cursor, instant]);
  return rows[0]?.['covers'] === true;
};

describe('invariant 1: the next cursor is never after a row that cannot be seen yet', () => {
  test('with nothing open it is about now', async () => {
    const cursor = await next();
    const { rows } = await execute(url, `select clock_timestamp() - $1::timestamptz < interval '5 seconds' as recent`, [
      cursor,
    ]);
    expect(rows).toEqual([{ recent: true }]);
  });

  test('a transaction that is open holds it back, even before it has written anything', async () => {
    await withConnection(url, async (writer) => {
      await writer.query('begin');
      const { rows } = await writer.query<{ began: string }>('select now()::text as began');
      const began = rows[0]?.began ?? '';
      const cursor = await next();
      await writer.query('insert into t (id) values (1)');
      await writer.query('commit');
      expect(await covers(cursor, began)).toBe(true);
    });
  });

  test('it never goes back behind where this run began', async () => {
    const ahead = '2999-01-01 00:00:00+00';
    await expect(next(ahead)).resolves.toBe(ahead);
  });

  test('a prepared transaction keeps it where it is, for its start cannot be known', async () => {
    await execute(url, `begin; insert into t (id) values (2); prepare transaction 'two-phase'`);
    try {
      await expect(next('2026-01-01 00:00:00+00')).resolves.toBe('2026-01-01 00:00:00+00');
    } finally {
      await execute(url, `commit prepared 'two-phase'`);
    }
    expect(await next('2026-01-01 00:00:00+00')).not.toBe('2026-01-01 00:00:00+00');
  });

  test('our own readers do not hold it back', async () => {
    await withReader(url, 'application', async (reader) => {
      await reader.query('begin isolation level repeatable read read only');
      const { rows } = await reader.query<{ began: string }>('select now()::text as began');
      expect(await covers(await next(), rows[0]?.began ?? '')).toBe(false);
    });
  });

  describe('a user who cannot see other sessions', () => {
    const blind = async (lag?: number): Promise<Awaited<ReturnType<typeof nextCursor>>> => {
      await execute(url, `create role blind login password 'blind'`);
      try {
        const target = Object.assign(new URL(url), { username: 'blind', password: 'blind' }).toString();
        return await withReader(target, 'application', async (client) => await nextCursor(client, BEGINNING, lag));
      } finally {
        await execute(url, 'drop role blind');
      }
    };
    const grant = expect.stringContaining('GRANT pg_read_all_stats TO blind') as unknown;

    test('is told which grant it needs', async () => {
      await expect(blind()).rejects.toMatchObject({ name: 'TerminalError', code: 'SOURCE_REFUSED', message: grant });
    });

    test('may read with a lag, and is warned of what that loses', async () => {
      const { at, warning } = await blind(900);
      expect(warning).toEqual(grant);
      expect(warning).toContain('longer than the lag of 900 seconds');
      expect(await covers(at, 'now')).toBe(true);
    });
  });
});
