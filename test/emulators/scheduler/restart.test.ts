import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { listen } from '../../../emulators/kit/http.ts';
import { start } from '../../../emulators/scheduler/index.ts';
import { disposable } from '../kit/disposable.ts';
import { startProgram } from '../kit/program.ts';
import {
  iso,
  job,
  jobName,
  moveClock,
  newClient,
  PARENT,
  type PubsubStub,
  startPubsub,
  stillClock,
  until,
} from './helpers.ts';

let folder: string;
let pubsub: PubsubStub;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scheduler-test-'));
  pubsub = await startPubsub();
});

afterEach(async () => {
  await pubsub.stop();
  await rm(folder, { recursive: true, force: true });
});

test('jobs and their last attempts outlive a stop; ticks missed meanwhile are not made up for', async () => {
  await using first = disposable(
    await start({ dataDir: folder, env: pubsub.env, clock: stillClock('2026-03-01T12:00:30Z') }),
  );
  const before = newClient(first, 'rest');
  await before.createJob({ parent: PARENT, job: job('kept', { description: 'ü' }) });
  await before.createJob({ parent: PARENT, job: job('paused') });
  await before.pauseJob({ name: jobName('paused') });
  await moveClock(first, '2026-03-01T12:01:00Z');
  await until('the attempt is noted', async () => (await before.getJob({ name: jobName('kept') }))[0].status !== null);
  const [kept] = await before.getJob({ name: jobName('kept') });
  await before.close();
  await first.stop();

  const second = await start({ dataDir: folder, env: pubsub.env, clock: stillClock('2026-03-01T18:00:30Z') });
  const after = newClient(second, 'rest');
  try {
    const [found] = await after.getJob({ name: jobName('kept') });
    expect({ ...found, scheduleTime: null }).toEqual({ ...kept, scheduleTime: null });
    expect([iso(found.lastAttemptTime), iso(found.scheduleTime)]).toEqual([
      '2026-03-01T12:01:00.000Z',
      '2026-03-01T18:01:00.000Z',
    ]);
    expect((await after.getJob({ name: jobName('paused') }))[0].state).toBe('PAUSED');
    expect(pubsub.published).toHaveLength(1);
    await moveClock(second, '2026-03-01T18:01:00Z');
    await until('the next tick has fired', () => pubsub.published.length === 2);
  } finally {
    await after.close();
    await second.stop();
  }
  expect(await readdir(folder)).toEqual(['jobs.json']);
});

test('a job that was answered is there after a kill', async () => {
  await using program = await startProgram('emulators/scheduler/main.ts', ['--data-dir', folder]);
  const host = program.ready.env['CLOUD_SCHEDULER_EMULATOR_HOST'] ?? '';
  const spec = { ...job('kept'), pubsubTarget: { topicName: 'projects/demo/topics/ticks', data: 'eA==' } };
  const response = await fetch(`http://${host}/v1/${PARENT}/jobs`, { method: 'POST', body: JSON.stringify(spec) });
  expect(response.status).toBe(200);
  program.child.kill('SIGKILL');
  await program.ended;
  await using emulator = disposable(await start({ dataDir: folder }));
  const client = newClient(emulator, 'rest');
  expect((await client.getJob({ name: jobName('kept') }))[0].name).toBe(jobName('kept'));
  await client.close();
  await emulator.stop();
});

test('a data folder that cannot be used is one error that names folder and reason', async () => {
  const file = join(folder, 'file');
  await writeFile(file, '');
  await expect(start({ dataDir: file })).rejects.toThrow(`the data folder ${file} cannot be used: EEXIST`);
  await expect(start({ dataDir: join(file, 'below') })).rejects.toThrow('cannot be used: ENOTDIR');
  await writeFile(join(folder, 'jobs.json'), '{"jobs":[{"na');
  await expect(start({ dataDir: folder })).rejects.toThrow(`the data folder ${folder} cannot be used`);
  expect(await readFile(join(folder, 'jobs.json'), 'utf8')).toBe('{"jobs":[{"na');
});

test('a change that cannot be written is refused and does not happen', async () => {
  await using emulator = disposable(await start({ dataDir: folder }));
  const client = newClient(emulator, 'grpc');
  try {
    await rm(folder, { recursive: true });
    await expect(client.createJob({ parent: PARENT, job: job('lost') })).rejects.toMatchObject({
      code: 13,
      message: expect.stringContaining(`the data folder ${folder} cannot be written: ENOENT`),
    });
    expect((await client.listJobs({ parent: PARENT }))[0]).toEqual([]);
  } finally {
    await client.close();
    await emulator.stop();
  }
});

test('a port that is occupied is refused by name', async () => {
  const occupant = createServer();
  const port = await listen(occupant, 0);
  await expect(start({ port })).rejects.toThrow(`port ${port} on 127.0.0.1 is occupied`);
  await new Promise((resolve) => occupant.close(resolve));
});
