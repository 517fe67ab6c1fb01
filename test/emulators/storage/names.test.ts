import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bucket } from '@google-cloud/storage';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { compareNames } from '../../../emulators/storage/names.ts';
import { type Fixture, startFixture, uploadUrl } from './support.ts';

let root: string;
let fixture: Fixture;
let bucket: Bucket;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'storage-names-'));
  fixture = await startFixture({ dataDir: join(root, 'data') });
  bucket = await fixture.newBucket();
});
afterAll(async () => {
  await fixture.stop();
  await rm(root, { recursive: true });
});

const HOSTILE = [
  '../../escape',
  'a/../../../b',
  '/leading',
  'trailing/',
  '//',
  '...',
  'percent%2Fslash',
  'percent%zz',
  '%',
  'plus+and space',
  'question?and#hash&amp=1',
  '😀/emoji/👩‍👩‍👧',
  'cafe\u0301',
  'caf\u00e9',
  'CASE',
  'case',
  '\u0000null',
  'tab\tquote"\\',
  'con',
  '.hidden',
  'b/bucket/o/object',
  'x'.repeat(1024),
  '😀'.repeat(256),
];

test.each([
  ['resumable', {}],
  ['multipart', { resumable: false }],
])('%s: any name stays what it is, and apart from the others', async (kind, options) => {
  for (const name of HOSTILE) await bucket.file(name).save(`${kind} ${name}`, options);
  for (const name of HOSTILE) {
    expect((await bucket.file(name).download())[0].toString()).toBe(`${kind} ${name}`);
    expect((await bucket.file(name).getMetadata())[0].name).toBe(name);
  }
  const [files] = await bucket.getFiles();
  expect(files.map(({ name }) => name).sort()).toEqual([...HOSTILE].sort());
});

test('after a restart they are what they were', async () => {
  await fixture.stop();
  fixture = await startFixture({ dataDir: join(root, 'data') });
  bucket = fixture.storage.bucket(bucket.name);
  expect((await bucket.getFiles())[0]).toHaveLength(HOSTILE.length);
  for (const name of HOSTILE) expect((await bucket.file(name).download())[0].toString()).toBe(`multipart ${name}`);
});

test('nothing was written beside the data folder', async () => {
  expect(await readdir(root)).toEqual(['data']);
  expect((await readdir(join(root, 'data'))).sort()).toEqual(['buckets', 'uploads']);
});

test.each([
  ['.'],
  ['..'],
  ['line\nfeed'],
  ['carriage\rreturn'],
  ['.well-known/acme-challenge/token'],
  ['x'.repeat(1025)],
  [`${'😀'.repeat(256)}x`],
])('%j is refused', async (name) => {
  const response = await fetch(uploadUrl(fixture.host, bucket.name, name, 'media'), { method: 'POST', body: 'x' });
  expect(response.status).toBe(400);
});

test('a name that is no Unicode text is refused', async () => {
  const url = `${fixture.host}/upload/storage/v1/b/${bucket.name}/o?uploadType=resumable`;
  expect((await fetch(url, { method: 'POST', body: '{"name":"half a pair \\ud83d"}' })).status).toBe(400);
  expect((await fetch(`${fixture.host}/b/${bucket.name}/o/%ff`)).status).toBe(400);
});

test('compareNames is the order of UTF-8 bytes', () => {
  const samples = ['', 'a', 'a\u0000', 'b', 'é', '\ud7ff', '\ue000', '\uffff', '😀', '😀a', '😁', '\u{10ffff}'];
  for (const left of samples) {
    for (const right of samples) {
      const expected = Math.sign(Buffer.compare(Buffer.from(left), Buffer.from(right)));
      expect(Math.sign(compareNames(left, right))).toBe(expected);
    }
  }
});
