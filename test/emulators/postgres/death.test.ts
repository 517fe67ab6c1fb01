import { readdir } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { start } from '../../../emulators/postgres/index.ts';
import { disposable } from '../kit/disposable.ts';
import { startProgram } from '../kit/program.ts';
import { isAlive, postmaster, query, temporaryFolder, until } from './helpers.ts';

const MAIN = 'emulators/postgres/main.ts';

test('a postmaster that is killed is reported, and its rows are there at the next start', async () => {
  await using folder = await temporaryFolder();
  await using first = disposable(await start({ dataDir: folder.path }));
  await query(first.env, 'CREATE TABLE kept AS SELECT 1 AS id');
  process.kill(await postmaster(folder.path), 'SIGKILL');
  expect((await first.died)?.message).toMatch('Postgres ended with code 137; the end of its log:');
  await first.stop();

  await using second = disposable(await start({ dataDir: folder.path }));
  expect(await query(second.env, 'SELECT id FROM kept')).toEqual([{ id: 1 }]);
  await second.stop();
}, 60_000);

test('the program ends with a clear error when its postmaster is killed', async () => {
  await using folder = await temporaryFolder();
  await using program = await startProgram(MAIN, ['--data-dir', folder.path]);
  process.kill(await postmaster(folder.path), 'SIGKILL');
  const { code, stderr } = await program.ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(/^postgres: Postgres ended with code 137/);
}, 60_000);

test('SIGTERM shuts the server down in order', async () => {
  await using folder = await temporaryFolder();
  await using program = await startProgram(MAIN, ['--data-dir', folder.path]);
  const pid = await postmaster(folder.path);
  program.child.kill('SIGTERM');
  expect(await program.ended).toEqual({ code: 0, stderr: '' });
  expect(isAlive(pid)).toBe(false);
}, 60_000);

test('when the program is killed, Postgres goes too, and the folder can be served again at once', async () => {
  await using folder = await temporaryFolder();
  await using program = await startProgram(MAIN, ['--data-dir', folder.path]);
  await query(program.ready.env, 'CREATE TABLE kept AS SELECT 1 AS id');
  const pid = await postmaster(folder.path);
  program.child.kill('SIGKILL');
  await program.ended;

  await using next = disposable(await start({ dataDir: folder.path }));
  expect(isAlive(pid)).toBe(false);
  expect(await query(next.env, 'SELECT id FROM kept')).toEqual([{ id: 1 }]);
  await next.stop();
}, 60_000);

test('when the program is killed, a temporary cluster goes with it', async () => {
  await using folder = await temporaryFolder(0o1777);
  await using program = await startProgram(MAIN, [], { env: { TMPDIR: folder.path } });
  const [row] = (await query(program.ready.env, `SELECT pg_backend_pid() AS pid`)) as [{ pid: number }];
  expect(await readdir(folder.path)).toHaveLength(1);
  program.child.kill('SIGKILL');
  await until('the folder is gone', async () => (await readdir(folder.path)).length === 0);
  expect(isAlive(row.pid)).toBe(false);
}, 60_000);
