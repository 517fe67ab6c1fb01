import { request as httpRequest } from 'node:http';
import type { Bucket, File } from '@google-cloud/storage';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type Fixture, objectUrl, openSession, refusal, startFixture, uploadUrl } from './support.ts';

const NOT_MET = { code: 412, message: 'At least one of the pre-conditions you specified did not hold.' };

let fixture: Fixture;
let bucket: Bucket;
beforeAll(async () => {
  fixture = await startFixture();
  bucket = await fixture.newBucket();
});
afterAll(async () => {
  await fixture.stop();
});

async function saved(name: string): Promise<{ file: File; generation: number }> {
  const file = bucket.file(name);
  await file.save('first');
  const [metadata] = await file.getMetadata();
  return { file: bucket.file(name), generation: Number(metadata.generation) };
}

describe.each([
  ['resumable', {}],
  ['multipart', { resumable: false }],
])('%s upload', (kind, options) => {
  test('ifGenerationMatch', async () => {
    const { file, generation } = await saved(`${kind}-match`);
    const save = async (ifGenerationMatch: number): Promise<void> => {
      await file.save('second', { ...options, preconditionOpts: { ifGenerationMatch } });
    };
    await expect(save(0)).rejects.toMatchObject({ code: 412 });
    await expect(save(generation + 1)).rejects.toMatchObject({ code: 412 });
    expect((await file.download())[0].toString()).toBe('first');
    await save(generation);
    expect((await file.download())[0].toString()).toBe('second');
  });

  test('ifGenerationMatch: 0 makes what is not there', async () => {
    const file = bucket.file(`${kind}-new`);
    await file.save('x', { ...options, preconditionOpts: { ifGenerationMatch: 0 } });
    await file.delete();
    await file.save('y', { ...options, preconditionOpts: { ifGenerationMatch: 0 } });
  });

  test('of concurrent uploads with ifGenerationMatch: 0, exactly one wins', async () => {
    const name = `${kind}-race`;
    const texts = Array.from({ length: 8 }, (_, n) => `writer ${n}`);
    const results = await Promise.allSettled(
      texts.map(async (text) => {
        await bucket.file(name).save(text, { ...options, preconditionOpts: { ifGenerationMatch: 0 } });
      }),
    );
    const winners = texts.filter((_, index) => results[index]?.status === 'fulfilled');
    expect(winners).toHaveLength(1);
    for (const result of results) if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 412 });
    expect((await bucket.file(name).download())[0].toString()).toBe(winners[0]);
  });
});

test('an upload that was allowed to begin is refused at its end when another was first', async () => {
  const session = await openSession(fixture.host, bucket.name, 'late', '&ifGenerationMatch=0');
  const simple = httpRequest(`${uploadUrl(fixture.host, bucket.name, 'late', 'media')}&ifGenerationMatch=0`, {
    method: 'POST',
  });
  const answered = new Promise<number | undefined>((resolve) =>
    simple.on('response', (response) => {
      response.resume();
      resolve(response.statusCode);
    }),
  );
  simple.write('begun');
  await bucket.file('late').save('winner', { preconditionOpts: { ifGenerationMatch: 0 } });
  simple.end();
  expect(await answered).toBe(412);
  const response = await fetch(session, { method: 'PUT', body: 'loser' });
  expect(await refusal(response)).toMatchObject({ status: 412, reason: 'conditionNotMet', message: NOT_MET.message });
  expect((await bucket.file('late').download())[0].toString()).toBe('winner');
});

test.each([['resumable'], ['media']])('a %s upload that cannot succeed is refused before it begins', async (type) => {
  await saved('taken');
  const url = `${uploadUrl(fixture.host, bucket.name, 'taken', type)}&ifGenerationMatch=0`;
  const outgoing = httpRequest(url, { method: 'POST' });
  const status = new Promise((resolve) =>
    outgoing.on('response', (response) => {
      resolve(response.statusCode);
    }),
  );
  if (type === 'media') outgoing.write('the body has not ended');
  else outgoing.end();
  expect(await status).toBe(412);
  outgoing.on('error', () => undefined).destroy();
});

describe('raw parameters', () => {
  let generation = 0;
  beforeAll(async () => {
    ({ generation } = await saved('raw'));
  });

  const cases: [method: string, query: (generation: number) => string, status: number][] = [
    ['GET', (g) => `?ifGenerationMatch=${g}`, 200],
    ['GET', (g) => `?ifGenerationMatch=${g + 1}`, 412],
    ['GET', (g) => `?ifGenerationNotMatch=${g}`, 304],
    ['GET', (g) => `?ifGenerationNotMatch=${g + 1}`, 200],
    ['GET', () => '?ifMetagenerationMatch=1', 200],
    ['GET', () => '?ifMetagenerationMatch=2', 412],
    ['GET', () => '?ifMetagenerationNotMatch=1', 304],
    ['GET', () => '?ifMetagenerationNotMatch=2', 200],
    ['GET', (g) => `?alt=media&ifGenerationNotMatch=${g}`, 304],
    ['GET', (g) => `?alt=media&ifGenerationMatch=${g + 1}`, 412],
    ['GET', () => '?ifGenerationMatch=-1', 400],
    ['PATCH', (g) => `?ifGenerationMatch=${g + 1}`, 412],
    ['PATCH', (g) => `?ifGenerationNotMatch=${g}`, 412],
    ['PATCH', () => '?ifMetagenerationMatch=2', 412],
    ['PATCH', () => '?ifMetagenerationNotMatch=1', 412],
    ['DELETE', (g) => `?ifGenerationMatch=${g + 1}`, 412],
    ['DELETE', (g) => `?ifGenerationNotMatch=${g}`, 412],
    ['DELETE', () => '?ifMetagenerationMatch=2', 412],
    ['DELETE', () => '?ifMetagenerationNotMatch=1', 412],
    ['DELETE', () => '?generation=1', 404],
  ];
  test.each(cases)('%s %s is %i', async (method, query, status) => {
    const response = await fetch(objectUrl(fixture.host, bucket.name, 'raw', query(generation)), { method });
    expect(response.status).toBe(status);
    if (status === 304) expect(await response.text()).toBe('');
  });
});

test('patch, delete, copy and combine through the client', async () => {
  const { file, generation } = await saved('client');
  await expect(file.setMetadata({ cacheControl: 'x' }, { ifMetagenerationMatch: 9 })).rejects.toMatchObject(NOT_MET);
  const taken = { preconditionOpts: { ifGenerationMatch: 0 } };
  await expect(file.copy(bucket.file('client'), taken)).rejects.toMatchObject(NOT_MET);
  await expect(bucket.combine(['client'], 'client', { ifGenerationMatch: 0 })).rejects.toMatchObject(NOT_MET);
  await expect(file.delete({ ifGenerationMatch: generation + 1 })).rejects.toMatchObject(NOT_MET);
  await file.delete({ ifGenerationMatch: generation });
  expect((await file.exists())[0]).toBe(false);
});

test('generations only grow, through deletes, within a millisecond and when the clock is set back', async () => {
  const seen: number[] = [];
  let now = Date.now();
  const clock = jest.spyOn(Date, 'now').mockImplementation(() => now);
  try {
    for (let round = 0; round < 9; round++) {
      const { file, generation } = await saved('growing');
      seen.push(generation);
      if (round % 3 === 0) await file.delete();
      if (round % 3 === 1) now -= 1000;
    }
  } finally {
    clock.mockRestore();
  }
  expect(seen).toEqual([...new Set(seen)].sort((left, right) => left - right));
});
