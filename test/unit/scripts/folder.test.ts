import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { takeFolder } from '../../../scripts/up/folder.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'alir-folder-'));
});
afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

describe('a temporary folder', () => {
  test('is another one each time, and gone when it is given back', () => {
    const folders = [takeFolder(undefined), takeFolder(undefined)];
    expect(new Set(folders.map(({ path }) => path)).size).toBe(2);
    for (const folder of folders) {
      expect(folder.keep).toBe(false);
      writeFileSync(join(folder.path, 'x'), '');
      folder.release();
      expect(existsSync(folder.path)).toBe(false);
    }
  });
});

describe('a folder of the user', () => {
  test('is made when it is missing, and stays when it is given back', () => {
    const folder = takeFolder(join(home, 'a/b'));
    expect(folder).toMatchObject({ path: join(home, 'a/b'), keep: true });
    expect(readFileSync(join(folder.path, 'alir.pid'), 'utf8')).toBe(String(process.pid));
    folder.release();
    expect(existsSync(folder.path)).toBe(true);
    expect(existsSync(join(folder.path, 'alir.pid'))).toBe(false);
  });

  test('is for one cloud at a time', () => {
    const folder = takeFolder(home);
    expect(() => takeFolder(home)).toThrow(
      `--data ${home} cannot be used: the local cloud of process ${process.pid} is using it; stop that one, or choose another folder`,
    );
    folder.release();
    takeFolder(home).release();
  });

  test.each([
    ['a process that has ended', () => String(spawnSync(process.execPath, ['-e', '']).pid)],
    ['nobody', () => ''],
    ['no number', () => 'abc'],
    ['every process', () => '-1'],
    ['one that cannot be', () => '0'],
  ])('is free again when its lock is that of %s', (_, owner) => {
    writeFileSync(join(home, 'alir.pid'), owner());
    takeFolder(home).release();
  });

  test('that is a file is refused in one line', () => {
    const file = join(home, 'file');
    writeFileSync(file, 'x');
    expect(() => takeFolder(file)).toThrow(`--data ${file} cannot be used: `);
    expect(() => takeFolder(join(file, 'below'))).toThrow('cannot be used: ');
    expect(readFileSync(file, 'utf8')).toBe('x');
  });

  const asUser = process.getuid?.() === 0 ? test.skip : test;
  asUser('that is read-only is refused, and left as it is (skipped for root, who may write everywhere)', () => {
    const folder = join(home, 'sealed');
    mkdirSync(folder);
    chmodSync(folder, 0o555);
    expect(() => takeFolder(folder)).toThrow(/cannot be used: EACCES/);
    expect(existsSync(join(folder, 'alir.pid'))).toBe(false);
  });
});
