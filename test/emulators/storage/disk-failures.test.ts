import { chmod, mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bucket } from '@google-cloud/storage';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { start } from '../../../emulators/storage/index.ts';
import { type Fixture, openSession, refusal, startFixture, uploadUrl } from './support.ts';

let dataDir: string;
let fixture: Fixture;
let bucket: Bucket;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'storage-failing-'));
  fixture = await startFixture({ dataDir });
  bucket = await fixture.newBucket();
  await bucket.file('before').save('old');
});
afterEach(async () => {
  await fixture.stop();
  await rm(dataDir, { recursive: true });
});

async function upload(name: string): Promise<Response> {
  return await fetch(uploadUrl(fixture.host, bucket.name, name, 'media'), { method: 'POST', body: 'hello' });
}

/** Puts a file where a folder was, which fails for every user alike; returns the repair. */
async function block(folder: string): Promise<() => Promise<void>> {
  const path = join(dataDir, folder);
  await rename(path, `${path}.aside`);
  await writeFile(path, '');
  return async () => {
    await rm(path);
    await rename(`${path}.aside`, path);
  };
}

test.each([['uploads'], ['buckets/B/blobs'], ['buckets/B/objects']])(
  'when %s cannot be written, one clear error, the old object stays, and repair is enough',
  async (folder) => {
    const repair = await block(folder.replace('B', bucket.name));
    for (const name of ['new', 'before']) {
      const answer = await refusal(await upload(name));
      expect(answer.status).toBe(500);
      expect(answer.message).toContain(`the storage emulator cannot use its folder ${dataDir}: ENOTDIR`);
    }
    const session = await openSession(fixture.host, bucket.name, 'new');
    expect((await fetch(session, { method: 'PUT', body: 'hello' })).status).toBe(500);
    expect((await bucket.file('new').exists())[0]).toBe(false);
    await repair();
    expect((await bucket.file('before').download())[0].toString()).toBe('old');
    expect((await upload('new')).status).toBe(200);
    expect(await readdir(join(dataDir, 'uploads'))).toEqual([]);
    expect(await readdir(join(dataDir, 'buckets', bucket.name, 'blobs'))).toHaveLength(2);
  },
);

test('a full disk is 503, and the old object stays', async () => {
  // Writing to /dev/full fails with ENOSPC: every upload's file is in a folder whose only name leads there.
  const entries = join(dataDir, 'buckets', bucket.name, 'objects');
  const [entry = ''] = await readdir(entries);
  await symlink('/dev/full', join(entries, `${entry}.tmp`));
  const answer = await refusal(await upload('before'));
  expect(answer.status).toBe(503);
  expect(answer.message).toContain('ENOSPC');
  expect((await bucket.file('before').download())[0].toString()).toBe('old');
  expect(await readdir(join(dataDir, 'buckets', bucket.name, 'blobs'))).toHaveLength(1);
  expect((await upload('before')).status).toBe(200);
});

test('metadata and deletes that cannot be saved change nothing', async () => {
  const repair = await block(`buckets/${bucket.name}/objects`);
  await expect(bucket.file('before').setMetadata({ cacheControl: 'x' })).rejects.toMatchObject({ code: 500 });
  await expect(bucket.file('before').delete()).rejects.toMatchObject({ code: 500 });
  await repair();
  const [metadata] = await bucket.file('before').getMetadata();
  expect(metadata).toMatchObject({ metageneration: '1' });
  expect((await bucket.file('before').download())[0].toString()).toBe('old');
});

test('a folder that cannot be used is refused at the start, by name', async () => {
  const path = join(dataDir, 'a-file');
  await writeFile(path, '');
  await expect(start({ dataDir: path })).rejects.toThrow(`cannot use its folder ${path}`);
});

const isRoot = process.getuid?.() === 0;
(isRoot ? test.skip : test)(
  'a read-only folder is refused at the start (root may write anywhere, so not as root)',
  async () => {
    const path = join(dataDir, 'read-only');
    await mkdir(path);
    await chmod(path, 0o555);
    await expect(start({ dataDir: path })).rejects.toThrow(/EACCES/);
  },
);
