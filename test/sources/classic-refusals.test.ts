import { beforeAll, describe, expect, test } from '@jest/globals';
import { withReader } from '../../functions/sources/postgres.ts';
import { BEGINNING } from '../../functions/sources/position.ts';
import { planReading } from '../../functions/sources/reading.ts';
import type { CursorSpec } from '../../pipelines/model/cursor.ts';
import { createDatabase, execute } from '../support/postgres.ts';
import { Classic } from './classic.ts';

let url: string;
beforeAll(async () => {
  url = await createDatabase();
});

const refused = async (cursor: CursorSpec, message: RegExp, source = 'thing'): Promise<void> => {
  const classic = await Classic.open(url, cursor);
  await classic.execute('create view seen as select * from thing; create table twin (like thing)');
  const attempt = withReader(
    url,
    'application',
    async (client) => await planReading(client, { ...classic.spec, source }, classic.contract, classic.stored),
  );
  try {
    await expect(attempt).rejects.toMatchObject({
      name: 'TerminalError',
      code: 'SOURCE_REFUSED',
      message: expect.stringMatching(message) as unknown,
    });
  } finally {
    await classic.execute('drop table twin');
  }
};

describe('a cursor that the table cannot have is refused before a row is read', () => {
  test.each<[string, CursorSpec, RegExp]>([
    [
      'a column that is not there',
      { column: 'updatd_at', lag: '1m' },
      /"updatd_at" of table public.thing: column "updatd_at" does not exist \(SQLSTATE 42703\)/,
    ],
    ['a column of another type', { column: 'text', lag: '1m' }, /it is no timestamp/],
    [
      'an expression over a column that is not there',
      { expression: 'greatest(a, b)' },
      /the cursor "greatest\(a, b\)" of table public.thing: column "a" does not exist/,
    ],
    ['an expression of another type', { expression: 'id + 1' }, /it is no timestamp/],
    ['a day, which hides the hour', { expression: 'updated_at::date' }, /it is no timestamp/],
    ['an aggregate', { expression: 'max(updated_at)' }, /aggregate functions are not allowed in WHERE/],
    ['two expressions', { expression: 'updated_at, created_at' }, /it is no timestamp|cannot be matched/],
    ['a comment without end', { expression: 'updated_at /*' }, /unterminated/],
    ['a text without end', { expression: `'2026-01-01` }, /unterminated|syntax error/],
    [
      'an integer that is not there',
      { columns: ['id', 'nr'] },
      /"nr" of table public.thing: column "nr" does not exist/,
    ],
    [
      'an integer that is none',
      { columns: ['id', 'text'] },
      /"text" of table public.thing: it is no smallint, integer or bigint/,
    ],
  ])('%s', async (_, cursor, message) => {
    await refused(cursor, message);
  });

  test.each<CursorSpec>(['xmin', { columns: ['id'] }])('a view has no xmin: %j', async (cursor) => {
    await refused(cursor, /it needs xmin, and only tables have that/, 'seen');
  });
});

describe('an expression is one expression, and no way into the statement', () => {
  test.each([
    ['updated_at) or (true', /syntax error/],
    ['updated_at], array[updated_at', /syntax error/],
    ['updated_at) from thing; drop table twin; --', /syntax error|cannot insert multiple commands/],
    ['updated_at -- ) or true', undefined],
    [`timestamptz '2026-01-01' -- nothing but\n + interval '1 day'`, undefined],
  ] as const)('%s', async (expression, message) => {
    if (message) {
      await refused({ expression }, message);
      return;
    }
    const source = await Classic.open(url, { expression });
    await source.tick();
    await expect(source.tick()).resolves.toMatchObject({ warnings: [] });
  });

  test('what would write is refused by Postgres, for the session only reads', async () => {
    const source = await Classic.open(url, { expression: 'writes()' });
    await source.execute(`create or replace function writes() returns timestamptz language plpgsql as $$
                            begin insert into thing (text) values ('written'); return now(); end $$`);
    await source.tick();
    await source.execute(`insert into thing (text) values ('one')`);
    await expect(source.tick()).rejects.toThrow('cannot execute INSERT in a read-only transaction');
    expect((await execute(url, 'select * from thing')).rowCount).toBe(1);
  });
});

describe('a user who may read the table and nothing else', () => {
  const open = async (cursor: CursorSpec): Promise<Classic> => {
    const source = await Classic.open(url, cursor);
    const role = new URL(url).pathname.slice(1);
    await source.execute(
      `drop role if exists ${role}; create role ${role} login password 'reader'; grant select on thing to ${role}`,
    );
    return source.as(role, 'reader');
  };
  const GRANT = /GRANT pg_read_all_stats TO test_/;

  test.each<CursorSpec>(['updated_at', { expression: 'updated_at' }])(
    'cannot see open transactions, and is refused with the grant that it needs: %j',
    async (cursor) => {
      const source = await open(cursor);
      await expect(source.tick()).rejects.toMatchObject({
        name: 'TerminalError',
        code: 'SOURCE_REFUSED',
        message: expect.stringMatching(GRANT) as unknown,
      });
    },
  );

  test('is told so at every run when the lag stands for what it cannot see, and prepared transactions it does see', async () => {
    const source = await open({ column: 'updated_at', lag: '1m' });
    expect((await source.tick()).warnings).toEqual([expect.stringMatching(GRANT)]);
    await execute(
      url,
      `begin; insert into thing (text, updated_at) values ('of an hour ago', now() - interval '1 hour'); prepare transaction 'unseen'`,
    );
    source.stored = BEGINNING;
    try {
      expect((await source.tick()).warnings).toEqual([expect.stringMatching(GRANT)]);
    } finally {
      await execute(url, `commit prepared 'unseen'`);
    }
    await source.tick();
    await source.expectComplete();
    expect(source.final.size).toBe(1);
  });

  test.each<CursorSpec>(['xmin', { columns: ['id'] }, 'full'])('needs no more for %j', async (cursor) => {
    const source = await open(cursor);
    await execute(url, `insert into thing (text) values ('one')`);
    for (let run = 0; run < 2; run += 1) expect((await source.tick()).warnings).toEqual([]);
    await source.expectComplete();
  });
});

test.each<CursorSpec>(['updated_at', 'xmin', { columns: ['id'] }, 'full'])(
  'a table may be made of partitions, and rows move between them: %j',
  async (cursor) => {
    const source = await Classic.open(url, cursor);
    await source.execute(`
      drop table thing;
      create table thing (
        id bigint not null, shard int not null default 1, text text,
        created_at timestamptz not null default now(), updated_at timestamptz not null default now()
      ) partition by range (id);
      create table low partition of thing for values from (minvalue) to (100);
      create table high (text text, updated_at timestamptz not null default now(),
                         created_at timestamptz not null default now(), shard int not null default 1, id bigint not null);
      alter table thing attach partition high for values from (100) to (maxvalue);
      create trigger touch before update on thing for each row execute function touch();
      insert into thing (id, text) values (1, 'low'), (100, 'high')`);
    await source.tick();
    await source.execute(`insert into thing (id, text) values (2, 'low'), (101, 'high')`);
    await source.execute(`update thing set text = 'moved', id = id + 200 where id = 1`);
    await source.tick();
    await source.expectComplete();
  },
);
