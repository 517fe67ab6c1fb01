import { beforeAll, describe, expect, test } from '@jest/globals';
import { endingOfRun, endingsOfTable } from '../../functions/ledger/endings.ts';
import type { Ledger } from '../../functions/ledger/ledger.ts';
import { endTableRun, recordAudit } from '../../functions/ledger/runs.ts';
import { createLedger, startLeasedRun } from '../support/ledger.ts';
import { bringToEnd } from './table-runs.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await createLedger();
});

const end = async (runId: string, table: string, state: 'succeeded' | 'failed') => {
  if (state === 'succeeded') await bringToEnd(ledger, { runId, table });
  return await ledger.transaction(async (tx) => {
    await endTableRun(tx, { runId, table }, { state, reason: `${table} is ${state}` });
    return await endingsOfTable(tx, { runId, table });
  });
};

describe('what there is to tell of a table run that has ended', () => {
  test('is its end; the run is over with its last table', async () => {
    await startLeasedRun(ledger, 'two', ['a', 'b']);
    await ledger.query(`update run set tick = clock_timestamp() - interval '1 hour' where run_id = 'two'`);
    const [first, ...none] = await end('two', 'a', 'succeeded');
    expect(first).toMatchObject({
      event: 'table-run-ended',
      pipeline: 'p',
      runId: 'two',
      table: 'a',
      state: 'succeeded',
    });
    expect(none).toEqual([]);
    const [last, run] = await end('two', 'b', 'failed');
    expect(last).toMatchObject({ event: 'table-run-ended', table: 'b', state: 'failed', reason: 'b is failed' });
    expect(run).toMatchObject({ event: 'run-ended', runId: 'two', state: 'failed', reason: 'b is failed' });
    // From the tick, an hour ago, and not from when the table was taken.
    for (const event of [first, last, run]) {
      expect((event as { seconds: number }).seconds).toBeGreaterThanOrEqual(3600);
    }
  });

  test('has what its audit found before it, and no counts that nobody has made', async () => {
    await startLeasedRun(ledger, 'audited', ['a']);
    const result = { expectation: 'e', severity: 'warn', met: false, total: 3, unexpected: 2 };
    await recordAudit(ledger, { runId: 'audited', table: 'a' }, [result]);
    await ledger.query(`update table_run set extracted = 3, bytes = 7 where run_id = 'audited'`);
    const [judged, ended] = await end('audited', 'a', 'failed');
    expect(judged).toEqual({
      event: 'expectation-judged',
      pipeline: 'p',
      runId: 'audited',
      table: 'a',
      expectation: 'e',
      demands: 'warn',
      met: false,
      total: 3,
      unexpected: 2,
    });
    expect(ended).toMatchObject({ extracted: 3, bytes: 7, encoded: undefined, loaded: undefined, merged: undefined });
  });

  test('is nothing of one that is not there, and nothing of a run that goes on', async () => {
    await expect(endingsOfTable(ledger, { runId: 'nobody', table: 'a' })).resolves.toEqual([]);
    await startLeasedRun(ledger, 'goes-on', ['a']);
    await expect(endingOfRun(ledger, 'goes-on')).resolves.toEqual([]);
  });
});
