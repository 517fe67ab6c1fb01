import { expect, test } from '@jest/globals';
import { readTableRun } from '../../functions/ledger/runs.ts';
import { startTestCloud } from '../support/cloud.ts';
import { temporaryFolder } from '../support/folders.ts';
import { finalRows, libraryTables, sourceRows } from '../support/library.ts';
import { until } from '../support/until.ts';

test('the functions are killed in the middle of a run: after a restart on the same data the run goes on, and nothing is double', async () => {
  const folder = temporaryFolder();
  const before = await startTestCloud({ folder, keep: true });
  await expect(before.run('library-generator')).resolves.toMatchObject({ state: 'succeeded' });
  const runId = await before.trigger('library');
  await until('the run to be at work', async () => {
    const run = await readTableRun(before.services.ledger, runId, 'rent');
    return run && run.state !== 'pending' ? true : undefined;
  });
  process.kill(before.parts.find((part) => part.name === 'functions')?.pid ?? 0, 'SIGKILL');
  await expect(before.died).resolves.toMatchObject({ message: expect.stringContaining('functions ended (SIGKILL)') });
  await before.stop();

  const after = await startTestCloud({ folder, keep: true });
  // As if the time that a claim lasts without a heartbeat had gone by.
  await after.services.ledger.query(`update task set claimed_until = clock_timestamp() where state = 'claimed'`);
  expect(await after.runOver(runId)).toMatchObject({ state: 'succeeded' });
  for (const table of libraryTables) expect(await finalRows(after, table)).toEqual(await sourceRows(after, table));
});
