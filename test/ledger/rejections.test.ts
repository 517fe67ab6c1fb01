import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Ledger } from '../../functions/ledger/ledger.ts';
import { readGroups, readRejecting, recordRejections, rejectingSlices } from '../../functions/ledger/rejections.ts';
import { countRejected, recordFound, replayedRuns, startReplay } from '../../functions/ledger/replays.ts';
import { planReplay } from '../../functions/quarantine/plan.ts';
import { checkRejected } from '../../functions/quarantine/limit.ts';
import { readTableRun, type TableRun } from '../../functions/ledger/runs.ts';
import { describeFate, fateOf } from '../../scripts/commands/quarantine.ts';
import { localEnvironment } from '../../scripts/up/variables.ts';
import { createLedger, startLeasedRun } from '../support/ledger.ts';

let ledger: Ledger;
beforeEach(async () => {
  ledger = await createLedger();
});

/** A run of table `t` in a state, with slices that rejected so many of 100 rows each. */
async function ran(runId: string, state: string, rejected: readonly number[]): Promise<TableRun> {
  await startLeasedRun(ledger, runId);
  await ledger.query(
    `insert into slice (run_id, table_name, slice, bounds, extracted, encoded, quarantined)
     select $1, 't', n - 1, '{}', 100, 100 - rejected, rejected from unnest($2::bigint[]) with ordinality as s (rejected, n)`,
    [runId, rejected],
  );
  await ledger.query(
    `update table_run set state = $2, extracted = 0, encoded = 0, quarantined = 0, loaded = 0, merged = 0 where run_id = $1`,
    [runId, state],
  );
  await ledger.query('update lease set run_id = null');
  const run = await readTableRun(ledger, runId, 't');
  if (!run) throw new Error('there is no run');
  return run;
}
const key = { runId: 'r', table: 't' };
const group = (rule: string, rows: number) => ({ rule, rows, example: `${rule}!` });

describe('the reasons', () => {
  test('are summed over the slices, the most frequent first; a slice that is done again is told anew', async () => {
    await ran('r', 'encoding', [3, 4]);
    await recordRejections(ledger, key, 0, [group('a', 3)]);
    await recordRejections(ledger, key, 1, [group('b', 9)]);
    await recordRejections(ledger, key, 1, [group('b', 2), group('a', 2)]);
    expect(await readGroups(ledger, key)).toEqual([group('a', 5), group('b', 2)]);
    await recordRejections(ledger, key, 1, []);
    expect(await readGroups(ledger, key)).toEqual([group('a', 3)]);
  });
});

describe('the limit', () => {
  const check = async (run: TableRun, quarantine: { rows: number; share: number }): Promise<void> => {
    await checkRejected(run, { quarantine }, { ledger, environment: localEnvironment });
  };

  test('is judged over all slices together: none of them is beyond it', async () => {
    const run = await ran('r', 'loading', [3, 4, 0]);
    await recordRejections(ledger, key, 0, [group('field "x": …', 3)]);
    await check(run, { rows: 7, share: 0 });
    await check(run, { rows: 0, share: 0.024 });
    await expect(check(run, { rows: 6, share: 0 })).rejects.toMatchObject({
      name: 'TerminalError',
      code: 'TOO_MANY_REJECTED',
      message: expect.stringMatching(
        /^p\/t: 7 of 300 rows break the contract, most often \(3\) by: field "x": …\. At most 6 may .*alir quarantine show r\/t; gs:\/\/alir-local-alir-local-quarantine\/p\/t\/dt=2026-11-20\/run=r\/\)/,
      ),
    });
    await expect(check(run, { rows: 1, share: 0.02 })).rejects.toThrow('At most 6 may');
  });

  test('holds no run that reads rejected rows again', async () => {
    const run = await ran('r', 'loading', [100]);
    await startReplay(ledger, 'r', ['before']);
    await check(run, { rows: 0, share: 0 });
  });

  test('is no concern of a run that rejects nothing', async () => {
    await check(await ran('r', 'loading', [0]), { rows: 0, share: 0 });
  });
});

describe('a run that rejected rows', () => {
  const fates = async (): Promise<string[]> =>
    (await readRejecting(ledger, {})).map((run) => `${run.runId} ${fateOf(run)}: ${describeFate(run)}`);
  const found = async (runId: string, rows: number, gone: number, rejected: number): Promise<void> => {
    await recordFound(ledger, { runId, table: 't' }, 0, [{ ofRun: 'r', rows, gone, rejected }]);
  };

  test('is listed until its rows are read again, and then with what became of them', async () => {
    await ran('clean', 'succeeded', [0, 0]);
    await ran('r', 'encoding', [2, 1]);
    expect(await fates()).toEqual(['r running: its run goes on']);
    await ledger.query(`update table_run set state = 'failed' where run_id = 'r'`);
    expect(await fates()).toEqual(['r not passed: its run failed, so the next one reads them again']);
    await ledger.query(`update table_run set state = 'succeeded' where run_id = 'r'`);
    expect(await fates()).toEqual(['r waiting: waiting']);

    await ran('again', 'encoding', [0]);
    await startReplay(ledger, 'again', ['r']);
    expect(await fates()).toEqual(['r replaying: being replayed by again']);
    await found('again', 3, 1, 0);
    await found('again', 3, 1, 1); // its slice is done again
    await ledger.query(`update table_run set state = 'failed' where run_id = 'again'`);
    expect(await fates()).toEqual(['r waiting: waiting']);
    await ledger.query(`update slice set encoded = 99, quarantined = 1 where run_id = 'again'`);
    expect(await fates()).toEqual([
      'again not passed: its run failed, and they wait under the runs that it read again',
      'r waiting: waiting',
    ]);
    await ledger.query(`update slice set encoded = 100, quarantined = 0 where run_id = 'again'`);
    await ledger.query(`update table_run set state = 'succeeded' where run_id = 'again'`);
    expect(await fates()).toEqual([
      'r replayed: replayed by again: 1 of 3 came through, 1 no longer in the source, 1 rejected again',
    ]);
  });

  test('has its own counts, when one run reads the rows of several again', async () => {
    for (const runId of ['r', 's']) await ran(runId, 'succeeded', [2]);
    await ran('again', 'succeeded', [0]);
    await startReplay(ledger, 'again', ['r', 's']);
    await recordFound(ledger, { runId: 'again', table: 't' }, 0, [
      { ofRun: 'r', rows: 2, gone: 0, rejected: 0 },
      { ofRun: 's', rows: 2, gone: 1, rejected: 0 },
    ]);
    expect(await fates()).toEqual([
      'r replayed: replayed by again: 2 of 2 came through',
      's replayed: replayed by again: 1 of 2 came through, 1 no longer in the source',
    ]);
  });

  test('is found by pipeline, table, run and time', async () => {
    await ran('r', 'succeeded', [2, 0, 1]);
    const count = async (filter: object): Promise<number> => (await readRejecting(ledger, filter)).length;
    for (const filter of [
      { pipeline: 'p' },
      { table: 't' },
      { runId: 'r' },
      { since: new Date('2026-11-20T08:15:00Z') },
    ])
      expect(await count(filter)).toBe(1);
    for (const filter of [
      { pipeline: 'q' },
      { table: 'u' },
      { runId: 's' },
      { since: new Date('2026-11-20T08:15:01Z') },
    ])
      expect(await count(filter)).toBe(0);
    expect(await rejectingSlices(ledger, key)).toEqual([0, 2]);
    expect(await countRejected(ledger, ['r', 'absent'], 't')).toBe(3);
  });
});

describe('a run that reads rejected rows again', () => {
  test('reads them in slices of the pipeline’s size, and its cursor ends where it is', async () => {
    const run = await ran('r', 'succeeded', [60, 50]);
    await ledger.query(`insert into cursor values ('p', 't', 'here', 'r', 'made at noon')`);
    const plan = async (rows: number) => await planReplay(run, ['r'], { slice: { rows, bytes: 1 } }, ledger);
    expect(await plan(1000)).toEqual({
      cursorFrom: 'here',
      cursorTo: 'here',
      target: 'made at noon',
      slices: [{ rejectedBy: ['r'], part: 0, of: 1 }],
    });
    expect((await plan(50)).slices.map(({ part, of }) => `${part} of ${of}`)).toEqual(['0 of 3', '1 of 3', '2 of 3']);
    expect((await planReplay(run, ['none'], { slice: { rows: 1, bytes: 1 } }, ledger)).slices).toHaveLength(1);
    expect(await replayedRuns(ledger, 'r')).toBeUndefined();
  });

  test('is refused where there is no cursor, for then the next run reads everything', async () => {
    const run = await ran('r', 'succeeded', [1]);
    await expect(planReplay(run, ['r'], { slice: { rows: 1, bytes: 1 } }, ledger)).rejects.toMatchObject({
      code: 'STATE_UNEXPECTED',
      message: expect.stringContaining('p/t has no cursor, so its next run reads every row anyway'),
    });
  });
});
