import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { openLedger } from '../../functions/ledger/ledger.ts';
import { readRun } from '../../functions/ledger/status.ts';
import { createDatabase, execute } from '../support/postgres.ts';

const folder = 'functions/ledger/migrations';
const files = readdirSync(folder).sort();
const text = (file: string): string => readFileSync(join(folder, file), 'utf8');

/** What a ledger of the version before these migrations may hold: among others, runs that never counted anything. */
const OLD_ROWS = `
  insert into run (run_id, pipeline, tick) values ('old', 'p', now());
  insert into table_run (run_id, table_name, pipeline, state, reason) values
    ('old', 'done', 'p', 'succeeded', null), ('old', 'failed', 'p', 'failed', 'why'), ('old', 'open', 'p', 'encoding', null);
  insert into slice (run_id, table_name, slice, bounds, extracted, encoded, quarantined) values ('old', 'done', 0, '{}', 5, 3, 1);
  insert into task (run_id, table_name, stage, slice, state, token, claimed_until, error)
    values ('old', 'open', 'encode', 0, 'claimed', gen_random_uuid(), now(), 'an error of before');
`;

/** A database as the first `count` migrations have left it, with rows in it. */
async function oldDatabase(count: number): Promise<string> {
  const url = await createDatabase();
  const names = files.slice(0, count);
  await execute(
    url,
    `create schema alir; set search_path = alir;
     create table migration (name text primary key, applied_at timestamptz not null default now());
     ${names.map((name) => `${text(name)}; insert into migration (name) values ('${name}');`).join('\n')}
     ${count === 1 || count === 2 ? OLD_ROWS : ''}`,
  );
  return url;
}

const columns = async (url: string): Promise<unknown> =>
  (
    await execute(
      url,
      `select table_name, column_name, data_type from information_schema.columns where table_schema = 'alir' order by 1, 2`,
    )
  ).rows;

let newest: unknown;
beforeAll(async () => {
  const url = await createDatabase();
  const ledger = openLedger({ connection: url });
  await ledger.query('select 1');
  await ledger.close();
  newest = await columns(url);
});

describe('functions that start at once', () => {
  test.each([
    ['an empty database', 0],
    ['the first ledger', 1],
    ['the ledger before counts were held to', 2],
  ])('migrate once, whoever comes first: %s', async (_, count) => {
    for (let time = 0; time < 4; time += 1) {
      const url = await oldDatabase(count);
      const ledgers = Array.from({ length: 4 }, () => openLedger({ connection: url, connections: 2 }));
      await Promise.all(
        ledgers.flatMap((ledger) => [
          ledger.query('select error_class from table_run'),
          ledger.transaction(async (tx) => await tx.query('select error_code from task')),
        ]),
      );
      const { rows } = await execute(url, 'select name from alir.migration order by name');
      expect(rows).toEqual(files.map((name) => ({ name })));
      expect(await columns(url)).toEqual(newest);
      for (const ledger of ledgers) await ledger.close();
    }
  });
});

describe('a ledger', () => {
  test('that is ahead of the code is refused', async () => {
    const url = await createDatabase();
    const first = openLedger({ connection: url });
    await first.query('select 1');
    await first.close();
    await execute(url, `insert into alir.migration (name) values ('9999_future.sql')`);
    const second = openLedger({ connection: url });
    await expect(second.query('select 1')).rejects.toThrow('9999_future.sql');
    await second.close();
  });
});

describe('0003', () => {
  test('can be repeated', async () => {
    const url = await oldDatabase(2);
    const sql = text(files[2] ?? '');
    await execute(url, `set search_path = alir; ${sql}; ${sql}; ${sql}`);
    const { rows } = await execute(url, `select conname from pg_constraint where not convalidated order by 1`);
    expect(rows.map(({ conname }) => conname)).toEqual([
      'slice_counts',
      'table_run_counted',
      'table_run_encoded',
      'table_run_loaded',
    ]);
  });

  test('leaves old rows as they are, and they can be read and ended', async () => {
    const url = await oldDatabase(2);
    const ledger = openLedger({ connection: url });
    const run = await readRun(ledger, 'old');
    expect(run?.tables).toMatchObject([
      { table: 'done', state: 'succeeded', failure: undefined },
      { table: 'failed', state: 'failed', reason: 'why', failure: undefined },
      { table: 'open', state: 'encoding', attempts: 1, lastError: undefined },
    ]);
    await ledger.query(`update table_run set state = 'failed' where table_name = 'open'`);
    await ledger.close();
  });

  test('holds new rows to their counts, and rows that are written anew', async () => {
    const url = await oldDatabase(2);
    const ledger = openLedger({ connection: url });
    const write = async (sql: string): Promise<unknown> => await ledger.query(sql);
    await expect(write(`update slice set bytes = 1`)).rejects.toThrow('slice_counts');
    await expect(write(`update table_run set bytes = 1 where table_name = 'done'`)).rejects.toThrow(
      'table_run_counted',
    );
    await ledger.close();
  });
});
