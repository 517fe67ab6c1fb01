import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { openScheduler } from '../../functions/gcp/scheduler.ts';
import { encodeMessageData } from '../../functions/messages/messages.ts';
import type { EveryService } from '../../functions/runtime/clients/every.ts';
import { TransientError } from '../../functions/runtime/errors.ts';
import { topicName } from '../../pipelines/model/names.ts';
import { DELIVERY } from '../../pipelines/model/retries.ts';
import { functionVariable } from '../../scripts/up/variables.ts';
import { provision } from '../../scripts/provision/provision.ts';
import { cleanUp } from '../support/cleanup.ts';
import { startTestCloud, type TestCloud } from '../support/cloud.ts';
import { finalRows, libraryTables, sourceRows } from '../support/library.ts';
import { until } from '../support/until.ts';
import { Drive } from './drive.ts';

/** What goes wrong in every system of this kind, each with the real stages against a whole local cloud. */
let cloud: TestCloud;
let services: EveryService;
let drive: Drive;

beforeAll(async () => {
  // Ten deliveries of one message within seconds.
  cloud = await startTestCloud({
    provision,
    env: { PATH: process.env['PATH'], PUBSUB_EMULATOR_BACKOFF_SCALE: '0.001' },
  });
  ({ services } = cloud);
  drive = new Drive(cloud);
  await expect(cloud.run('library-generator')).resolves.toMatchObject({ state: 'succeeded' });
});

/** A test that has failed must not leave its table to the next one. */
afterEach(async () => {
  await services.ledger.query('update lease set run_id = null, expires_at = null');
});

async function expectNothingLost(): Promise<void> {
  expect(await finalRows(cloud, 'rent')).toEqual(await sourceRows(cloud, 'rent'));
}

describe('a run dies after its MERGE and before the cursor', () => {
  test('the next delivery finds the job done, and moves the cursor without another one', async () => {
    const before = await drive.cursor();
    const { runId, due } = await drive.upToMerge();
    const first = drive.withStartedMerges(drive.killedAtCommit());
    await expect(drive.deliver(due, first.by)).rejects.toThrow('killed');
    expect(first.started).toEqual([expect.stringContaining(runId)]);
    await expectNothingLost();
    expect(await drive.cursor()).toBe(before);
    expect(await drive.stateOf(runId)).toBe('merging');

    await drive.silence('task', runId);
    const second = drive.withStartedMerges();
    await drive.deliver(due, second.by);
    expect(second.started).toEqual([]);
    expect(await drive.stateOf(runId)).toBe('succeeded');
    expect(await drive.cursor()).not.toBe(before);
    await expectNothingLost();
  });

  test('and is never delivered again: the next run takes over, reads the same rows, and nothing is double', async () => {
    const { runId, due } = await drive.upToMerge();
    await expect(drive.deliver(due, drive.killedAtCommit())).rejects.toThrow('killed');
    await drive.changeSource();
    await drive.silence('lease', runId);
    const next = await cloud.run('library');
    expect(next).toMatchObject({ state: 'succeeded' });
    expect(await cloud.runOver(runId)).toMatchObject({
      state: 'failed',
      failure: { errorClass: 'terminal', code: 'LEASE_LOST' },
      reason: `table rent showed no life; ${next.runId} took it over`,
    });
    await expectNothingLost();
  });
});

test('two schedulers fire at once: it is one run, every slice is encoded once, and nothing is double', async () => {
  await drive.changeSource();
  const client = openScheduler(services.environment.projectId, cloud.env);
  cleanUp(async () => {
    await client.close();
  });
  const { projectId, region } = services.environment;
  const schedule = cloud.plan.schedules.find(({ message }) => message['pipeline'] === 'library');
  const name = client.jobPath(projectId, region, schedule?.name ?? '');
  await Promise.all([client.runJob({ name }), client.runJob({ name })]);

  const ticks = (): number =>
    readFileSync(join(cloud.folder, 'logs', 'functions.log'), 'utf8')
      .split('\n')
      .filter((line) => line.includes('extract done') && line.includes('"kind":"tick"') && !line.includes('manual'))
      .length;
  await until('both ticks to be taken', async () => await Promise.resolve(ticks() >= 2 || undefined));
  const { rows } = await services.ledger.query<{ run_id: string }>(
    `select run_id from run where pipeline = 'library' and not manual`,
  );
  expect(rows).toHaveLength(1);
  const run = await cloud.runOver(rows[0]?.run_id ?? '');
  expect(run).toMatchObject({ state: 'succeeded', reason: undefined });
  expect(run.tables.map(({ state }) => state)).toEqual(['succeeded', 'succeeded', 'succeeded']);
  for (const table of libraryTables) expect(await finalRows(cloud, table)).toEqual(await sourceRows(cloud, table));
});

describe('a function wakes after its lease was taken over', () => {
  test('just before its MERGE: its staging table is gone, it merges nothing, and newer rows stay', async () => {
    const { runId, due } = await drive.upToMerge();
    const asleep = Promise.withResolvers<undefined>();
    const awake = Promise.withResolvers<undefined>();
    const sleepy = drive.withJobs(async (real, ...job) => {
      asleep.resolve(undefined);
      await awake.promise;
      return await real(...job);
    });
    const old = drive.push(due, sleepy).catch((error: unknown) => error);
    await asleep.promise;
    await drive.changeSource();
    await drive.silence('lease', runId);
    await expect(cloud.run('library')).resolves.toMatchObject({ state: 'succeeded' });
    const after = await drive.cursor();
    await expectNothingLost();

    awake.resolve(undefined);
    await old;
    await expectNothingLost();
    expect(await drive.cursor()).toBe(after);
    const over = await cloud.runOver(runId);
    expect(over).toMatchObject({ state: 'failed', failure: { code: 'LEASE_LOST' } });
    expect(over.tables).toMatchObject([{ merged: undefined, mergeJob: undefined }]);
  });

  test('just before it commits: the job is done, and still nothing of it is in the ledger', async () => {
    const { runId, due } = await drive.upToMerge();
    const late = drive.withJobs(async (real, ...job) => {
      const done = await real(...job);
      await drive.silence('lease', runId);
      await expect(cloud.run('library')).resolves.toMatchObject({ state: 'succeeded' });
      return done;
    });
    await drive.changeSource();
    await expect(drive.deliver(due, late)).rejects.toMatchObject({ name: 'TerminalError', code: 'LEASE_LOST' });
    expect(await drive.stateOf(runId)).toBe('failed');
    await expectNothingLost();
  });
});

test('a merge whose job is done though the call timed out is not done again', async () => {
  const { runId, due } = await drive.upToMerge();
  const timesOut = drive.withJobs(async (real, ...job) => {
    await real(...job);
    throw new TransientError('SERVICE_UNAVAILABLE', 'no answer in time');
  });
  await expect(drive.deliver(due, timesOut)).rejects.toThrow('no answer in time');
  const [waiting] = (
    await cloud.services.ledger.query(
      'select error_class, error_code, error from task where run_id = $1 and stage = $2',
      [runId, 'merge'],
    )
  ).rows;
  expect(waiting).toEqual({ error_class: 'transient', error_code: 'SERVICE_UNAVAILABLE', error: 'no answer in time' });

  const { by, started } = drive.withStartedMerges();
  await drive.deliver(due, by);
  expect(started).toEqual([]);
  const run = await cloud.runOver(runId);
  expect(run).toMatchObject({ state: 'succeeded' });
  expect(run.tables).toMatchObject([{ merged: 2, lastError: undefined, mergeJob: expect.stringMatching(/merge/) }]);
  await expectNothingLost();
});

const overlapping = (overlap: 'skip' | 'queue'): EveryService => {
  const { catalog } = services;
  const pipelines = catalog.pipelines.map((one) => (one.pipeline === 'library' ? { ...one, overlap } : one));
  return { ...services, catalog: { ...catalog, pipelines } };
};

describe('three runs overlap', () => {
  test('and the pipeline says skip: the later two move nothing, and say who has the table', async () => {
    const { runId, due } = await drive.upToMerge();
    const later = [];
    for (let n = 0; n < 2; n += 1) {
      const next = await drive.begin();
      await expect(drive.deliver(next.due, overlapping('skip'))).resolves.toEqual([]);
      later.push(await cloud.runOver(next.runId));
    }
    expect(later).toMatchObject(
      Array(2).fill({ state: 'skipped', reason: `${runId} still holds the table`, failure: undefined }),
    );
    await drive.deliver(due);
    expect(await cloud.runOver(runId)).toMatchObject({ state: 'succeeded' });
    await expectNothingLost();
  });

  test('and the pipeline says queue: the later two wait, and then go on, one after the other', async () => {
    const { due } = await drive.upToMerge();
    const queued: string[] = [];
    for (let n = 0; n < 2; n += 1) {
      const next = await drive.begin();
      await expect(drive.deliver(next.due, overlapping('queue'))).resolves.toEqual([]);
      expect(await drive.stateOf(next.runId)).toBe('queued');
      queued.push(next.runId);
    }
    await drive.changeSource();
    await drive.push(due); // From here on the cloud goes on by itself: who is done wakes who waits.
    const done = await Promise.all(queued.map(async (runId) => await cloud.runOver(runId)));
    expect(done).toMatchObject([{ state: 'succeeded' }, { state: 'succeeded' }]);
    const { rows } = await services.ledger.query<{ run_id: string }>(
      'select run_id from table_run where run_id = any($1) order by fence',
      [queued],
    );
    expect(rows.map(({ run_id }) => run_id)).toEqual(queued);
    await expectNothingLost();
  });
});

test('one delivery finds its run queued and is done; another of the same message takes the table and dies: the run goes on', async () => {
  const { due } = await drive.upToMerge();
  const next = await drive.begin();
  await expect(drive.deliver(next.due, overlapping('queue'))).resolves.toEqual([]);
  expect(await drive.stateOf(next.runId)).toBe('queued');
  await drive.deliver(due);
  const query: EveryService['ledger']['query'] = async (text, values) => {
    if (text.includes('as closing')) throw new Error('killed before it says what is to be encoded');
    return await services.ledger.query(text, values);
  };
  const dying = { ...overlapping('queue'), ledger: { ...services.ledger, query } };
  await expect(drive.deliver(next.due, dying)).rejects.toThrow(/killed|another call is at/);
  expect(await cloud.runOver(next.runId)).toMatchObject({ state: 'succeeded' });
  await expectNothingLost();
});

describe('an error that nobody foresaw', () => {
  beforeEach(async () => {
    await services.ledger.query('alter table slice rename to slice_of_before');
  });
  afterEach(async () => {
    await services.ledger.query('alter table slice_of_before rename to slice');
  });

  test('is tried as often as the subscription says and no more; then the run is failed by its dead letter', async () => {
    const { runId, due } = await drive.begin();
    const publisher = await services.publisher();
    await publisher.publish(topicName(services.environment.name, 'extract'), encodeMessageData(due.message));
    const run = await cloud.runOver(runId);
    expect(run).toMatchObject({
      state: 'failed',
      failure: { errorClass: 'unknown', code: 'UNCLASSIFIED' },
      reason: `gave up after ${DELIVERY.maxAttempts} deliveries of alir-local-extract; last error: relation "slice" does not exist`,
    });
    expect(run.tables).toMatchObject([
      { attempts: DELIVERY.maxAttempts, failure: { text: 'relation "slice" does not exist' } },
    ]);
  });

  test('is not tried once more when the message is too old', async () => {
    const { runId, due } = await drive.begin();
    const publishTime = new Date(Date.now() - (DELIVERY.maxMessageAgeSeconds + 60) * 1000).toISOString();
    const data = encodeMessageData(due.message).toString('base64');
    const answer = await fetch(cloud.env[functionVariable('extract')] ?? '', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ subscription: 's', message: { messageId: 'old', publishTime, data } }),
    });
    expect(answer.ok).toBe(true);
    const run = await cloud.runOver(runId);
    expect(run).toMatchObject({
      state: 'failed',
      failure: { errorClass: 'terminal', code: 'MESSAGE_EXPIRED' },
      reason: expect.stringMatching(/^published .* s ago, and it fails still; .* relation "slice" does not exist$/),
    });
    expect(run.tables).toMatchObject([{ attempts: 1 }]);
  });
});
