import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { openScheduler } from '../../functions/gcp/scheduler.ts';
import { readCatalog } from '../../pipelines/model/read.ts';
import { startTestCloud, type TestCloud } from '../support/cloud.ts';
import { temporaryFolder } from '../support/folders.ts';
import { type FaultyWay, startFaultyWay } from '../support/faulty.ts';
import { Hosts } from '../support/hosts.ts';
import { finalRows, libraryTables, sourceRows } from '../support/library.ts';
import { until } from '../support/until.ts';
import { seeded } from '../unit/random.ts';
import { growths, type Sample, takeSample } from './samples.ts';

const minutes = Number(process.env['SOAK_MINUTES'] ?? 0);
if (minutes === 0) process.stdout.write('skipped: the soak (SOAK_MINUTES=30 runs it for so long)\n');
const whenAsked = minutes > 0 ? test : test.skip;
/** A tick of every pipeline each second. */
const RATE = 60;
const SAMPLE_MS = 5000;
const FAULTS_PER_MILLE = 10;
const KILL_AFTER_CALLS = 200;
/** What a measure may differ by and mean nothing: it is one moment that is looked at. */
const SLACK: Readonly<Record<string, number>> = {
  'live memory in MB': 2,
  'memory in MB': 30,
  'open handles': 20,
  connections: 5,
  'staging tables': 3,
  'unfinished uploads': 2,
};

const root = join(import.meta.dirname, '../..');

/** The library's pipelines, due every minute. @returns their folder */
function hurriedPipelines(folder: string): string {
  const to = join(folder, 'pipelines');
  mkdirSync(to);
  for (const name of readdirSync(join(root, 'pipelines')).filter((file) => file.endsWith('.yaml'))) {
    const text = readFileSync(join(root, 'pipelines', name), 'utf8');
    writeFileSync(join(to, name), text.replace(/^schedule: .*$/m, `schedule: '* * * * *'`));
  }
  cpSync(join(root, 'pipelines/pipeline.schema.json'), join(to, 'pipeline.schema.json'));
  return to;
}

whenAsked(
  'ticks each second, with faults on: nothing grows, and nothing is lost',
  async () => {
    const seed = Number(process.env['SOAK_SEED'] ?? Date.now() % 1_000_000);
    process.stdout.write(`${minutes} minutes, SOAK_SEED=${seed}\n`);
    const random = seeded(seed);
    const folder = temporaryFolder();
    const pipelines = hurriedPipelines(folder);
    const ways: FaultyWay[] = [];
    let hosts: Hosts | undefined;
    const cloud = await startTestCloud({
      folder,
      keep: true,
      rate: RATE,
      catalog: readCatalog(pipelines),
      env: { PATH: process.env['PATH'], ALIR_PIPELINES: pipelines },
      async provision(plan, { env }) {
        const faulty = { ...env } as Record<string, string>;
        for (const variable of ['BIGQUERY_EMULATOR_HOST', 'STORAGE_EMULATOR_HOST']) {
          const way = await startFaultyWay(env[variable] ?? '', random);
          ways.push(way);
          faulty[variable] = way.url;
        }
        const memory = { NODE_OPTIONS: `--import=${join(import.meta.dirname, 'live-memory.ts')}`, SOAK_FOLDER: folder };
        hosts = await Hosts.start(2, folder, { ...faulty, ...memory }, 1);
        await hosts.provision(plan, env);
      },
    });
    await cloud.control('PUBSUB_EMULATOR_HOST', 'faults', { duplicateDeliveries: true });
    const [spared = 0] = hosts?.pids ?? [];
    const samples: Sample[] = [];
    const end = Date.now() + minutes * 60_000;
    for (const way of ways) way.perMille = FAULTS_PER_MILLE;
    const killing = (async () => {
      while (Date.now() < end) await hosts?.killAtCall(1 + random.below(KILL_AFTER_CALLS));
    })();
    while (Date.now() < end) {
      // Time is what a soak is made of.
      await pause(SAMPLE_MS);
      samples.push(await takeSample(cloud, spared, folder));
      if (samples.length % 12 === 0) process.stdout.write(`${JSON.stringify(samples.at(-1))}\n`);
    }
    await killing;
    for (const way of ways) way.perMille = 0;
    await stopSchedules(cloud);
    await cloud.services.ledger.query(`update task set claimed_until = clock_timestamp() where state = 'claimed'`);
    await until('all runs to be over', async () => {
      const { rows } = await cloud.services.ledger.query(`select from run where state = 'running'`);
      return rows.length === 0 ? true : undefined;
    });
    expect(await cloud.run('library')).toMatchObject({ state: 'succeeded' });
    for (const table of libraryTables) expect(await finalRows(cloud, table)).toEqual(await sourceRows(cloud, table));

    const { rows } = await cloud.services.ledger.query<{ pipeline: string; state: string; runs: string }>(
      'select pipeline, state, count(*) as runs from run group by pipeline, state order by pipeline, state',
    );
    process.stdout.write(`${JSON.stringify(rows)}\n${JSON.stringify(growths(samples))}\n`);
    for (const { name, early, late } of growths(samples)) {
      const allowed = early * 1.2 + (SLACK[name] ?? 0);
      expect({ name, early, late, grows: !(late <= allowed) }).toEqual({ name, early, late, grows: false });
    }
  },
  (minutes + 5) * 60_000,
);

async function stopSchedules(cloud: TestCloud): Promise<void> {
  const { projectId, region } = cloud.plan.environment;
  const scheduler = openScheduler(projectId, cloud.env);
  const [jobs] = await scheduler.listJobs({ parent: `projects/${projectId}/locations/${region}` });
  for (const { name } of jobs) if (typeof name === 'string') await scheduler.pauseJob({ name });
  await scheduler.close();
}
