import { request as httpRequest } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Bucket } from '@google-cloud/storage';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Fixture, openSession, patterned, refusal, startFixture, uploadUrl } from './support.ts';

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

async function put(session: string, range: string | undefined, body?: Buffer, headers = {}): Promise<Response> {
  const init = body === undefined ? {} : { body };
  const contentRange = range === undefined ? {} : { 'content-range': range };
  return await fetch(session, { method: 'PUT', headers: { ...contentRange, ...headers }, redirect: 'manual', ...init });
}

const open = async (name: string, query = ''): Promise<string> =>
  await openSession(fixture.host, bucket.name, name, query);

async function expectContent(name: string, bytes: Buffer): Promise<void> {
  const [back] = await bucket.file(name).download();
  expect(back.equals(bytes)).toBe(true);
}

/** Sends the head of a body, waits until the server holds `persisted` bytes, then cuts the connection. */
async function sendAndCut(session: string, range: string, head: Buffer, persisted: number): Promise<void> {
  const outgoing = httpRequest(session, { method: 'PUT', headers: { 'content-range': range } });
  outgoing.on('error', () => undefined);
  outgoing.write(head);
  await untilPersisted(session, persisted);
  outgoing.destroy();
}

async function untilPersisted(session: string, persisted: number): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const range = (await put(session, 'bytes */*')).headers.get('range');
    if (range === `bytes=0-${persisted - 1}`) return;
    if (Date.now() > deadline) throw new Error(`the server holds ${String(range)}, not ${persisted} bytes`);
    await delay(5);
  }
}

describe('chunks', () => {
  test('308 with Range until the last one, then the object; later requests answer the same', async () => {
    const bytes = patterned(2 * QUANTUM + 10);
    const session = await open('chunks');
    expect((await put(session, 'bytes */*')).status).toBe(308);
    expect((await put(session, 'bytes */*')).headers.get('range')).toBeNull();
    const first = await put(session, `bytes 0-${QUANTUM - 1}/*`, bytes.subarray(0, QUANTUM));
    expect([first.status, first.headers.get('range')]).toEqual([308, `bytes=0-${QUANTUM - 1}`]);
    expect((await bucket.file('chunks').exists())[0]).toBe(false);
    const second = await put(
      session,
      `bytes ${QUANTUM}-${2 * QUANTUM - 1}/${bytes.length}`,
      bytes.subarray(QUANTUM, 2 * QUANTUM),
    );
    expect([second.status, second.headers.get('range')]).toEqual([308, `bytes=0-${2 * QUANTUM - 1}`]);
    const tail = `bytes ${2 * QUANTUM}-${bytes.length - 1}/${bytes.length}`;
    const last = await put(session, tail, bytes.subarray(2 * QUANTUM));
    expect(last.status).toBe(200);
    const resource = await last.json();
    expect(resource).toMatchObject({ name: 'chunks', size: String(bytes.length) });
    await expectContent('chunks', bytes);
    expect(await (await put(session, 'bytes */*')).json()).toEqual(resource);
    expect(await (await put(session, tail, bytes.subarray(2 * QUANTUM))).json()).toEqual(resource);
  });

  test('only whole quanta of a chunk that is not the last are kept', async () => {
    const bytes = patterned(QUANTUM + 100);
    const session = await open('uneven');
    const first = await put(session, `bytes 0-${bytes.length - 1}/*`, bytes);
    expect(first.headers.get('range')).toBe(`bytes=0-${QUANTUM - 1}`);
    const unaligned = await put(session, `bytes ${bytes.length}-*/*`, Buffer.from('more'));
    expect(unaligned.status).toBe(503);
    const last = await put(session, `bytes ${QUANTUM}-${bytes.length - 1}/${bytes.length}`, bytes.subarray(QUANTUM));
    expect(last.status).toBe(200);
    await expectContent('uneven', bytes);
  });

  test('bytes that are there already are skipped', async () => {
    const bytes = patterned(2 * QUANTUM);
    const session = await open('overlap');
    await put(session, `bytes 0-${QUANTUM - 1}/*`, bytes.subarray(0, QUANTUM));
    expect((await put(session, `bytes 0-${bytes.length - 1}/${bytes.length}`, bytes)).status).toBe(200);
    await expectContent('overlap', bytes);
  });

  test('bytes */N ends an upload whose length was unknown', async () => {
    const bytes = patterned(QUANTUM);
    const session = await open('told-late');
    await put(session, `bytes 0-${QUANTUM - 1}/*`, bytes);
    expect((await put(session, `bytes */${QUANTUM}`)).status).toBe(200);
    await expectContent('told-late', bytes);
  });

  test('bytes */0 makes an empty object', async () => {
    expect((await put(await open('empty'), 'bytes */0')).status).toBe(200);
    await expectContent('empty', Buffer.alloc(0));
  });

  test('a single PUT needs no Content-Range', async () => {
    expect((await put(await open('plain'), undefined, Buffer.from('hello'))).status).toBe(200);
    await expectContent('plain', Buffer.from('hello'));
  });

  test('a gap is 503 in plain text, which the Java client looks for', async () => {
    const session = await open('gap');
    const response = await put(session, 'bytes 262144-262148/*', Buffer.from('hello'));
    expect(response.status).toBe(503);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(await response.text()).toBe(
      'Invalid request.  According to the Content-Range header, the upload offset is 262144 byte(s), which exceeds already uploaded size of 0 byte(s).',
    );
  });

  test.each([
    ['fewer bytes than announced', 'bytes 0-9/10', 'hello'],
    ['more bytes than announced', 'bytes 0-2/3', 'hello'],
    ['more bytes than the total', 'bytes 0-*/3', 'hello'],
    ['fewer bytes than the total', 'bytes 0-*/9', 'hello'],
    ['a range beyond its total', 'bytes 0-9/5', 'hello'],
    ['a range that runs backwards', 'bytes 9-0/20', 'hello'],
    ['no numbers', 'bytes a-b/c', 'hello'],
    ['another unit', 'lines 0-1/2', 'hello'],
  ])('%s is 400, and the session goes on', async (_, range, text) => {
    const name = `contradiction-${range}`;
    const session = await open(name);
    expect((await put(session, range, Buffer.from(text))).status).toBe(400);
    expect((await put(session, 'bytes */*')).headers.get('range')).toBeNull();
    expect((await put(session, 'bytes 0-4/5', Buffer.from('fresh'))).status).toBe(200);
    await expectContent(name, Buffer.from('fresh'));
  });

  test('a body that is refused half way is still answered, on a connection that stays', async () => {
    const session = await open('refused-half-way');
    const answer = await refusal(await put(session, 'bytes 0-2/3', patterned(8 * 1024 * 1024)));
    expect(answer).toMatchObject({ status: 400, reason: 'badRequest' });
  });

  test('Go’s client gets its 308 as 200 with an override', async () => {
    const session = await open('go');
    const response = await put(session, `bytes 0-${QUANTUM - 1}/*`, patterned(QUANTUM), {
      'x-guploader-no-308': 'yes',
    });
    expect([response.status, response.headers.get('x-http-status-code-override')]).toEqual([200, '308']);
    expect(response.headers.get('range')).toBe(`bytes=0-${QUANTUM - 1}`);
  });
});

describe('a connection that is cut', () => {
  const bytes = patterned(3 * QUANTUM + 5);

  test('keeps whole quanta; the upload resumes there', async () => {
    const session = await open('cut');
    await sendAndCut(session, 'bytes 0-*/*', bytes.subarray(0, 2 * QUANTUM + 999), 2 * QUANTUM);
    expect((await bucket.file('cut').exists())[0]).toBe(false);
    const rest = bytes.subarray(2 * QUANTUM);
    expect((await put(session, `bytes ${2 * QUANTUM}-*/${bytes.length}`, rest)).status).toBe(200);
    await expectContent('cut', bytes);
  });

  test('the newest request writes, even while the one before it hangs', async () => {
    const session = await open('hang');
    const hanging = httpRequest(session, { method: 'PUT', headers: { 'content-range': 'bytes 0-*/*' } });
    const ended = new Promise((resolve) => hanging.on('error', resolve));
    hanging.write(bytes.subarray(0, QUANTUM + 1));
    await untilPersisted(session, QUANTUM);
    expect((await put(session, `bytes ${QUANTUM}-*/${bytes.length}`, bytes.subarray(QUANTUM))).status).toBe(200);
    await ended;
    await expectContent('hang', bytes);
  });

  test('in a simple upload leaves nothing', async () => {
    const outgoing = httpRequest(uploadUrl(fixture.host, bucket.name, 'simple-cut', 'media'), { method: 'POST' });
    const ended = new Promise((resolve) => outgoing.on('error', resolve));
    outgoing.write(bytes, () => outgoing.destroy());
    await ended;
    expect((await bucket.file('simple-cut').exists())[0]).toBe(false);
  });

  test('is taken up by the client from a saved uri', async () => {
    const file = bucket.file('client-resumes');
    const [uri] = await file.createResumableUpload();
    await put(uri, `bytes 0-${QUANTUM - 1}/*`, bytes.subarray(0, QUANTUM));
    await file.save(bytes.subarray(QUANTUM), { uri, offset: QUANTUM, resumable: true, validation: false });
    await expectContent('client-resumes', bytes);
  });
});

describe('ending a session', () => {
  test('DELETE is 499, and then the session is unknown', async () => {
    const session = await open('cancelled');
    await put(session, `bytes 0-${QUANTUM - 1}/*`, patterned(QUANTUM));
    expect((await fetch(session, { method: 'DELETE' })).status).toBe(499);
    expect((await put(session, 'bytes */*')).status).toBe(404);
    expect((await bucket.file('cancelled').exists())[0]).toBe(false);
  });

  test('an unknown session is 404', async () => {
    const url = `${fixture.host}/upload/storage/v1/b/${bucket.name}/o?upload_id=nope`;
    expect((await put(url, 'bytes */*')).status).toBe(404);
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(404);
  });

  test('a wrong x-goog-hash on the last request is 400 and ends it', async () => {
    const session = await open('bad-hash');
    const response = await put(session, 'bytes 0-4/5', Buffer.from('hello'), { 'x-goog-hash': 'crc32c=AAAAAA==' });
    expect(await refusal(response)).toMatchObject({
      status: 400,
      message: 'Provided CRC32C "AAAAAA==" doesn\'t match calculated CRC32C "mnG7TA==".',
    });
    expect((await put(session, 'bytes */*')).status).toBe(404);
    expect((await bucket.file('bad-hash').exists())[0]).toBe(false);
  });

  test('a bucket that is deleted meanwhile is 404, even when one of that name was made again', async () => {
    const [doomed] = await fixture.storage.createBucket('doomed-bucket');
    const session = await openSession(fixture.host, 'doomed-bucket', 'a');
    await doomed.delete();
    await fixture.storage.createBucket('doomed-bucket');
    expect((await put(session, 'bytes 0-4/5', Buffer.from('hello'))).status).toBe(404);
  });

  test('x-upload-content-length is held to', async () => {
    const response = await fetch(uploadUrl(fixture.host, bucket.name, 'declared-size', 'resumable'), {
      method: 'POST',
      headers: { 'x-upload-content-length': '5' },
    });
    const session = response.headers.get('location') ?? '';
    expect((await put(session, undefined, Buffer.from('four'))).status).toBe(400);
    expect((await put(session, undefined, Buffer.from('fives'))).status).toBe(200);
  });
});
