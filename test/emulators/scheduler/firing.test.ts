import type { CloudSchedulerClient } from '@google-cloud/scheduler';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Clock } from '../../../emulators/kit/clock.ts';
import type { Emulator } from '../../../emulators/kit/emulator.ts';
import { start } from '../../../emulators/scheduler/index.ts';
import {
  iso,
  job,
  type Job,
  jobName,
  moveClock,
  newClient,
  PARENT,
  type PubsubStub,
  startPubsub,
  standingAt,
  stillClock,
  TOPIC,
  until,
} from './helpers.ts';

let pubsub: PubsubStub;
let clock: Clock;
let emulator: Emulator;
let client: CloudSchedulerClient;

beforeEach(async () => {
  pubsub = await startPubsub();
  clock = stillClock('2026-03-01T12:00:30Z');
  emulator = await start({ clock, env: pubsub.env });
  client = newClient(emulator, 'rest');
});

afterEach(async () => {
  await client.close();
  await emulator.stop();
  await pubsub.stop();
});

const create = async (id: string, changes: Job = {}): Promise<Job> =>
  (await client.createJob({ parent: PARENT, job: job(id, changes) }))[0];
const get = async (id: string): Promise<Job> => (await client.getJob({ name: jobName(id) }))[0];
/** What was published, by the attribute that tells jobs apart. */
const fired = (): string[] => pubsub.published.map(({ messages }) => messages[0]?.attributes?.['job'] ?? '').sort();
const labelled = (label: string): Job => ({ pubsubTarget: { topicName: TOPIC, attributes: { job: label } } });

describe('a tick', () => {
  test('is published with data and attributes, and leaves its traces in the job', async () => {
    await create('hourly', { pubsubTarget: { topicName: TOPIC, data: Buffer.from('hello'), attributes: { a: 'b' } } });
    await moveClock(emulator, '2026-03-01T12:01:00Z');
    await until('the tick is published', () => pubsub.published.length === 1);
    expect(pubsub.published).toEqual([
      {
        path: `POST /v1/${TOPIC}:publish`,
        messages: [{ data: Buffer.from('hello').toString('base64'), attributes: { a: 'b' } }],
      },
    ]);
    await until('the attempt is noted', async () => (await get('hourly')).status !== null);
    const after = await get('hourly');
    expect(after.status).toMatchObject({ code: 0, message: '' });
    expect([iso(after.lastAttemptTime), iso(after.scheduleTime)]).toEqual([
      '2026-03-01T12:01:00.000Z',
      '2026-03-01T12:02:00.000Z',
    ]);
  });

  test('comes by itself when its time has come', async () => {
    await create('soon');
    clock.set({ realOrigin: Date.now(), virtualOrigin: Date.parse('2026-03-01T12:00:59.900Z'), rate: 1 });
    await until('the tick is published', () => pubsub.published.length > 0);
    expect(clock.now()).toBeGreaterThanOrEqual(Date.parse('2026-03-01T12:01:00Z'));
  });

  test('is not missed while the clock runs fast, even when many come in one millisecond', async () => {
    await create('thirty', { schedule: '1-30 12 1 3 *' });
    // Six minutes pass in a millisecond; the ticks begin after eight of them.
    clock.set({ realOrigin: Date.now(), virtualOrigin: Date.parse('2026-02-27T12:00:00Z'), rate: 360_000 });
    await until('all thirty have fired', () => pubsub.published.length === 30);
    expect(iso((await get('thirty')).scheduleTime)).toBe('2027-03-01T12:01:00.000Z');
  });
});

describe('a clock that is moved', () => {
  test('fires each job with due ticks once, the others not at all', async () => {
    await create('minutely', labelled('minutely'));
    await create('hourly', { ...labelled('hourly'), schedule: '0 * * * *' });
    await create('daily', { ...labelled('daily'), schedule: '0 0 * * *' });
    await create('paused', labelled('paused'));
    await client.pauseJob({ name: jobName('paused') });
    await moveClock(emulator, '2026-03-01T15:30:00Z');
    await until('both have fired', () => pubsub.published.length === 2);
    // A second move tells that nothing else was on its way.
    await moveClock(emulator, '2026-03-02T00:00:00Z');
    await until('all three have fired', () => pubsub.published.length === 5);
    expect(fired()).toEqual(['daily', 'hourly', 'hourly', 'minutely', 'minutely']);
    expect(iso((await get('hourly')).scheduleTime)).toBe('2026-03-02T01:00:00.000Z');
  });

  test('back fires nothing, and the ticks come again', async () => {
    await create('hourly', { schedule: '0 * * * *' });
    await moveClock(emulator, '2026-03-01T13:00:00Z');
    await until('it has fired', () => pubsub.published.length === 1);
    await moveClock(emulator, '2026-03-01T10:30:00Z');
    expect(iso((await get('hourly')).scheduleTime)).toBe('2026-03-01T11:00:00.000Z');
    await moveClock(emulator, '2026-03-01T11:00:00Z');
    await until('it has fired again', () => pubsub.published.length === 2);
  });
});

describe('pause, resume, run, update, delete', () => {
  test('ticks of the pause are not made up for', async () => {
    await create('job');
    await client.pauseJob({ name: jobName('job') });
    await moveClock(emulator, '2026-03-01T13:00:30Z');
    await client.resumeJob({ name: jobName('job') });
    expect(pubsub.published).toEqual([]);
    await moveClock(emulator, '2026-03-01T13:01:00Z');
    await until('the tick after it has fired', () => pubsub.published.length === 1);
  });

  test('run fires at once, a paused job too, and leaves the schedule alone', async () => {
    await create('job', { schedule: '0 0 1 1 *' });
    await client.pauseJob({ name: jobName('job') });
    const [run] = await client.runJob({ name: jobName('job') });
    expect(iso(run.lastAttemptTime)).toBe('2026-03-01T12:00:30.000Z');
    await until('it has fired', () => pubsub.published.length === 1);
    await until('the attempt is noted', async () => (await get('job')).status !== null);
    expect((await get('job')).state).toBe('PAUSED');
  });

  test('an update is followed from then on', async () => {
    await create('job', { schedule: '0 0 1 1 *' });
    await client.updateJob({ job: job('job', { schedule: '5 * * * *' }), updateMask: { paths: ['schedule'] } });
    await moveClock(emulator, '2026-03-01T12:05:00Z');
    await until('it has fired', () => pubsub.published.length === 1);
  });

  test('a deleted job fires no more', async () => {
    await create('gone', labelled('gone'));
    await create('kept', labelled('kept'));
    await client.deleteJob({ name: jobName('gone') });
    await moveClock(emulator, '2026-03-01T12:05:00Z');
    await until('the other has fired', () => pubsub.published.length === 1);
    expect(fired()).toEqual(['kept']);
  });

  test('a reset forgets all jobs', async () => {
    await create('job');
    await fetch(`http://${emulator.env['CLOUD_SCHEDULER_EMULATOR_HOST'] ?? ''}/emulator/v1/reset`, { method: 'POST' });
    expect((await client.listJobs({ parent: PARENT }))[0]).toEqual([]);
    clock.set(standingAt('2026-03-02T00:00:00Z'));
    await create('other', labelled('other'));
    await client.runJob({ name: jobName('other') });
    await until('the other has fired', () => pubsub.published.length === 1);
    expect(fired()).toEqual(['other']);
  });
});
