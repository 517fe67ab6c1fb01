import type { Bucket } from '@google-cloud/storage';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type Fixture, startFixture } from './support.ts';

let fixture: Fixture;
let bucket: Bucket;
let generations: number[];
beforeAll(async () => {
  fixture = await startFixture();
});
afterAll(async () => {
  await fixture.stop();
});
beforeEach(async () => {
  bucket = await fixture.newBucket();
  await bucket.setMetadata({ versioning: { enabled: true } });
  generations = [];
  for (const text of ['one', 'two', 'three']) {
    const file = bucket.file('a');
    await file.save(text);
    generations.push(Number((await file.getMetadata())[0].generation));
  }
});

const read = async (generation: number | undefined): Promise<string> =>
  (await bucket.file('a', generation === undefined ? {} : { generation }).download())[0].toString();

async function versions(): Promise<number[]> {
  const [files] = await bucket.getFiles({ versions: true });
  return files.map(({ metadata }) => Number(metadata.generation));
}

test('an overwrite keeps the version before', async () => {
  expect(await Promise.all([...generations, undefined].map(read))).toEqual(['one', 'two', 'three', 'three']);
  expect(await versions()).toEqual(generations);
  expect((await bucket.getFiles())[0]).toHaveLength(1);
  const [old] = await bucket.file('a', { generation: generations[0] ?? 0 }).getMetadata();
  expect(old.timeDeleted).toBeDefined();
});

test('versions come in pages', async () => {
  const url = `${fixture.host}/b/${bucket.name}/o?versions=true&maxResults=2`;
  const first = (await (await fetch(url)).json()) as { items: unknown[]; nextPageToken: string };
  const second = (await (await fetch(`${url}&pageToken=${first.nextPageToken}`)).json()) as { items: unknown[] };
  expect([first.items.length, second.items.length]).toEqual([2, 1]);
});

test('delete hides the live version; delete with a generation removes one for good', async () => {
  await bucket.file('a').delete();
  await expect(read(undefined)).rejects.toMatchObject({ code: 404 });
  expect(await read(generations[2])).toBe('three');
  await expect(bucket.delete()).rejects.toMatchObject({ code: 409 });
  await bucket.file('a', { generation: generations[1] ?? 0 }).delete();
  await expect(read(generations[1])).rejects.toMatchObject({ code: 404 });
  expect(await versions()).toEqual([generations[0], generations[2]]);
  await bucket.deleteFiles({ versions: true });
  await bucket.delete();
});

test('the live version can be removed for good by its generation', async () => {
  await bucket.file('a', { generation: generations[2] ?? 0 }).delete();
  expect(await versions()).toEqual(generations.slice(0, 2));
  await expect(read(undefined)).rejects.toMatchObject({ code: 404 });
});

test('an old version can be described and copied', async () => {
  const old = bucket.file('a', { generation: generations[0] ?? 0 });
  await old.setMetadata({ metadata: { note: 'old' } });
  expect((await old.getMetadata())[0].metadata).toEqual({ note: 'old' });
  expect((await bucket.file('a').getMetadata())[0].metadata).toBeUndefined();
  await old.copy(bucket.file('restored'));
  expect((await bucket.file('restored').download())[0].toString()).toBe('one');
});

test('switched off, overwriting keeps what was kept and no more', async () => {
  await bucket.setMetadata({ versioning: { enabled: false } });
  await bucket.file('a').save('four');
  expect(await versions()).toHaveLength(3);
  await expect(read(generations[2])).rejects.toMatchObject({ code: 404 });
  expect(await read(generations[0])).toBe('one');
});
