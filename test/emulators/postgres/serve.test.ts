import { createServer } from 'node:net';
import { stat } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Emulator } from '../../../emulators/kit/emulator.ts';
import { listen } from '../../../emulators/kit/http.ts';
import { start } from '../../../emulators/postgres/index.ts';
import { disposable } from '../kit/disposable.ts';
import { query } from './helpers.ts';

describe('a server without a data folder', () => {
  let emulator: Emulator;

  beforeAll(async () => {
    emulator = await start();
  }, 60_000);

  afterAll(async () => {
    await emulator.stop();
  });

  test('is a Postgres 18 on loopback with what pipelines rely on', async () => {
    const names = ['TimeZone', 'wal_level', 'max_connections', 'max_prepared_transactions', 'listen_addresses'];
    const selected = names.map((name) => `current_setting('${name}') AS "${name}"`).join(', ');
    expect(
      await query(emulator.env, `SELECT current_setting('server_version_num')::int / 10000 AS major, ${selected}`),
    ).toEqual([
      {
        major: 18,
        TimeZone: 'UTC',
        wal_level: 'logical',
        max_connections: '100',
        max_prepared_transactions: '16',
        listen_addresses: '127.0.0.1',
      },
    ]);
  });

  test('speaks UTF-8, sorts by code point and knows the case of every letter', async () => {
    expect(
      await query(
        emulator.env,
        `SELECT current_setting('server_encoding') AS encoding, upper('éł') AS upper, 'Z' < 'a' AS by_code_point`,
      ),
    ).toEqual([{ encoding: 'UTF8', upper: 'ÉŁ', by_code_point: true }]);
  });

  test('asks for the password', async () => {
    await expect(query({ ...emulator.env, PGPASSWORD: 'wrong' }, 'SELECT 1')).rejects.toThrow(
      'password authentication failed for user "postgres"',
    );
  });

  test('makes no databases by itself', async () => {
    expect(await query(emulator.env, 'SELECT datname FROM pg_database ORDER BY 1')).toEqual([
      { datname: 'postgres' },
      { datname: 'template0' },
      { datname: 'template1' },
    ]);
  });

  test('keeps a prepared transaction', async () => {
    await query(
      emulator.env,
      'CREATE TABLE kept (id int)',
      'BEGIN',
      'INSERT INTO kept VALUES (1)',
      `PREPARE TRANSACTION 'p'`,
    );
    expect(await query(emulator.env, 'SELECT gid FROM pg_prepared_xacts')).toEqual([{ gid: 'p' }]);
    await query(emulator.env, `COMMIT PREPARED 'p'`);
    expect(await query(emulator.env, 'SELECT id FROM kept')).toEqual([{ id: 1 }]);
  });
});

test('two servers run side by side, and each takes its folder along', async () => {
  const [one, other] = await Promise.all([start(), start()]);
  try {
    expect(one.env['PGPORT']).not.toBe(other.env['PGPORT']);
    await query(one.env, 'CREATE TABLE only_here (id int)');
    await expect(query(other.env, 'SELECT * FROM only_here')).rejects.toThrow('does not exist');
    const [row] = (await query(other.env, `SELECT current_setting('data_directory') AS folder`)) as [
      { folder: string },
    ];
    await other.stop();
    await expect(stat(row.folder)).rejects.toThrow('ENOENT');
    expect(await query(one.env, 'SELECT count(*)::int AS n FROM only_here')).toEqual([{ n: 0 }]);
  } finally {
    await Promise.all([one.stop(), other.stop()]);
  }
}, 60_000);

test('a port that is asked for is taken, and refused by name when it is occupied', async () => {
  const occupant = createServer();
  const port = await listen(occupant, 0);
  await expect(start({ port })).rejects.toThrow(`port ${port} on 127.0.0.1 is occupied`);
  await new Promise((resolve) => occupant.close(resolve));
  await using emulator = disposable(await start({ port }));
  expect(emulator.env['PGPORT']).toBe(String(port));
  await emulator.stop();
  await emulator.stop();
}, 60_000);
