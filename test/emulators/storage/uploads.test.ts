import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import { type Bucket, CRC32C, Storage } from '@google-cloud/storage';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Fixture, objectUrl, patterned, PROJECT, refusal, startFixture, uploadUrl } from './support.ts';

const QUANTUM = 256 * 1024;

let fixture: Fixture;
let bucket: Bucket;
beforeAll(async () => {
  fixture = await startFixture();
  bucket = await fixture.newBucket();
});
afterAll(async () => {
  await fixture.stop();
});

describe.each([
  ['resumable', {}],
  ['multipart', { resumable: false }],
  ['chunked', { chunkSize: QUANTUM }],
])('%s upload by the client', (kind, options) => {
  test.each([0, 5, QUANTUM - 1, QUANTUM, 2 * QUANTUM, 3 * QUANTUM + 7])(
    '%i bytes come back as they were',
    async (size) => {
      const bytes = patterned(size);
      const file = bucket.file(`${kind}-${size}`);
      await file.save(bytes, options);
      const [back] = await file.download();
      expect(back.equals(bytes)).toBe(true);
      const crc = new CRC32C();
      crc.update(bytes);
      const [metadata] = await file.getMetadata();
      expect(metadata).toMatchObject({
        size: String(size),
        crc32c: crc.toString(),
        metageneration: '1',
        bucket: bucket.name,
      });
    },
  );

  test('keeps the metadata', async () => {
    const file = bucket.file(`${kind}-described`);
    await file.save('{}', {
      ...options,
      metadata: {
        contentType: 'application/json',
        cacheControl: 'no-cache',
        contentDisposition: 'attachment',
        contentLanguage: 'id',
        metadata: { run: 'r-1', naïve: '✓' },
      },
    });
    const [metadata] = await file.getMetadata();
    expect(metadata).toMatchObject({
      contentType: 'application/json',
      cacheControl: 'no-cache',
      contentDisposition: 'attachment',
      contentLanguage: 'id',
      metadata: { run: 'r-1', naïve: '✓' },
      storageClass: 'STANDARD',
    });
  });
});

test('a stream of unknown length goes through createWriteStream', async () => {
  const parts = Array.from({ length: 40 }, (_, n) => Buffer.alloc(50_000, n));
  const file = bucket.file('streamed');
  await pipeline(Readable.from(parts), file.createWriteStream());
  const [back] = await file.download();
  expect(back.equals(Buffer.concat(parts))).toBe(true);
});

test('the client works through STORAGE_EMULATOR_HOST, which drops /storage/v1', async () => {
  process.env['STORAGE_EMULATOR_HOST'] = fixture.host;
  try {
    const file = new Storage({ projectId: PROJECT }).bucket(bucket.name).file('by-environment');
    await file.save('hello');
    expect((await file.download())[0].toString()).toBe('hello');
  } finally {
    delete process.env['STORAGE_EMULATOR_HOST'];
  }
});

test('gzip: the client gets what it wrote, others get it unpacked unless they accept gzip', async () => {
  const text = 'the same line\n'.repeat(1000);
  const file = bucket.file('packed.txt');
  await file.save(text, { gzip: true });
  expect((await file.download())[0].toString()).toBe(text);
  const [metadata] = await file.getMetadata();
  expect(metadata).toMatchObject({ contentEncoding: 'gzip' });
  expect(Number(metadata.size)).toBeLessThan(1000);
  const url = objectUrl(fixture.host, bucket.name, 'packed.txt', '?alt=media');
  const plain = await fetch(url, { headers: { 'accept-encoding': 'identity', range: 'bytes=0-3' } });
  expect(await plain.text()).toBe(text);
  expect(plain.status).toBe(200);
  expect(plain.headers.get('content-encoding')).toBeNull();
  expect(plain.headers.get('x-goog-stored-content-encoding')).toBe('gzip');
  const packed = await fetch(url, { headers: { 'accept-encoding': 'gzip' } });
  expect(packed.headers.get('content-encoding')).toBe('gzip');
  expect(await packed.text()).toBe(text);
});

test('overwriting replaces bytes and metadata and raises the generation', async () => {
  const file = bucket.file('again');
  await file.save('one', { metadata: { metadata: { a: '1' } } });
  const [first] = await file.getMetadata();
  await file.save('two');
  const [second] = await file.getMetadata();
  expect(Number(second.generation)).toBeGreaterThan(Number(first.generation));
  expect(second.metadata).toBeUndefined();
  expect((await file.download())[0].toString()).toBe('two');
});

describe('simple media upload', () => {
  const post = async (name: string, body: Buffer | string, headers: Record<string, string> = {}): Promise<Response> =>
    await fetch(uploadUrl(fixture.host, bucket.name, name, 'media'), { method: 'POST', body, headers });

  test('takes the content type from the header and the encoding from the query', async () => {
    const response = await fetch(`${uploadUrl(fixture.host, bucket.name, 'media', 'media')}&contentEncoding=gzip`, {
      method: 'POST',
      body: gzipSync('hello'),
      headers: { 'content-type': 'text/plain' },
    });
    expect(await response.json()).toMatchObject({ contentType: 'text/plain', contentEncoding: 'gzip' });
    expect((await bucket.file('media').download())[0].toString()).toBe('hello');
  });

  test.each([
    ['crc32c=AAAAAA==', /^Provided CRC32C "AAAAAA==" doesn't match calculated CRC32C "yZRlqg=="\.$/],
    ['md5=AAAA', /^Provided MD5 hash "AAAA" doesn't match calculated MD5 hash "XrY7u\+Ae7tCTyyK7j1rNww=="\.$/],
  ])('refuses x-goog-hash: %s', async (hash, message) => {
    const answer = await refusal(await post('wrong-hash', 'hello world', { 'x-goog-hash': hash }));
    expect(answer).toMatchObject({ status: 400, reason: 'invalid' });
    expect(answer.message).toMatch(message);
    expect((await bucket.file('wrong-hash').exists())[0]).toBe(false);
  });

  test('accepts the right x-goog-hash', async () => {
    const headers = { 'x-goog-hash': 'crc32c=yZRlqg==,md5=XrY7u+Ae7tCTyyK7j1rNww==' };
    expect((await post('right-hash', 'hello world', headers)).status).toBe(200);
  });
});

describe('refused before a byte is read', () => {
  test.each([
    ['no uploadType', '/o?name=a', 400],
    ['an unknown uploadType', '/o?name=a&uploadType=carrier-pigeon', 400],
    ['no name', '/o?uploadType=media', 400],
    ['an encryption key', '/o?name=a&uploadType=media&kmsKeyName=k', 501],
    ['a precondition that is no number', '/o?name=a&uploadType=media&ifGenerationMatch=x', 400],
  ])('%s', async (_, query, status) => {
    const response = await fetch(`${fixture.host}/upload/storage/v1/b/${bucket.name}${query}`, {
      method: 'POST',
      body: 'x',
    });
    expect(response.status).toBe(status);
  });

  test.each([
    ['a hold', { temporaryHold: true }, 501],
    ['retention', { retention: { mode: 'Locked' } }, 501],
    ['metadata that is no text', { metadata: { a: 1 } }, 400],
    ['more than 8 KiB of metadata', { metadata: { a: 'x'.repeat(8192) } }, 400],
    ['an unknown storage class', { storageClass: 'TEPID' }, 400],
  ])('%s', async (_, json, status) => {
    const url = uploadUrl(fixture.host, bucket.name, 'refused', 'resumable');
    expect((await fetch(url, { method: 'POST', body: JSON.stringify(json) })).status).toBe(status);
  });
});

test('a checksum in the metadata is verified too', async () => {
  const file = bucket.file('declared');
  await expect(file.save('hello', { resumable: false, metadata: { md5Hash: 'AAAA' } })).rejects.toMatchObject({
    code: 400,
  });
  expect((await file.exists())[0]).toBe(false);
});
