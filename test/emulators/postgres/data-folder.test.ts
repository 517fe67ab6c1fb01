import { spawn } from 'node:child_process';
import { chmod, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { findAccount, identity } from '../../../emulators/postgres/account.ts';
import { start } from '../../../emulators/postgres/index.ts';
import { disposable } from '../kit/disposable.ts';
import { startProgram } from '../kit/program.ts';
import { isAlive, postmaster, query, temporaryFolder } from './helpers.ts';

const isRoot = process.getuid?.() === 0;

test('rows outlive a stop and a start', async () => {
  await using folder = await temporaryFolder();
  await using first = disposable(await start({ dataDir: folder.path }));
  await query(first.env, 'CREATE TABLE kept AS SELECT 42 AS answer');
  await first.stop();

  await using second = disposable(await start({ dataDir: folder.path }));
  try {
    expect(await query(second.env, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    expect(await query(second.env, `SELECT current_setting('fsync') AS fsync`)).toEqual([{ fsync: 'on' }]);
  } finally {
    await second.stop();
  }
  expect(await readdir(folder.path)).toEqual(['cluster']);
}, 60_000);

test('a folder that somebody else serves is refused, and that server goes on', async () => {
  await using folder = await temporaryFolder();
  await using first = disposable(await start({ dataDir: folder.path }));
  try {
    const pid = await postmaster(folder.path);
    await expect(start({ dataDir: folder.path })).rejects.toThrow(
      `the data folder ${folder.path} cannot be used: it is in use by another Postgres (process ${pid})`,
    );
    expect(await query(first.env, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  } finally {
    await first.stop();
  }
}, 60_000);

test('a lock file whose process number belongs to somebody else by now prevents nothing', async () => {
  await using folder = await temporaryFolder();
  await (await start({ dataDir: folder.path })).stop();
  // A process of the very user that Postgres runs as; it does not wave off those of others.
  const stranger = spawn('/bin/sleep', ['60'], identity(await findAccount()));
  try {
    await writeFile(
      join(folder.path, 'cluster', 'postmaster.pid'),
      `${stranger.pid ?? 0}\n/elsewhere\n1\n5432\n\n127.0.0.1\n`,
    );
    await using emulator = disposable(await start({ dataDir: folder.path }));
    expect(isAlive(await postmaster(folder.path))).toBe(true);
    await emulator.stop();
  } finally {
    stranger.kill();
  }
}, 60_000);

test('a cluster of another major version is refused by both numbers', async () => {
  await using folder = await temporaryFolder();
  await (await start({ dataDir: folder.path })).stop();
  await writeFile(join(folder.path, 'cluster', 'PG_VERSION'), '17\n');
  await expect(start({ dataDir: folder.path })).rejects.toThrow('it was written by Postgres 17, and this one is 18');
}, 60_000);

test('a folder that cannot be written is one error that names folder and reason', async () => {
  if (isRoot) {
    // Modes do not hold root back, but nobody makes folders in /proc.
    await expect(start({ dataDir: '/proc/sys' })).rejects.toThrow(
      /the data folder \/proc\/sys cannot be used: EN|EACCES|EPERM/,
    );
    return;
  }
  await using folder = await temporaryFolder(0o555);
  await expect(start({ dataDir: folder.path })).rejects.toThrow(
    `the data folder ${folder.path} cannot be used: EACCES`,
  );
  expect(await readdir(folder.path)).toEqual([]);
});

test('a file in place of the folder is one error that names it', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'file');
  await writeFile(file, '');
  await expect(start({ dataDir: file })).rejects.toThrow(`the data folder ${file} cannot be used: EEXIST`);
});

test('a folder below one that Postgres may not enter is served all the same', async () => {
  if (!isRoot) return;
  await using closed = await temporaryFolder(0o700);
  const dataDir = join(closed.path, 'data');
  await using first = disposable(await start({ dataDir }));
  await query(first.env, 'CREATE TABLE kept AS SELECT 1 AS id', 'CHECKPOINT', 'SELECT pg_reload_conf()');
  await expect(start({ dataDir })).rejects.toThrow('it is in use by another Postgres');
  await first.stop();
  await using second = disposable(await start({ dataDir }));
  expect(await query(second.env, 'SELECT id FROM kept')).toEqual([{ id: 1 }]);
  await second.stop();

  // The same cluster is found by its path once the way is open.
  await chmod(closed.path, 0o755);
  await using third = disposable(await start({ dataDir }));
  expect(await query(third.env, 'SELECT id FROM kept')).toEqual([{ id: 1 }]);
  await third.stop();
}, 60_000);

test('a temporary folder that Postgres may not enter is served and removed all the same', async () => {
  if (!isRoot) return;
  await using closed = await temporaryFolder(0o700);
  await using program = await startProgram('emulators/postgres/main.ts', [], { env: { TMPDIR: closed.path } });
  expect(await readdir(closed.path)).toHaveLength(1);
  expect(await query(program.ready.env, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  program.child.kill();
  expect(await program.ended).toEqual({ code: 0, stderr: '' });
  expect(await readdir(closed.path)).toEqual([]);
}, 60_000);
