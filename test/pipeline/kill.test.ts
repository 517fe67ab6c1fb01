import { expect, test } from '@jest/globals';
import { startTestCloud, type TestCloud } from '../support/cloud.ts';
import { temporaryFolder } from '../support/folders.ts';
import { Hosts } from '../support/hosts.ts';
import { finalRows, libraryTables, sourceRows } from '../support/library.ts';
import { until } from '../support/until.ts';
import { seeded } from '../unit/random.ts';

/** `KILLS=30 npm run jest -- test/pipeline/kill` takes a minute or two; every test run has a third of it. */
const KILLS = Number(process.env['KILLS'] ?? 10);
/** Calls of one run of both pipelines, about: a kill comes anywhere between the first and the last. */
const CALLS = 18;

async function startCloudWithHosts(): Promise<{ cloud: TestCloud; hosts: Hosts }> {
  let hosts: Hosts | undefined;
  const folder = temporaryFolder();
  const cloud = await startTestCloud({
    folder,
    async provision(plan, { env }) {
      hosts = await Hosts.start(2, folder, env as Record<string, string>);
      await hosts.provision(plan, env);
    },
  });
  if (!hosts) throw new Error('the plan was not applied');
  return { cloud, hosts };
}

test(`processes are killed ${KILLS} times while they are at work: the final tables are the source, to the last row`, async () => {
  const seed = Number(process.env['KILL_SEED'] ?? Date.now() % 1_000_000);
  const random = seeded(seed);
  const { cloud, hosts } = await startCloudWithHosts();
  const { ledger } = cloud.services;
  const allOver = async (): Promise<true | undefined> => {
    const { rows } = await ledger.query(`select from run where state = 'running'`);
    return rows.length === 0 ? true : undefined;
  };
  try {
    for (let kill = 0; kill < KILLS; kill += 1) {
      const killed = hosts.killAtCall(1 + random.below(CALLS));
      // Enough work that the call will come, also where runs are skipped for one that is still at it.
      const working = setInterval(() => void cloud.trigger(random.pick(['library', 'library-generator'])), 700);
      await cloud.trigger('library-generator');
      await cloud.trigger('library');
      await killed;
      clearInterval(working);
      // As if the time had gone by that a claim lasts without a sign of life; who lives on has lost it too.
      await ledger.query(
        `update task set claimed_until = claimed_until - interval '30 seconds' where state = 'claimed'`,
      );
    }
    await until('all runs to be over', allOver, 100_000);
    expect(await cloud.run('library')).toMatchObject({ state: 'succeeded' });
    const runs = await ledger.query<{ state: string; runs: string }>(
      `select state, count(*) as runs from run where pipeline = 'library' group by state order by state`,
    );
    expect(runs.rows.map(({ state }) => state)).toContain('succeeded');
    for (const table of libraryTables) {
      const rows = await sourceRows(cloud, table);
      expect(rows.length).toBeGreaterThan(0);
      expect(await finalRows(cloud, table)).toEqual(rows);
    }
  } catch (error) {
    throw new Error(`with KILL_SEED=${seed}`, { cause: error });
  }
}, 400_000);
