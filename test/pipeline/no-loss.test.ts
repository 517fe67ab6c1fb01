import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BigQuery } from '@google-cloud/bigquery';
import { emulatorAuth } from '../../functions/gcp/auth.ts';
import { localEnvironment } from '../../scripts/up/variables.ts';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { pipelinesFolder, readCatalog } from '../../pipelines/model/read.ts';
import { cleanUp } from '../support/cleanup.ts';
import { startTestCloud, type TestCloud } from '../support/cloud.ts';
import { applicationUrl, finalRows, sourceRows } from '../support/library.ts';
import { execute, withConnection } from '../support/postgres.ts';
import { until } from '../support/until.ts';

let cloud: TestCloud;
beforeAll(async () => {
  // The library, with slices small enough that one table run has many, and runs that wait for their table.
  const folder = mkdtempSync(join(tmpdir(), 'alir-pipelines-'));
  cleanUp(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  cpSync(pipelinesFolder, folder, { recursive: true });
  const file = join(folder, 'library.yaml');
  const text = readFileSync(file, 'utf8').replace('overlap: skip', 'overlap: queue');
  writeFileSync(
    file,
    text.replaceAll('    cursor: updated_at\n', '    cursor: updated_at\n    slice: { rows: 700 }\n'),
  );
  cloud = await startTestCloud({
    catalog: readCatalog(folder),
    env: { PATH: process.env['PATH'], ALIR_PIPELINES: folder },
  });
  await expect(cloud.run('library-generator')).resolves.toMatchObject({ state: 'succeeded' });
});

const memberIds = async (): Promise<(string | null | undefined)[]> =>
  (await finalRows(cloud, 'member')).map((row) => row['id']);

describe('invariant 1: no loss', () => {
  test('a transaction that was open during a run, and commits after it, is in the final table after the next', async () => {
    await withConnection(applicationUrl(cloud), async (writer) => {
      await writer.query('begin');
      await writer.query('select now()'); // its rows will carry this instant, long before they can be seen
      await cloud.run('library');
      await writer.query(`insert into library_member (id, name, age) values (900001, 'Committed late', 30)`);
      await cloud.run('library');
      await writer.query('commit');
    });
    expect(await memberIds()).not.toContain('900001');
    await cloud.run('library');
    expect(await memberIds()).toContain('900001');
  });

  test('a thousand rows that share one cursor value are all there, over several slices', async () => {
    await execute(
      applicationUrl(cloud),
      `insert into library_member (id, name, age) select 1000000 + n, 'Member ' || n, n % 90 from generate_series(1, 5000) n`,
    );
    const run = await cloud.run('library');
    const { rows } = await cloud.services.ledger.query<{ slices: number }>(
      `select slices from table_run where run_id = $1 and table_name = 'member'`,
      [run.runId],
    );
    expect(rows[0]?.slices).toBeGreaterThan(5);
    expect(await finalRows(cloud, 'member')).toEqual(await sourceRows(cloud, 'member'));
  });

  test('invariant 2, no double: rows that are written and changed while runs are under way are all there in the end, once', async () => {
    let writing = true;
    const writer = withConnection(applicationUrl(cloud), async (client) => {
      for (let n = 0; writing; n += 1) {
        await client.query(`insert into library_member (id, name, age) values ($1, 'Written meanwhile', 1)`, [
          2_000_000 + n,
        ]);
        await client.query(`update library_member set age = age + 1 where id = $1`, [1_000_001 + (n % 5000)]);
      }
    });
    for (let round = 0; round < 3; round += 1) expect(await cloud.run('library')).toMatchObject({ state: 'succeeded' });
    writing = false;
    await writer;
    await cloud.run('library');
    expect(await finalRows(cloud, 'member')).toEqual(await sourceRows(cloud, 'member'));
  });
});

test('invariant 1: a final table that was dropped is filled from the beginning', async () => {
  const client = new BigQuery({ projectId: localEnvironment.projectId, ...emulatorAuth('emulator') });
  await client.dataset('library').table('member').delete();
  expect(await cloud.run('library')).toMatchObject({ state: 'succeeded' });
  expect(await finalRows(cloud, 'member')).toEqual(await sourceRows(cloud, 'member'));
  // From then on the cursor is the new table's.
  const next = await cloud.run('library');
  const { rows } = await cloud.services.ledger.query<{ cursor_from: string }>(
    `select cursor_from from table_run where run_id = $1 and table_name = 'member'`,
    [next.runId],
  );
  expect(rows[0]?.cursor_from).not.toBe('-infinity');
});

describe('invariant 6: overlap', () => {
  test('a queued run waits for its table and then runs by itself', async () => {
    await cloud.services.ledger.query(
      `update lease set run_id = 'somebody', fence = fence + 1, expires_at = now() + interval '1 hour' where table_name = 'rent'`,
    );
    const runId = await cloud.trigger('library');
    const states = async (): Promise<string[]> => {
      const { rows } = await cloud.services.ledger.query<{ state: string }>(
        `select state from table_run where run_id = $1 order by table_name`,
        [runId],
      );
      return rows.map((row) => row.state);
    };
    await until('rent to be queued and the others done', async () =>
      (await states()).join() === 'succeeded,succeeded,queued' ? true : undefined,
    );
    // The holder ends; whatever ends next on that table wakes the one that waits: here, another run's extract.
    await cloud.services.ledger.query(`update lease set run_id = null where table_name = 'rent'`);
    await cloud.run('library');
    expect(await cloud.runOver(runId)).toMatchObject({ state: 'succeeded' });
    expect(await states()).toEqual(['succeeded', 'succeeded', 'succeeded']);
  });
});
