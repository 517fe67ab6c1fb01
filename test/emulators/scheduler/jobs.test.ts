import type { CloudSchedulerClient } from '@google-cloud/scheduler';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Emulator } from '../../../emulators/kit/emulator.ts';
import { start } from '../../../emulators/scheduler/index.ts';
import { iso, job, type Job, jobName, newClient, PARENT, stillClock, TOPIC } from './helpers.ts';

/** gRPC codes of the statuses below. */
const CODES = { INVALID_ARGUMENT: 3, NOT_FOUND: 5, ALREADY_EXISTS: 6, FAILED_PRECONDITION: 9, UNIMPLEMENTED: 12 };

describe.each(['rest', 'grpc'] as const)('jobs over %s', (transport) => {
  let emulator: Emulator;
  let client: CloudSchedulerClient;

  beforeAll(async () => {
    emulator = await start({ clock: stillClock('2026-03-01T12:00:30Z') });
    client = newClient(emulator, transport);
  });

  afterAll(async () => {
    await client.close();
    await emulator.stop();
  });

  const create = async (spec: Job): Promise<Job> => (await client.createJob({ parent: PARENT, job: spec }))[0];

  test('a job comes back as it was made, with defaults and its next tick', async () => {
    const created = await create(
      job('made', {
        description: 'each hour',
        schedule: '15 * * * *',
        timeZone: 'Asia/Jakarta',
        pubsubTarget: { topicName: TOPIC, data: Buffer.from([0, 255, 10]), attributes: { a: '1', ü: '"' } },
      }),
    );
    const [read] = await client.getJob({ name: jobName('made') });
    expect(read).toEqual(created);
    expect(read).toMatchObject({
      name: jobName('made'),
      description: 'each hour',
      schedule: '15 * * * *',
      timeZone: 'Asia/Jakarta',
      state: 'ENABLED',
      status: null,
      lastAttemptTime: null,
      retryConfig: {
        retryCount: 0,
        maxRetryDuration: { nanos: 0 },
        minBackoffDuration: { nanos: 0 },
        maxDoublings: 5,
      },
      pubsubTarget: { topicName: TOPIC, attributes: { a: '1', ü: '"' } },
    });
    expect(Buffer.from(read.pubsubTarget?.data as Uint8Array)).toEqual(Buffer.from([0, 255, 10]));
    expect(Number(read.retryConfig?.minBackoffDuration?.seconds)).toBe(5);
    expect(Number(read.retryConfig?.maxBackoffDuration?.seconds)).toBe(3600);
    expect([iso(read.userUpdateTime), iso(read.scheduleTime)]).toEqual([
      '2026-03-01T12:00:30.000Z',
      '2026-03-01T12:15:00.000Z',
    ]);
  });

  test('a job without a name is given one, and UTC without a time zone', async () => {
    const created = await create(job('x', { name: '', timeZone: '' }));
    expect(created.name).toMatch(new RegExp(`^${PARENT}/jobs/[\\w-]+$`));
    expect(created.timeZone).toBe('UTC');
  });

  test('durations keep their fractions', async () => {
    const created = await create(
      job('durations', {
        retryConfig: { retryCount: 5, minBackoffDuration: { seconds: 1, nanos: 250_000_000 }, maxDoublings: 2 },
      }),
    );
    expect(created.retryConfig).toMatchObject({ retryCount: 5, maxDoublings: 2 });
    expect(Number(created.retryConfig?.minBackoffDuration?.seconds)).toBe(1);
    expect(created.retryConfig?.minBackoffDuration?.nanos).toBe(250_000_000);
  });

  test('a list comes page by page, in order, and holds its location alone', async () => {
    const parent = 'projects/pages/locations/here';
    for (const id of ['c', 'a', 'e', 'b', 'd']) {
      const target = { topicName: 'projects/pages/topics/ticks', data: Buffer.from('x') };
      await client.createJob({ parent, job: { ...job(id), name: `${parent}/jobs/${id}`, pubsubTarget: target } });
    }
    const [all] = await client.listJobs({ parent });
    expect(all.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd', 'e'].map((id) => `${parent}/jobs/${id}`));
    const pages: number[] = [];
    let pageToken = '';
    do {
      const [jobs, , response] = await client.listJobs({ parent, pageSize: 2, pageToken }, { autoPaginate: false });
      pages.push(jobs.length);
      pageToken = response.nextPageToken ?? '';
    } while (pageToken !== '');
    expect(pages).toEqual([2, 2, 1]);
    expect((await client.listJobs({ parent: 'projects/pages/locations/elsewhere' }))[0]).toEqual([]);
    await expect(client.listJobs({ parent, pageToken: 'junk' }, { autoPaginate: false })).rejects.toMatchObject({
      code: CODES.INVALID_ARGUMENT,
    });
  });

  test('an update changes what its mask names', async () => {
    await create(job('changed', { description: 'before', retryConfig: { retryCount: 1, maxDoublings: 3 } }));
    const patch = job('changed', { schedule: '0 5 * * *', description: 'after', retryConfig: { retryCount: 4 } });
    const [scheduled] = await client.updateJob({
      job: patch,
      updateMask: { paths: ['schedule', 'retry_config.retry_count'] },
    });
    expect(scheduled).toMatchObject({
      schedule: '0 5 * * *',
      description: 'before',
      retryConfig: { retryCount: 4, maxDoublings: 3 },
    });
    expect(iso(scheduled.scheduleTime)).toBe('2026-03-02T05:00:00.000Z');
    // Over REST the client sends an empty job as "", which is no message: something must be in it.
    const blank = { name: jobName('changed'), schedule: '* * * * *' };
    const [described] = await client.updateJob({ job: blank, updateMask: { paths: ['description'] } });
    expect(described).toMatchObject({ schedule: '0 5 * * *', description: '' });
    const [replaced] = await client.updateJob({ job: patch });
    expect(replaced).toMatchObject({ description: 'after', retryConfig: { retryCount: 4, maxDoublings: 5 } });
    await expect(client.updateJob({ job: patch, updateMask: { paths: ['colour'] } })).rejects.toMatchObject({
      code: CODES.INVALID_ARGUMENT,
      message: expect.stringContaining('updateMask: "colour" is not a field of a job'),
    });
    await expect(
      client.updateJob({ job: job('changed', { schedule: 'never' }), updateMask: { paths: ['schedule'] } }),
    ).rejects.toMatchObject({ code: CODES.INVALID_ARGUMENT });
    expect((await client.getJob({ name: jobName('changed') }))[0]).toEqual(replaced);
  });

  test('pause and resume keep to their order', async () => {
    await create(job('paused'));
    const name = jobName('paused');
    await expect(client.resumeJob({ name })).rejects.toMatchObject({ code: CODES.FAILED_PRECONDITION });
    expect((await client.pauseJob({ name }))[0]).toMatchObject({ state: 'PAUSED', scheduleTime: null });
    await expect(client.pauseJob({ name })).rejects.toMatchObject({ code: CODES.FAILED_PRECONDITION });
    const [resumed] = await client.resumeJob({ name });
    expect(resumed.state).toBe('ENABLED');
    expect(iso(resumed.scheduleTime)).toBe('2026-03-01T12:01:00.000Z');
  });

  test('a name is taken until its job is deleted', async () => {
    await create(job('twice'));
    await expect(create(job('twice'))).rejects.toMatchObject({ code: CODES.ALREADY_EXISTS });
    await client.deleteJob({ name: jobName('twice') });
    await create(job('twice'));
  });

  test('methods on a job that is not there say so', async () => {
    const name = jobName('nobody');
    const missing = { code: CODES.NOT_FOUND, message: expect.stringContaining(`Job ${name} not found`) };
    await expect(client.getJob({ name })).rejects.toMatchObject(missing);
    await expect(client.deleteJob({ name })).rejects.toMatchObject(missing);
    await expect(client.runJob({ name })).rejects.toMatchObject(missing);
    await expect(client.pauseJob({ name })).rejects.toMatchObject(missing);
    await expect(client.resumeJob({ name })).rejects.toMatchObject(missing);
    await expect(client.updateJob({ job: job('nobody') })).rejects.toMatchObject(missing);
  });

  test.each<[string, Job, string]>([
    ['six fields', { schedule: '0 * * * * *' }, 'schedule "0 * * * * *" must have five fields: minute, hour'],
    ['four fields', { schedule: '* * * *' }, 'it has 4'],
    ['no schedule', { schedule: '' }, 'schedule is absent'],
    ['a nickname', { schedule: '@daily' }, 'must have five fields'],
    ['minute 60', { schedule: '60 * * * *' }, 'Invalid value for minute: 60'],
    ['day L', { schedule: '0 0 L * *' }, '"L" is not a day of the month'],
    ['a question mark', { schedule: '0 0 ? * *' }, '"?" is not a day of the month'],
    ['a step after a value', { schedule: '5/10 * * * *' }, '"5/10" is not a minute'],
    ['a range backwards', { schedule: '0 22-2 * * *' }, 'From value is larger than to value'],
    ['a step of none', { schedule: '*/0 * * * *' }, 'illegal stepping'],
    [
      'an unknown time zone',
      { timeZone: 'Asia/Atlantis' },
      'timeZone "Asia/Atlantis" must be a name of the tz database',
    ],
    ['an offset', { timeZone: '+07:00' }, 'timeZone "+07:00" must be'],
    ['a bad id', { name: `${PARENT}/jobs/a.b` }, 'letters, digits, hyphens or underscores'],
    ['a long id', { name: `${PARENT}/jobs/${'x'.repeat(501)}` }, 'JOB_ID of 1 to 500'],
    ['another parent', { name: 'projects/demo/locations/mars/jobs/a' }, 'must lie under the parent'],
    [
      'a bad topic',
      { pubsubTarget: { topicName: 'ticks', data: 'eA==' } },
      'must be projects/PROJECT_ID/topics/TOPIC_ID',
    ],
    [
      'another project',
      { pubsubTarget: { topicName: 'projects/other/topics/ticks', data: 'eA==' } },
      "in the job's own project, demo",
    ],
    ['an empty message', { pubsubTarget: { topicName: TOPIC } }, 'data that is not empty, or at least one attribute'],
    ['no target', { pubsubTarget: null }, 'a job needs a target'],
    ['six retries', { retryConfig: { retryCount: 6 } }, 'retryConfig.retryCount is 6: must be an integer from 0 to 5'],
    ['less than no retries', { retryConfig: { retryCount: -1 } }, 'retryConfig.retryCount is -1'],
    [
      'a least backoff above the greatest',
      { retryConfig: { minBackoffDuration: { seconds: 5000 } } },
      'must not exceed maxBackoffDuration 3600s',
    ],
    ['a long description', { description: 'x'.repeat(501) }, 'description has 501 characters'],
    ['a large job', { pubsubTarget: { topicName: TOPIC, data: Buffer.alloc(100 * 1024) } }, 'must have 102400 at most'],
  ])('refuses %s', async (_, changes, message) => {
    await expect(create(job('refused', changes))).rejects.toMatchObject({
      code: CODES.INVALID_ARGUMENT,
      message: expect.stringContaining(message),
    });
    await expect(client.getJob({ name: jobName('refused') })).rejects.toMatchObject({ code: CODES.NOT_FOUND });
  });

  test.each<[string, Job]>([
    ['HTTP targets', { pubsubTarget: null, httpTarget: { uri: 'http://127.0.0.1/' } }],
    ['App Engine targets', { pubsubTarget: null, appEngineHttpTarget: { relativeUri: '/' } }],
    ["App Engine's schedules", { schedule: 'every 5 minutes' }],
  ])('does not pretend to have %s', async (_, changes) => {
    await expect(create(job('lacking', changes))).rejects.toMatchObject({ code: CODES.UNIMPLEMENTED });
  });

  test('accepts what unix-cron has', async () => {
    const schedules = ['*/15 0-6,22,23 1-7/2 JAN-MAR,12 MON', '0 0 * * 7', '5,10 * * * sun-tue', ' 0  0 1 1 * '];
    for (const [index, schedule] of schedules.entries()) {
      expect((await create(job(`cron-${index}`, { schedule }))).schedule).toBe(schedule);
    }
    expect((await create(job('never', { schedule: '0 0 31 2 *' }))).scheduleTime).toBeNull();
    expect((await create(job('lower', { timeZone: 'utc' }))).timeZone).toBe('utc');
  });
});
