import type { Bucket } from '@google-cloud/storage';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readRelated } from '../../../emulators/storage/multipart.ts';
import { type Fixture, refusal, startFixture } from './support.ts';

let fixture: Fixture;
let bucket: Bucket;
beforeAll(async () => {
  fixture = await startFixture();
  bucket = await fixture.newBucket();
});
afterAll(async () => {
  await fixture.stop();
});

const RELATED = 'multipart/related; boundary=cut';

async function post(body: string, type = RELATED): Promise<Response> {
  const url = `${fixture.host}/upload/storage/v1/b/${bucket.name}/o?uploadType=multipart`;
  return await fetch(url, { method: 'POST', headers: { 'content-type': type }, body });
}

function compose(json: string, data: string, eol = '\r\n'): string {
  return [
    '--cut',
    'Content-Type: application/json',
    '',
    json,
    '--cut',
    'Content-Type: text/csv',
    '',
    data,
    '--cut--',
    '',
  ].join(eol);
}

test('the name comes from the metadata, the type from the second part', async () => {
  expect(await (await post(compose('{"name":"named"}', 'a,b'))).json()).toMatchObject({
    name: 'named',
    contentType: 'text/csv',
    size: '3',
  });
});

test('a quoted boundary, bare line feeds, empty data', async () => {
  expect((await post(compose('{"name":"quoted"}', 'q'), 'multipart/related; boundary="cut"')).status).toBe(200);
  expect((await post(compose('{"name":"gcloud"}', 'q'), "multipart/related; boundary='cut'")).status).toBe(200);
  expect((await post(compose('{"name":"unix"}', 'a\nb\r', '\n'))).status).toBe(200);
  expect((await bucket.file('unix').download())[0].toString()).toBe('a\nb\r');
  expect((await post(compose('{"name":"none"}', ''))).status).toBe(200);
  expect((await bucket.file('none').download())[0]).toHaveLength(0);
});

test('what looks almost like the boundary is data', async () => {
  const data = '--cut\r\n-\r\n--cu\r\n\r\n--CUT--\r';
  expect((await post(compose('{"name":"almost"}', data))).status).toBe(200);
  expect((await bucket.file('almost').download())[0].toString()).toBe(data);
});

test('chunks of any size give the same parts', async () => {
  const whole = Buffer.from(compose('{"name":"n","metadata":{"k":"v"}}', '0123\r\n--cu\r\n456789'));
  for (let size = 1; size <= whole.length; size++) {
    const chunks = Array.from({ length: Math.ceil(whole.length / size) }, (_, n) =>
      whole.subarray(n * size, (n + 1) * size),
    );
    const { metadata, contentType, data } = await readRelated(toAsync(chunks), RELATED);
    const received: Buffer[] = [];
    for await (const chunk of data) received.push(chunk);
    expect({ metadata, contentType, data: Buffer.concat(received).toString() }).toEqual({
      metadata: { name: 'n', metadata: { k: 'v' } },
      contentType: 'text/csv',
      data: '0123\r\n--cu\r\n456789',
    });
  }
});

async function* toAsync(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}

describe('malformed', () => {
  test.each([
    ['no boundary in the type', compose('{"name":"x"}', 'x'), 'multipart/related'],
    ['another type', compose('{"name":"x"}', 'x'), 'text/plain'],
    ['an empty body', '', RELATED],
    ['no boundary in the body', 'hello', RELATED],
    ['one part', '--cut\r\n\r\n{"name":"x"}\r\n--cut--', RELATED],
    ['no closing boundary', compose('{"name":"x"}', 'x').replace('--cut--', ''), RELATED],
    ['three parts', `${compose('{"name":"x"}', 'x').replace('--cut--', '--cut')}\r\nmore\r\n--cut--`, RELATED],
    ['metadata that is not JSON', compose('{"name":', 'x'), RELATED],
    ['metadata that is a list', compose('[]', 'x'), RELATED],
    ['metadata beyond 1 MiB', compose(JSON.stringify({ name: 'x', x: 'y'.repeat(1024 * 1024) }), 'x'), RELATED],
    ['no name', compose('{}', 'x'), RELATED],
  ])('%s is 400, and nothing is stored', async (_, body, type) => {
    expect((await refusal(await post(body, type))).status).toBe(400);
    expect((await bucket.file('x').exists())[0]).toBe(false);
  });
});
