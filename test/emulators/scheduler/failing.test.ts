import type { CloudSchedulerClient } from '@google-cloud/scheduler';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Emulator } from '../../../emulators/kit/emulator.ts';
import { start } from '../../../emulators/scheduler/index.ts';
import {
  job,
  type Job,
  jobName,
  moveClock,
  newClient,
  PARENT,
  type PubsubStub,
  startPubsub,
  stillClock,
  TOPIC,
  until,
} from './helpers.ts';

let pubsub: PubsubStub;
let env: Record<string, string | undefined>;
let emulator: Emulator;
let client: CloudSchedulerClient;
let stderr: string;

beforeEach(async () => {
  stderr = '';
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += String(text);
    return true;
  });
  pubsub = await startPubsub();
  env = { ...pubsub.env };
  emulator = await start({ clock: stillClock('2026-03-01T12:00:30Z'), env });
  client = newClient(emulator, 'grpc');
});

afterEach(async () => {
  await client.close();
  await emulator.stop();
  await pubsub.stop();
  jest.restoreAllMocks();
});

const create = async (changes: Job = {}): Promise<Job> =>
  (await client.createJob({ parent: PARENT, job: job('job', changes) }))[0];
const get = async (): Promise<Job> => (await client.getJob({ name: jobName('job') }))[0];
const quick = (retryCount: number, nanos = 1_000_000): Job => ({
  retryConfig: { retryCount, minBackoffDuration: { nanos }, maxBackoffDuration: { nanos } },
});

describe('an attempt that fails', () => {
  test('at a topic that does not exist is NOT_FOUND in the status, and said once', async () => {
    await create();
    for (const minute of [1, 2, 3]) {
      pubsub.answers.push(404);
      await moveClock(emulator, `2026-03-01T12:0${minute}:00Z`);
      await until(
        'the attempt is noted',
        async () => pubsub.published.length === minute && (await get()).status !== null,
      );
    }
    await until('the status is there', async () => (await get()).status?.code === 5);
    expect((await get()).status).toMatchObject({ code: 5, message: 'answered 404' });
    expect(stderr).toBe(`scheduler: job ${jobName('job')} failed to publish to ${TOPIC}: answered 404 (code 5)\n`);

    await moveClock(emulator, '2026-03-01T12:04:00Z');
    await until('a success replaces it', async () => (await get()).status?.code === 0);
  });

  test.each([
    [400, 3],
    [403, 7],
    [429, 8],
    [500, 13],
    [503, 14],
    [418, 2],
  ])('with HTTP %i has code %i', async (http, code) => {
    await create();
    pubsub.answers.push(http);
    await client.runJob({ name: jobName('job') });
    await until('the attempt is noted', async () => (await get()).status?.code === code);
  });

  test('for want of Pub/Sub says which host, or that none was named', async () => {
    await create();
    env['PUBSUB_EMULATOR_HOST'] = 'http://127.0.0.1:1';
    await client.runJob({ name: jobName('job') });
    await until('the attempt is noted', async () => (await get()).status !== null);
    expect((await get()).status).toMatchObject({
      code: 14,
      message: expect.stringContaining('127.0.0.1:1 cannot be reached'),
    });
    delete env['PUBSUB_EMULATOR_HOST'];
    await client.runJob({ name: jobName('job') });
    await until(
      'the next one is',
      async () => (await get()).status?.message?.includes('PUBSUB_EMULATOR_HOST is not set') === true,
    );
  });
});

describe('retries', () => {
  test('go on until one attempt succeeds', async () => {
    await create(quick(5));
    pubsub.answers.push(503, 404);
    await moveClock(emulator, '2026-03-01T12:01:00Z');
    await until('it succeeded', async () => (await get()).status?.code === 0);
    expect(pubsub.published).toHaveLength(3);
  });

  test('end after retryCount of them', async () => {
    const target = (label: string): Job => ({ pubsubTarget: { topicName: TOPIC, attributes: { job: label } } });
    await client.createJob({ parent: PARENT, job: job('two', { ...quick(2), ...target('two') }) });
    await client.createJob({ parent: PARENT, job: job('five', { ...quick(5), ...target('five') }) });
    const attempts = (label: string): number =>
      pubsub.published.filter(({ messages }) => messages[0]?.attributes?.['job'] === label).length;
    pubsub.answers.push(...Array<number>(20).fill(503));
    await moveClock(emulator, '2026-03-01T12:01:00Z');
    // The job with more retries tells when one more of the other would have come.
    await until('six attempts of the one were made', () => attempts('five') === 6);
    expect(attempts('two')).toBe(3);
  });

  test('are none by default', async () => {
    await create();
    pubsub.answers.push(503, 500);
    await moveClock(emulator, '2026-03-01T12:01:00Z');
    await until('the attempt is noted', async () => (await get()).status?.code === 14);
    await moveClock(emulator, '2026-03-01T12:02:00Z');
    await until('the next one is', async () => (await get()).status?.code === 13);
    expect(pubsub.published).toHaveLength(2);
  });

  test('give way to the next tick', async () => {
    await create({ retryConfig: { retryCount: 5, minBackoffDuration: { seconds: 3000 } } });
    pubsub.answers.push(503);
    await moveClock(emulator, '2026-03-01T12:01:00Z');
    await until('the attempt is noted', async () => (await get()).status?.code === 14);
    await moveClock(emulator, '2026-03-01T12:02:00Z');
    await until('the next tick succeeded', async () => (await get()).status?.code === 0);
    expect(pubsub.published).toHaveLength(2);
  });

  test('end with a pause', async () => {
    await create(quick(5, 50_000_000));
    pubsub.answers.push(503);
    await moveClock(emulator, '2026-03-01T12:01:00Z');
    await until('the attempt is noted', async () => (await get()).status?.code === 14);
    await client.pauseJob({ name: jobName('job') });
    pubsub.answers.push(500);
    await client.runJob({ name: jobName('job') });
    // The run's first retry comes after the backoff that the paused execution was in.
    await until('the run was retried', () => pubsub.published.length === 3);
    expect((await get()).state).toBe('PAUSED');
  });
});

describe('an attempt that takes long', () => {
  test('holds the next tick back: never two at a time', async () => {
    await create();
    pubsub.answers.push('hang');
    await moveClock(emulator, '2026-03-01T12:01:00Z');
    await until('the attempt hangs', () => pubsub.published.length === 1);
    await moveClock(emulator, '2026-03-01T12:02:00Z');
    expect((await get()).status).toBeNull();
    expect(pubsub.published).toHaveLength(1);
    // A forced run is dispatched all the same.
    await client.runJob({ name: jobName('job') });
    await until('the run was published', async () => (await get()).status?.code === 0);
    expect(pubsub.published).toHaveLength(2);
  });

  test('does not hold up a stop', async () => {
    await create();
    pubsub.answers.push('hang');
    await client.runJob({ name: jobName('job') });
    await until('the attempt hangs', () => pubsub.published.length === 1);
    await emulator.stop();
  });
});
