import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Ledger } from '../../functions/ledger/ledger.ts';
import type { Queryable } from '../../functions/ledger/queryable.ts';
import { endTableRun, moveTableRun, recordCount } from '../../functions/ledger/runs.ts';
import { recordEncoded, recordSlices, sumSlices } from '../../functions/ledger/slices.ts';
import type { TableRunState } from '../../functions/ledger/states.ts';
import { createLedger, startLeasedRun } from '../support/ledger.ts';
import { bringTo } from './table-runs.ts';

let ledger: Ledger;
let runs = 0;
beforeAll(async () => {
  ledger = await createLedger();
});

type Key = { readonly runId: string; readonly table: string };

async function tableRunIn(state: TableRunState): Promise<Key> {
  const key = { runId: `counts-${(runs += 1)}`, table: `t${runs}` };
  await startLeasedRun(ledger, key.runId, [key.table]);
  await bringTo(ledger, key, state);
  return key;
}

const slice = { object: 'o', generation: '1', extracted: 5, encoded: 4, quarantined: 1, bytes: 9 };

/** What a stage would commit; the rejection is what fails the run, and a later stage never begins. */
async function refused(key: Key, commit: (tx: Queryable) => Promise<unknown>, message: RegExp): Promise<void> {
  const read = async () => (await ledger.query('select * from table_run where run_id = $1', [key.runId])).rows;
  const before = await read();
  await expect(ledger.transaction(commit)).rejects.toMatchObject({
    name: 'TerminalError',
    code: 'COUNTS_DIFFER',
    message: expect.stringMatching(message),
  });
  expect(await read()).toEqual(before);
}

describe('invariant 5: counts reconcile, or the stage does not commit', () => {
  test.each([
    ['a row is missing', { ...slice, encoded: 3 }],
    ['a row came twice', { ...slice, encoded: 5 }],
    ['a rejected row was not counted', { ...slice, quarantined: 0 }],
    ['a row was extracted that nobody has seen', { ...slice, extracted: 6 }],
  ])('extracted = encoded + quarantined, in every slice: %s', async (_, counts) => {
    const key = await tableRunIn('encoding');
    await ledger.transaction(async (tx) => {
      await recordSlices(tx, key, { cursorTo: 'b', slices: [{}] });
    });
    await refused(
      key,
      async (tx) => {
        await recordEncoded(tx, key, 0, counts);
      },
      /^counts-\d+ \/ t\d+: slice 0, extracted \d, encoded \d, quarantined \d; of a slice, every row/,
    );
  });

  test('and in the sum of all slices', async () => {
    const key = await tableRunIn('encoding');
    const write = `update table_run set extracted = 5, encoded = 4, quarantined = 0 where run_id = $1`;
    await expect(ledger.query(write, [key.runId])).rejects.toMatchObject({ constraint: 'table_run_encoded' });
  });

  test.each([
    ['one is missing', 'delete from slice where run_id = $1 and slice = 1'],
    ['all are missing', 'delete from slice where run_id = $1'],
    [
      'one is too many',
      `insert into slice (run_id, table_name, slice, bounds) select run_id, table_name, 2, '{}' from slice where run_id = $1 limit 1`,
    ],
  ])('the slices are those that were planned: %s', async (_, sql) => {
    const key = await tableRunIn('encoding');
    await ledger.transaction(async (tx) => {
      await recordSlices(tx, key, { cursorTo: 'b', slices: [{}, {}] });
    });
    await ledger.query(sql, [key.runId]);
    for (const number of [0, 1, 2]) await recordEncoded(ledger, key, number, slice);
    await refused(
      key,
      async (tx) => await sumSlices(tx, key),
      /was cut into 2 slices, and the ledger has [013]\. Nothing was/,
    );
  });

  test.each([3, 5])('encoded = loaded: 4 were encoded, %s loaded', async (loaded) => {
    const key = await tableRunIn('loading');
    await refused(
      key,
      async (tx) => {
        await recordCount(tx, key, { loaded });
      },
      new RegExp(`loaded ${loaded}; every row that was encoded is loaded\\. Nothing was merged`),
    );
  });

  test.each([
    ['encoding', 'loading'],
    ['loading', 'auditing'],
  ] as const)('a stage whose rows nobody has counted is not over: %s → %s', async (from, to) => {
    const key = await tableRunIn(from);
    await refused(key, async (tx) => await moveTableRun(tx, key, [from], to), /a stage is done only when its rows are/);
  });

  test('nor is the merge', async () => {
    const key = await tableRunIn('merging');
    await refused(
      key,
      async (tx) => await endTableRun(tx, key, { state: 'succeeded' }),
      /only when its rows are counted/,
    );
  });

  test('counts that do reconcile are taken, and those of a run without rows', async () => {
    for (const rows of [4, 0]) {
      const key = await tableRunIn('encoding');
      await ledger.transaction(async (tx) => {
        await recordSlices(tx, key, { cursorTo: 'b', slices: [{}] });
        await recordEncoded(tx, key, 0, { ...slice, extracted: rows, encoded: rows, quarantined: 0 });
        expect(await sumSlices(tx, key)).toBe(true);
        expect(await moveTableRun(tx, key, ['encoding'], 'loading')).toBe(true);
        await recordCount(tx, key, { loaded: rows });
        expect(await moveTableRun(tx, key, ['loading'], 'merging')).toBe(true);
        await recordCount(tx, key, { merged: rows });
        expect(await endTableRun(tx, key, { state: 'succeeded' })).toBe(true);
      });
    }
  });
});
