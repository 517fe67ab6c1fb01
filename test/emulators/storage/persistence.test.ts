import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { EmulatorOptions } from '../../../emulators/kit/emulator.ts';
import { start } from '../../../emulators/storage/index.ts';
import { clientFor, type Fixture, openSession, patterned, startFixture, uploadUrl } from './support.ts';

let dataDir: string;
let running: Fixture[];
let children: ChildProcess[];
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'storage-data-'));
  running = [];
  children = [];
});
afterEach(async () => {
  for (const fixture of running) await fixture.stop();
  for (const child of children) child.kill('SIGKILL');
  await rm(dataDir, { recursive: true });
});

async function open(options: EmulatorOptions = { dataDir }): Promise<Fixture> {
  const fixture = await startFixture(options);
  running.push(fixture);
  return fixture;
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(join(dataDir, folder), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

async function spawnEmulator(): Promise<{ child: ChildProcess; host: string }> {
  const main = new URL('../../../emulators/storage/main.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [main, '--data-dir', dataDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  for await (const line of createInterface(child.stdout)) {
    const { env } = JSON.parse(line) as { env: Record<string, string> };
    return { child, host: env['STORAGE_EMULATOR_HOST'] ?? '' };
  }
  throw new Error('the emulator ended before it was ready');
}

test('buckets, objects and versions survive a stop and a start', async () => {
  const first = await open();
  const [bucket] = await first.storage.createBucket('kept-bucket', {
    labels: { a: '1' },
    versioning: { enabled: true },
  });
  await bucket.file('dir/kept').save('old');
  await bucket.file('dir/kept').save('new', { metadata: { contentType: 'text/plain', metadata: { k: 'v' } } });
  await bucket.file('gone').save('x');
  await bucket.file('gone').delete();
  await first.storage.createBucket('deleted-bucket');
  await first.storage.bucket('deleted-bucket').delete();
  const [before] = await bucket.file('dir/kept').getMetadata();
  await first.stop();

  const second = await open();
  const reopened = second.storage.bucket('kept-bucket');
  const [after] = await reopened.file('dir/kept').getMetadata();
  const withoutHost = (metadata: object): string => JSON.stringify(metadata).replaceAll(/http:\/\/[^/]+/g, '');
  expect(withoutHost(after)).toBe(withoutHost(before));
  expect((await reopened.file('dir/kept').download())[0].toString()).toBe('new');
  expect((await reopened.getMetadata())[0].labels).toEqual({ a: '1' });
  expect((await reopened.file('gone').exists())[0]).toBe(false);
  expect((await reopened.getFiles({ versions: true }))[0]).toHaveLength(3);
  expect((await second.storage.bucket('deleted-bucket').exists())[0]).toBe(false);
  await reopened.file('later').save('x');
  expect(Number((await reopened.file('later').getMetadata())[0].generation)).toBeGreaterThan(Number(before.generation));
  await second.stop();
});

test('killed in the middle of uploads, it comes back with what was answered and nothing else', async () => {
  const { child, host } = await spawnEmulator();
  const storage = clientFor(host);
  const [bucket] = await storage.createBucket('killed-bucket');
  const bytes = patterned(300_000);
  await bucket.file('answered').save(bytes);
  const session = await openSession(host, 'killed-bucket', 'half');
  await fetch(session, {
    method: 'PUT',
    headers: { 'content-range': 'bytes 0-262143/*' },
    body: bytes.subarray(0, 262_144),
  });
  const hanging = httpRequest(uploadUrl(host, 'killed-bucket', 'answered', 'media'), { method: 'POST' });
  const cut = new Promise((resolve) => hanging.on('error', resolve));
  await new Promise((resolve) => hanging.write(bytes, resolve));
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await Promise.all([exited, cut]);
  expect(await filesIn('uploads')).not.toEqual([]);

  const again = await open();
  expect(await filesIn('uploads')).toEqual([]);
  const reopened = again.storage.bucket('killed-bucket');
  expect((await reopened.getFiles())[0].map(({ name }) => name)).toEqual(['answered']);
  expect((await reopened.file('answered').download())[0].equals(bytes)).toBe(true);
  expect(
    (await fetch(session.replace(host, again.host), { method: 'PUT', headers: { 'content-range': 'bytes */*' } }))
      .status,
  ).toBe(404);
  await again.stop();
});

test('leftovers of an interruption between two steps are swept', async () => {
  const first = await open();
  const [bucket] = await first.storage.createBucket('swept-bucket');
  await bucket.file('a').save('kept');
  await first.stop();
  const [entry = ''] = await readdir(join(dataDir, 'buckets/swept-bucket/objects'));
  await writeFile(join(dataDir, 'buckets/swept-bucket/objects', `${entry}.tmp`), '{"half');
  await writeFile(join(dataDir, 'buckets/swept-bucket/blobs/12345'), 'an orphan');
  await rm(join(dataDir, 'buckets/swept-bucket/bucket.json.tmp'), { force: true });
  await writeFile(join(dataDir, 'uploads/abandoned'), 'bytes');

  const second = await open();
  expect(await filesIn('uploads')).toEqual([]);
  expect(await filesIn('buckets')).toHaveLength(3);
  expect((await second.storage.bucket('swept-bucket').file('a').download())[0].toString()).toBe('kept');
  await second.stop();
});

test('a bucket that was half deleted is gone', async () => {
  const first = await open();
  await first.storage.createBucket('half-bucket');
  await first.stop();
  await rm(join(dataDir, 'buckets/half-bucket/bucket.json'));
  const second = await open();
  expect((await second.storage.bucket('half-bucket').exists())[0]).toBe(false);
  await second.storage.createBucket('half-bucket');
  await second.stop();
});

test('overwritten, deleted and refused bytes leave no files', async () => {
  const fixture = await open();
  const bucket = await fixture.newBucket();
  for (const text of ['one', 'two', 'three']) await bucket.file('a').save(text);
  await expect(bucket.file('a').save('x', { preconditionOpts: { ifGenerationMatch: 0 } })).rejects.toMatchObject({
    code: 412,
  });
  await bucket.file('b').save('x');
  await bucket.file('b').delete();
  expect(await filesIn('buckets')).toHaveLength(3);
  const url = uploadUrl(fixture.host, bucket.name, 'c', 'media');
  expect((await fetch(url, { method: 'POST', body: 'x', headers: { 'x-goog-hash': 'md5=AAAA' } })).status).toBe(400);
  expect(await filesIn('uploads')).toEqual([]);
  await fixture.stop();
});

test('a damaged file is named', async () => {
  const first = await open();
  await (await first.newBucket()).file('a').save('x');
  await first.stop();
  const [file = ''] = (await readdir(join(dataDir, 'buckets'), { recursive: true })).filter((path) =>
    path.includes('objects/'),
  );
  const path = join(dataDir, 'buckets', file);
  expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ name: 'a' });
  await writeFile(path, 'not json');
  await expect(start({ dataDir })).rejects.toThrow(`${path} is not readable`);
});

test('without a data folder, stop leaves nothing', async () => {
  const before = await readdir(tmpdir());
  const fixture = await open({});
  await (await fixture.newBucket()).file('a').save('x');
  const made = (await readdir(tmpdir())).filter(
    (name) => name.startsWith('storage-emulator-') && !before.includes(name),
  );
  expect(made.length).toBeGreaterThan(0);
  await fixture.stop();
  await fixture.stop();
  await expect(fetch(fixture.host)).rejects.toThrow();
});
