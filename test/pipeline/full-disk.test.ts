import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { alir } from '../support/alir.ts';
import { cleanUp } from '../support/cleanup.ts';
import { startTestCloud, type TestCloud } from '../support/cloud.ts';
import { finalRows, libraryTables, sourceRows } from '../support/library.ts';
import { until } from '../support/until.ts';

/** A disk of the test's own. @returns why there can be none, or where it is */
function mountDisk(options: string): { folder: string } | { missing: string } {
  const folder = mkdtempSync(join(tmpdir(), 'alir-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'pipe' });
  } catch {
    rmSync(folder, { recursive: true });
    return { missing: 'this user may not mount a disk' };
  }
  cleanUp(() => {
    execFileSync('umount', ['-l', folder]);
    rmSync(folder, { recursive: true });
  });
  return { folder };
}

const [large, small, readOnly] = [mountDisk('size=300m'), mountDisk('size=20m'), mountDisk('size=1m,ro')];
const missing = 'missing' in large ? large.missing : undefined;
if (missing !== undefined) process.stdout.write(`skipped: full and read-only disks (${missing})\n`);
const whereDisks = missing === undefined ? describe : describe.skip;
const on = (disk: ReturnType<typeof mountDisk>, name: string): string =>
  join('folder' in disk ? disk.folder : '', name);

/** Triggers runs until one is refused. */
async function refusal(cloud: TestCloud): Promise<unknown> {
  for (;;) {
    try {
      await cloud.trigger('library');
    } catch (error) {
      return error;
    }
  }
}

whereDisks('the disk of the data folder', () => {
  test('is full in the middle: the run cannot go on, and once there is room again nothing is lost', async () => {
    const data = on(large, 'data');
    const before = await startTestCloud({ folder: data, keep: true });
    await expect(before.run('library-generator')).resolves.toMatchObject({ state: 'succeeded' });
    await expect(before.run('library')).resolves.toMatchObject({ state: 'succeeded' });
    await expect(before.run('library-generator')).resolves.toMatchObject({ state: 'succeeded' });

    const filler = on(large, 'filler');
    try {
      for (let chunk = 0; ; chunk += 1) writeFileSync(filler, Buffer.alloc(1 << 20), { flag: 'a' });
    } catch (error) {
      expect(error).toMatchObject({ code: 'ENOSPC' });
    }
    // The first part that must write says why it cannot: Pub/Sub when it is published to, or a part that ends. A message
    // or two may still fit into what the last page of its file has left.
    const outcome = await Promise.race([refusal(before), before.died]);
    expect(outcome).toMatchObject({ message: expect.stringMatching(/no space left|ENOSPC/i) });
    await before.stop();

    rmSync(filler);
    const after = await startTestCloud({ folder: data, keep: true });
    // A run that was triggered before goes on now, and holds its tables meanwhile.
    await until('a run to succeed', async () =>
      (await after.run('library')).state === 'succeeded' ? true : undefined,
    );
    for (const table of libraryTables) {
      const source = await sourceRows(after, table);
      expect(source.length).toBeGreaterThan(10);
      expect(await finalRows(after, table)).toEqual(source);
    }
  });

  test('is too small: the start fails with the reason', async () => {
    const { code, stderr, stdout } = await alir(['start', '--data', on(small, 'data')]);
    expect(stdout + stderr).toMatch(/Failed: postgres ended .*(?:No space left on device|Check free disk space)/s);
    expect(code).toBe(1);
  });

  test('is read-only: the start is refused with the reason', async () => {
    const { code, stderr, stdout } = await alir(['start', '--data', on(readOnly, 'data')]);
    expect(stdout + stderr).toMatch(/Failed: --data .*data cannot be used: EROFS: read-only file system/);
    expect(code).toBe(1);
  });
});
