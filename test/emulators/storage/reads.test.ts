import type { Bucket } from '@google-cloud/storage';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Fixture, objectUrl, patterned, startFixture } from './support.ts';

const bytes = patterned(100_000);

let fixture: Fixture;
let bucket: Bucket;
beforeAll(async () => {
  fixture = await startFixture();
  bucket = await fixture.newBucket();
  await bucket
    .file('data/bytes.bin')
    .save(bytes, { metadata: { contentType: 'application/x-test', cacheControl: 'no-store' } });
  await bucket.file('empty').save('');
});
afterAll(async () => {
  await fixture.stop();
});

async function media(name: string, headers: Record<string, string> = {}, query = ''): Promise<Response> {
  return await fetch(objectUrl(fixture.host, bucket.name, name, `?alt=media${query}`), { headers });
}

async function collect(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

test.each([['crc32c'], ['md5'], [false]] as const)('createReadStream with validation %s', async (validation) => {
  const stream = bucket.file('data/bytes.bin').createReadStream({ validation });
  expect((await collect(stream)).equals(bytes)).toBe(true);
});

test.each([
  [{ start: 0, end: 9 }, 0, 10],
  [{ start: 99_990 }, 99_990, 100_000],
  [{ start: 99_990, end: 200_000 }, 99_990, 100_000],
  [{ end: -5 }, 99_995, 100_000],
])('the client reads the range %j', async (range, from, to) => {
  const [part] = await bucket.file('data/bytes.bin').download(range);
  expect(part.equals(bytes.subarray(from, to))).toBe(true);
});

describe('Range', () => {
  test.each([
    ['bytes=0-0', 206, 'bytes 0-0/100000', 1],
    ['bytes=5-', 206, 'bytes 5-99999/100000', 99_995],
    ['bytes=-1', 206, 'bytes 99999-99999/100000', 1],
    ['bytes=-200000', 206, 'bytes 0-99999/100000', 100_000],
    ['bytes=9-5', 200, null, 100_000],
    ['bytes=0-1,4-5', 200, null, 100_000],
    ['lines=0-1', 200, null, 100_000],
    ['bytes=-', 200, null, 100_000],
  ])('%s is %i', async (range, status, contentRange, length) => {
    const response = await media('data/bytes.bin', { range });
    expect([response.status, response.headers.get('content-range')]).toEqual([status, contentRange]);
    expect((await response.arrayBuffer()).byteLength).toBe(length);
  });

  test.each([
    ['data/bytes.bin', 'bytes=100000-', 'bytes */100000'],
    ['data/bytes.bin', 'bytes=-0', 'bytes */100000'],
    ['empty', 'bytes=0-', 'bytes */0'],
  ])('of %s, %s is 416', async (name, range, contentRange) => {
    const response = await media(name, { range });
    expect([response.status, response.headers.get('content-range')]).toEqual([416, contentRange]);
    expect(await response.json()).toMatchObject({
      error: { code: 416, errors: [{ reason: 'requestedRangeNotSatisfiable' }] },
    });
  });
});

test('an empty object is read as such', async () => {
  expect((await bucket.file('empty').download())[0]).toHaveLength(0);
});

test('the headers say what the object is', async () => {
  const response = await media('data/bytes.bin');
  const [metadata] = await bucket.file('data/bytes.bin').getMetadata();
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'application/x-test',
    'cache-control': 'no-store',
    'content-length': '100000',
    etag: metadata.etag,
    'x-goog-generation': metadata.generation,
    'x-goog-metageneration': '1',
    'x-goog-hash': `crc32c=${String(metadata.crc32c)},md5=${String(metadata.md5Hash)}`,
    'x-goog-stored-content-encoding': 'identity',
    'x-goog-stored-content-length': '100000',
    'x-goog-storage-class': 'STANDARD',
  });
});

test.each([
  ['/storage/v1/b/B/o/data%2Fbytes.bin?alt=media'],
  ['/b/B/o/data%2Fbytes.bin?alt=media'],
  ['/download/storage/v1/b/B/o/data%2Fbytes.bin?alt=media'],
  ['/B/data/bytes.bin'],
  ['/B/data%2Fbytes.bin'],
])('GET %s is the bytes', async (path) => {
  const response = await fetch(fixture.host + path.replace('B', bucket.name));
  expect(response.status).toBe(200);
  expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
});

test('HEAD /bucket/object tells without sending', async () => {
  const response = await fetch(`${fixture.host}/${bucket.name}/data/bytes.bin`, { method: 'HEAD' });
  expect([response.status, response.headers.get('content-length')]).toEqual([200, '100000']);
});

test('what is not there is 404, in JSON for metadata and in text for media', async () => {
  const message = `No such object: ${bucket.name}/gone`;
  await expect(bucket.file('gone').getMetadata()).rejects.toMatchObject({ code: 404, message });
  await expect(bucket.file('gone').download()).rejects.toMatchObject({ code: 404, message });
  expect(await (await media('gone')).text()).toBe(message);
  expect((await bucket.file('gone').exists())[0]).toBe(false);
  await bucket.file('gone').delete({ ignoreNotFound: true });
});

test('a generation that is not live is 404; one that is no number is 400', async () => {
  const [metadata] = await bucket.file('data/bytes.bin').getMetadata();
  const live = String(metadata.generation);
  expect((await media('data/bytes.bin', {}, `&generation=${live}`)).status).toBe(200);
  expect((await media('data/bytes.bin', {}, `&generation=${Number(live) - 1}`)).status).toBe(404);
  expect((await media('data/bytes.bin', {}, '&generation=x')).status).toBe(400);
});

test('a reader finishes what it began though the object is replaced and deleted meanwhile', async () => {
  const large = patterned(8 * 1024 * 1024);
  const file = bucket.file('replaced');
  await file.save(large);
  const response = await media('replaced');
  await file.save('other');
  await file.delete();
  expect(Buffer.from(await response.arrayBuffer()).equals(large)).toBe(true);
});

test('setMetadata merges, null removes, and only the metageneration moves', async () => {
  const file = bucket.file('described');
  await file.save('x', { metadata: { contentType: 'text/plain', metadata: { a: '1', b: '2' } } });
  const [before] = await file.getMetadata();
  await file.setMetadata({ cacheControl: 'public', metadata: { a: null, c: '3' } });
  const [after] = await file.getMetadata();
  expect(after).toMatchObject({ contentType: 'text/plain', cacheControl: 'public', metageneration: '2' });
  expect(after.metadata).toEqual({ b: '2', c: '3' });
  expect(after.generation).toBe(before.generation);
  expect(after.etag).not.toBe(before.etag);
  await expect(file.setMetadata({ temporaryHold: true })).rejects.toMatchObject({ code: 501 });
  await expect(bucket.file('gone').setMetadata({ cacheControl: 'x' })).rejects.toMatchObject({ code: 404 });
});
