import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Clock } from '../../../emulators/kit/clock.ts';
import { type Fixture, openSession, startFixture } from './support.ts';

const clock = new Clock({ realOrigin: Date.now(), virtualOrigin: Date.parse('2001-02-03T04:05:06Z'), rate: 1 });

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture({ clock });
});
afterAll(async () => {
  await fixture.stop();
});

test('dates are on the emulator’s clock, generations are not', async () => {
  const bucket = await fixture.newBucket();
  await bucket.file('a').save('x');
  const [metadata] = await bucket.file('a').getMetadata();
  expect(metadata.timeCreated).toMatch(/^2001-02-03T/);
  expect((await bucket.getMetadata())[0].timeCreated).toMatch(/^2001-02-03T/);
  expect(Number(metadata.generation)).toBeGreaterThan(Date.parse('2020-01-01') * 1000);
});

test('reset forgets buckets, objects and sessions', async () => {
  const [bucket] = await fixture.storage.createBucket('forgotten-bucket');
  await bucket.file('a').save('x');
  const session = await openSession(fixture.host, bucket.name, 'b');
  expect((await fetch(`${fixture.host}/emulator/v1/reset`, { method: 'POST' })).status).toBe(200);
  expect((await fixture.storage.getBuckets())[0]).toEqual([]);
  expect((await fetch(session, { method: 'PUT', headers: { 'content-range': 'bytes */*' } })).status).toBe(404);
  await fixture.storage.createBucket('forgotten-bucket');
  expect((await bucket.getFiles())[0]).toEqual([]);
});

test('GET / says that it is up', async () => {
  expect(await (await fetch(fixture.host)).text()).toBe('Ok\n');
});
