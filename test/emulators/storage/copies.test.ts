import type { Bucket } from '@google-cloud/storage';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Fixture, objectUrl, patterned, refusal, startFixture } from './support.ts';

let fixture: Fixture;
let bucket: Bucket;
let other: Bucket;
beforeAll(async () => {
  fixture = await startFixture();
  bucket = await fixture.newBucket();
  other = await fixture.newBucket();
  await bucket.file('dir/source').save('hello', { metadata: { contentType: 'text/plain', metadata: { a: '1' } } });
});
afterAll(async () => {
  await fixture.stop();
});

async function compose(name: string, body: object, query = ''): Promise<Response> {
  return await fetch(`${objectUrl(fixture.host, bucket.name, name)}/compose${query}`, {
    method: 'POST',
    body: JSON.stringify(body),
  });
}

describe('copy', () => {
  test('carries bytes and metadata to another bucket, under a generation of its own', async () => {
    const [copy] = await bucket.file('dir/source').copy(other.file('dir/copy'));
    expect((await copy.download())[0].toString()).toBe('hello');
    const [metadata] = await copy.getMetadata();
    const [source] = await bucket.file('dir/source').getMetadata();
    expect(metadata).toMatchObject({
      bucket: other.name,
      contentType: 'text/plain',
      metadata: { a: '1' },
      md5Hash: source.md5Hash,
    });
    expect(metadata.generation).not.toBe(source.generation);
  });

  test('with metadata replaces all of it', async () => {
    const [copy] = await bucket.file('dir/source').copy('described', { contentType: 'text/csv', metadata: { b: '2' } });
    const [metadata] = await copy.getMetadata();
    expect(metadata).toMatchObject({ contentType: 'text/csv', metadata: { b: '2' } });
  });

  test('onto itself keeps the bytes', async () => {
    await bucket.file('itself').save('same');
    await bucket.file('itself').copy(bucket.file('itself'));
    expect((await bucket.file('itself').download())[0].toString()).toBe('same');
  });

  test('copyTo answers the object itself', async () => {
    const url = `${objectUrl(fixture.host, bucket.name, 'dir/source')}/copyTo/b/${other.name}/o/old-style`;
    expect(await (await fetch(url, { method: 'POST' })).json()).toMatchObject({
      kind: 'storage#object',
      name: 'old-style',
    });
  });

  test('of what is not there is 404, and to a bad name 400', async () => {
    await expect(bucket.file('gone').copy('x')).rejects.toMatchObject({ code: 404 });
    await expect(bucket.file('dir/source').copy(fixture.storage.bucket('never-made').file('x'))).rejects.toMatchObject({
      code: 404,
    });
    await expect(bucket.file('dir/source').copy('bad\nname')).rejects.toMatchObject({ code: 400 });
  });

  test('honours preconditions on the source', async () => {
    const url = `${objectUrl(fixture.host, bucket.name, 'dir/source')}/rewriteTo/b/${bucket.name}/o/guarded?ifSourceGenerationMatch=1`;
    expect((await fetch(url, { method: 'POST' })).status).toBe(412);
  });
});

test('move leaves nothing behind', async () => {
  await bucket.file('here').save('moving');
  await bucket.file('here').move('there/now');
  expect((await bucket.file('here').exists())[0]).toBe(false);
  expect((await bucket.file('there/now').download())[0].toString()).toBe('moving');
});

describe('compose', () => {
  test('joins bytes in the given order; the result has a crc32c that the client accepts, and no md5', async () => {
    const parts = [patterned(300_000), patterned(10), patterned(70_000)];
    for (const [index, part] of parts.entries()) await bucket.file(`part-${index}`).save(part);
    const [whole] = await bucket.combine(['part-1', 'part-0', 'part-2', 'part-1'], 'whole.bin');
    const [bytes] = await whole.download({ validation: 'crc32c' });
    expect(bytes.equals(Buffer.concat([1, 0, 2, 1].map((index) => parts[index] ?? Buffer.alloc(0))))).toBe(true);
    const [metadata] = await whole.getMetadata();
    expect(metadata).toMatchObject({ componentCount: 4, size: String(bytes.length) });
    expect(metadata.md5Hash).toBeUndefined();
    await expect(whole.download({ validation: 'md5' })).rejects.toMatchObject({ code: 'MD5_NOT_AVAILABLE' });
  });

  test('into one of its sources appends', async () => {
    await bucket.file('log').save('one ');
    await bucket.file('more').save('two');
    await bucket.combine(['log', 'more'], 'log');
    expect((await bucket.file('log').download())[0].toString()).toBe('one two');
  });

  test.each([
    ['no sources', { sourceObjects: [] }, 400],
    ['no list', {}, 400],
    ['33 sources', { sourceObjects: Array.from({ length: 33 }, () => ({ name: 'dir/source' })) }, 400],
    ['a missing source', { sourceObjects: [{ name: 'dir/source' }, { name: 'gone' }] }, 404],
    ['a source of another generation', { sourceObjects: [{ name: 'dir/source', generation: '5' }] }, 404],
    [
      'a source precondition',
      { sourceObjects: [{ name: 'dir/source', objectPreconditions: { ifGenerationMatch: '5' } }] },
      412,
    ],
    ['deleteSourceObjects', { sourceObjects: [{ name: 'dir/source' }], deleteSourceObjects: true }, 501],
  ])('%s is refused, and nothing appears', async (_, body, status) => {
    expect((await refusal(await compose('refused', body))).status).toBe(status);
    expect((await bucket.file('refused').exists())[0]).toBe(false);
  });
});
