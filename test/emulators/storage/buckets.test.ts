import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Fixture, clientFor, PROJECT, refusal, startFixture } from './support.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture();
});
afterAll(async () => {
  await fixture.stop();
});

async function create(body: object, project = PROJECT): Promise<Response> {
  return await fetch(`${fixture.host}/storage/v1/b?project=${project}`, { method: 'POST', body: JSON.stringify(body) });
}

describe('creating', () => {
  test('stores and returns what was asked for', async () => {
    const [bucket] = await fixture.storage.createBucket('made-whole', {
      location: 'asia-southeast2',
      storageClass: 'NEARLINE',
      labels: { team: 'data' },
      versioning: { enabled: true },
      lifecycle: { rule: [{ action: { type: 'Delete' }, condition: { age: 30 } }] },
    });
    const [metadata] = await bucket.getMetadata();
    expect(metadata).toMatchObject({
      kind: 'storage#bucket',
      name: 'made-whole',
      location: 'ASIA-SOUTHEAST2',
      locationType: 'region',
      storageClass: 'NEARLINE',
      labels: { team: 'data' },
      versioning: { enabled: true },
      lifecycle: { rule: [{ action: { type: 'Delete' }, condition: { age: 30 } }] },
      iamConfiguration: { publicAccessPrevention: 'inherited' },
      metageneration: '1',
    });
  });

  test.each([
    ['ab'],
    ['a'.repeat(64)],
    ['Upper-case'],
    ['-starts-with-a-dash'],
    ['ends-with-a-dash-'],
    ['has space'],
    ['two..dots'],
    ['192.168.5.4'],
    ['goog-anything'],
    ['my-google-bucket'],
    [`${'a'.repeat(64)}.example.com`],
    ['../escape'],
    [''],
  ])('refuses the name %j', async (name) => {
    expect(await refusal(await create({ name }))).toEqual({
      status: 400,
      message: `Invalid bucket name: '${name}'`,
      reason: 'invalid',
    });
  });

  test.each([['abc'], ['a'.repeat(63)], ['with_underscore-and-dash'], ['data.example.com'], ['0digits9']])(
    'accepts the name %j',
    async (name) => {
      expect((await create({ name })).status).toBe(200);
    },
  );

  test('a second time is 409, in words that say whose it is', async () => {
    expect((await create({ name: 'taken-bucket' })).status).toBe(200);
    expect(await refusal(await create({ name: 'taken-bucket' }))).toEqual({
      status: 409,
      message: 'Your previous request to create the named bucket succeeded and you already own it.',
      reason: 'conflict',
    });
    expect((await refusal(await create({ name: 'taken-bucket' }, 'other'))).message).toMatch(
      /^The requested bucket name/,
    );
  });

  test('needs a project', async () => {
    const response = await fetch(`${fixture.host}/b`, { method: 'POST', body: '{"name":"no-project"}' });
    expect(await refusal(response)).toMatchObject({ status: 400, reason: 'required' });
  });

  test.each([
    [501, { retentionPolicy: { retentionPeriod: '60' } }],
    [501, { hierarchicalNamespace: { enabled: true } }],
    [501, { encryption: { defaultKmsKeyName: 'k' } }],
    [400, { storageClass: 'TEPID' }],
    [400, { labels: { Upper: 'x' } }],
    [400, { labels: { fine: 5 } }],
    [400, { versioning: { enabled: 'yes' } }],
    [400, { lifecycle: 'soon' }],
  ])('answers %i to %j', async (status, extra) => {
    expect((await create({ name: 'refused-bucket', ...extra })).status).toBe(status);
    expect((await fixture.storage.bucket('refused-bucket').exists())[0]).toBe(false);
  });

  test('answers 400 to a body that is not JSON', async () => {
    const response = await fetch(`${fixture.host}/b?project=demo`, { method: 'POST', body: '{"name":' });
    expect(response.status).toBe(400);
  });
});

test('patch merges, removes with null, and counts metagenerations', async () => {
  const bucket = await fixture.newBucket();
  await bucket.setMetadata({ labels: { a: '1', b: '2' } });
  await bucket.setMetadata({ labels: { a: null, c: '3' }, versioning: { enabled: true } });
  const [metadata] = await bucket.getMetadata();
  expect(metadata).toMatchObject({ labels: { b: '2', c: '3' }, versioning: { enabled: true }, metageneration: '3' });
  expect(metadata.labels).not.toHaveProperty('a');
  expect(metadata.location).toBe('US');
});

test('a metageneration precondition guards patch and delete', async () => {
  const bucket = await fixture.newBucket();
  await expect(bucket.setMetadata({ labels: { a: '1' } }, { ifMetagenerationMatch: 7 })).rejects.toMatchObject({
    code: 412,
  });
  await expect(bucket.delete({ ifMetagenerationMatch: 7 })).rejects.toMatchObject({ code: 412 });
  await bucket.delete({ ifMetagenerationMatch: 1 });
});

test('delete refuses a bucket that holds something, then removes it', async () => {
  const bucket = await fixture.newBucket();
  await bucket.file('a').save('x');
  await expect(bucket.delete()).rejects.toMatchObject({
    code: 409,
    message: 'The bucket you tried to delete is not empty.',
  });
  await bucket.file('a').delete();
  await bucket.delete();
  expect(await bucket.exists()).toEqual([false]);
});

test('listing shows a project its own buckets, by name and in pages', async () => {
  const theirs = clientFor(fixture.host, { projectId: 'paging' });
  for (const name of ['page-c', 'page-a', 'page-b', 'other-a']) await theirs.createBucket(name);
  const [all] = await theirs.getBuckets({ prefix: 'page-' });
  expect(all.map(({ name }) => name)).toEqual(['page-a', 'page-b', 'page-c']);
  const [first, next] = await theirs.getBuckets({ prefix: 'page-', maxResults: 2, autoPaginate: false });
  expect(first.map(({ name }) => name)).toEqual(['page-a', 'page-b']);
  const [second] = await theirs.getBuckets({ ...next, autoPaginate: false });
  expect(second.map(({ name }) => name)).toEqual(['page-c']);
});

test('everything in a bucket that does not exist is 404 in Google’s words', async () => {
  const bucket = fixture.storage.bucket('never-made');
  const expected = { code: 404, message: 'The specified bucket does not exist.' };
  await expect(bucket.getMetadata()).rejects.toMatchObject(expected);
  await expect(bucket.getFiles()).rejects.toMatchObject(expected);
  await expect(bucket.file('a').getMetadata()).rejects.toMatchObject(expected);
  await expect(bucket.file('a').download()).rejects.toMatchObject(expected);
  await expect(bucket.file('a').delete()).rejects.toMatchObject(expected);
  await expect(bucket.file('a').save('x', { resumable: false })).rejects.toMatchObject(expected);
  await expect(bucket.file('a').save('x')).rejects.toMatchObject({ code: 404 });
});

test.each([
  ['GET', '/storage/v1/b/abc/iam'],
  ['POST', '/b/abc/acl'],
  ['GET', '/b/abc/notificationConfigs'],
  ['POST', '/storage/v1/b/abc/lockRetentionPolicy'],
  ['POST', '/batch/storage/v1'],
  ['GET', '/storage/v1/projects/demo/serviceAccount'],
])('%s %s is 501', async (method, path) => {
  expect((await fetch(`${fixture.host}${path}`, { method })).status).toBe(501);
});
