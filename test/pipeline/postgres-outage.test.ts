import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { readTableRun } from '../../functions/ledger/runs.ts';
import { startPart } from '../../scripts/up/part.ts';
import { cleanUp } from '../support/cleanup.ts';
import { startTestCloud } from '../support/cloud.ts';
import { finalRows, libraryTables, sourceRows } from '../support/library.ts';
import { until } from '../support/until.ts';

test('Postgres is stopped in the middle of a run and comes back: the run goes on and nothing is lost', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'alir-test-'));
  const cloud = await startTestCloud({ folder, keep: true });
  cleanUp(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  await expect(cloud.run('library-generator')).resolves.toMatchObject({ state: 'succeeded' });

  const runId = await cloud.trigger('library');
  await until('the run to have begun', async () => (await readTableRun(cloud.services.ledger, runId, 'rent')) && true);
  await cloud.parts.find((part) => part.name === 'postgres')?.stop();
  await expect(cloud.services.ledger.query('select 1')).rejects.toThrow();

  const again = await startPart({
    name: 'postgres',
    file: join(import.meta.dirname, '../../emulators/postgres/main.ts'),
    args: ['--port', cloud.env['PGPORT'] ?? '', '--data-dir', join(folder, 'postgres')],
    env: {},
    logFile: join(folder, 'logs', 'postgres.log'),
  });
  cleanUp(async () => {
    await again.stop();
  });
  expect(await cloud.runOver(runId)).toMatchObject({ state: 'succeeded' });
  for (const table of libraryTables) expect(await finalRows(cloud, table)).toEqual(await sourceRows(cloud, table));
});
