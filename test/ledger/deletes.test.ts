import { beforeAll, expect, test } from '@jest/globals';
import { settledBy } from '../../functions/ledger/dead-letters.ts';
import { readDeletes, startDeletes } from '../../functions/ledger/deletes.ts';
import type { Ledger } from '../../functions/ledger/ledger.ts';
import { readTableRun } from '../../functions/ledger/runs.ts';
import { createLedger, startLeasedRun } from '../support/ledger.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await createLedger();
});

test('a run that looks for rows that are gone is told apart, and what it was asked for is kept once', async () => {
  for (const runId of ['moves', 'gone', 'accepted']) await startLeasedRun(ledger, runId, [runId]);
  await startDeletes(ledger, 'gone', {});
  await startDeletes(ledger, 'accepted', { accept: 0.4 });
  await startDeletes(ledger, 'accepted', { accept: 1 });
  const told = async (runId: string) => [
    await readDeletes(ledger, runId),
    (await readTableRun(ledger, runId, runId))?.deletes,
  ];
  expect(await told('moves')).toEqual([undefined, undefined]);
  expect(await told('gone')).toEqual([{}, {}]);
  expect(await told('accepted')).toEqual([{ accept: 0.4 }, { accept: 0.4 }]);
});

test('a share beyond all rows is refused', async () => {
  await startLeasedRun(ledger, 'too-many', ['u']);
  await expect(startDeletes(ledger, 'too-many', { accept: 1.1 })).rejects.toThrow('check constraint');
});

test('such a run moves no rows, so it settles no letter of one that should have', async () => {
  await startLeasedRun(ledger, 'looked', ['v']);
  await ledger.query(
    `update table_run set state = 'succeeded', extracted = 0, encoded = 0, quarantined = 0, loaded = 0, merged = 0, finished_at = now()
      where run_id = 'looked'`,
  );
  const letter = { runId: 'lost', receivedAt: new Date(0) };
  expect(await settledBy(ledger, letter, { pipeline: 'p', table: 'v' })).toBe('looked');
  await startDeletes(ledger, 'looked', {});
  expect(await settledBy(ledger, letter, { pipeline: 'p', table: 'v' })).toBeUndefined();
});
