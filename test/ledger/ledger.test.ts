import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { moveCursor, readCursor } from '../../functions/ledger/cursors.ts';
import { lastWords } from '../../functions/ledger/last-words.ts';
import { acquireLease, keepLease } from '../../functions/ledger/leases.ts';
import type { Ledger } from '../../functions/ledger/ledger.ts';
import { endTableRun, isOver, moveTableRun, nextInLine, readTableRun, startRun } from '../../functions/ledger/runs.ts';
import { openSlices, recordEncoded, recordSlices, sumSlices } from '../../functions/ledger/slices.ts';
import { readRun, readRuns } from '../../functions/ledger/status.ts';
import { claimTask, completeTask, releaseTask, renewClaim, type TaskKey } from '../../functions/ledger/tasks.ts';
import { createLedger, startLeasedRun } from '../support/ledger.ts';
import { bringToEnd } from './table-runs.ts';

let ledger: Ledger & { url: string };
beforeAll(async () => {
  ledger = await createLedger();
});

/** As if the claim's or the lease's owner had been silent for long enough. */
const expire = async (table: 'task' | 'lease', runId: string): Promise<void> => {
  const column = table === 'task' ? 'claimed_until' : 'expires_at';
  await ledger.query(`update ${table} set ${column} = now() - interval '1 hour' where run_id = $1`, [runId]);
};

const stateOf = async (runId: string, table = 't') => (await readTableRun(ledger, runId, table))?.state;

describe('claims', () => {
  const key = (runId: string): TaskKey => ({ runId, table: 't', stage: 'encode', slice: 0 });

  test('of many claims at once one wins and the others are told it is busy', async () => {
    await startLeasedRun(ledger, 'claim-race', []);
    const claims = await Promise.all(Array.from({ length: 8 }, async () => await claimTask(ledger, key('claim-race'))));
    expect(claims.filter((claim) => claim.state === 'claimed')).toHaveLength(1);
    expect(claims.filter((claim) => claim.state === 'busy')).toHaveLength(7);
  });

  test('a done task answers its result and is never claimed again', async () => {
    await startLeasedRun(ledger, 'claim-done', []);
    const claim = await claimTask(ledger, key('claim-done'));
    if (claim.state !== 'claimed') throw new Error('not claimed');
    await expect(completeTask(ledger, key('claim-done'), claim.token, { rows: 3 })).resolves.toBe(true);
    await expire('task', 'claim-done');
    await expect(claimTask(ledger, key('claim-done'))).resolves.toEqual({ state: 'done', result: { rows: 3 } });
  });

  test('a claim without a heartbeat runs out, and its old owner can neither renew nor complete', async () => {
    await startLeasedRun(ledger, 'claim-crash', []);
    const first = await claimTask(ledger, key('claim-crash'));
    await expire('task', 'claim-crash');
    const second = await claimTask(ledger, key('claim-crash'));
    if (first.state !== 'claimed' || second.state !== 'claimed') throw new Error('not claimed');
    await expect(renewClaim(ledger, key('claim-crash'), first.token)).resolves.toBe(false);
    await expect(completeTask(ledger, key('claim-crash'), first.token, null)).resolves.toBe(false);
    await expect(renewClaim(ledger, key('claim-crash'), second.token)).resolves.toBe(true);
    await expect(completeTask(ledger, key('claim-crash'), second.token, null)).resolves.toBe(true);
  });

  test('a released task is free at once and keeps the error', async () => {
    await startLeasedRun(ledger, 'claim-release', []);
    const claim = await claimTask(ledger, key('claim-release'));
    if (claim.state !== 'claimed') throw new Error('not claimed');
    expect((await readRun(ledger, 'claim-release'))?.working).toBe(true);
    const failure = {
      errorClass: 'transient',
      code: 'SERVICE_UNAVAILABLE',
      text: 'the bucket did not answer',
    } as const;
    await expect(releaseTask(ledger, key('claim-release'), claim.token, failure)).resolves.toBe(true);
    await expect(releaseTask(ledger, key('claim-release'), randomUUID(), failure)).resolves.toBe(false);
    const { rows } = await ledger.query('select error, attempts from task where run_id = $1', ['claim-release']);
    expect(rows).toEqual([{ error: 'the bucket did not answer', attempts: 1 }]);
    await expect(lastWords(ledger, 'claim-release', 't')).resolves.toEqual(failure);
    expect((await readRun(ledger, 'claim-release'))?.working).toBe(false);
    await expect(claimTask(ledger, key('claim-release'))).resolves.toMatchObject({ state: 'claimed' });
  });
});

describe('invariant 6: one run at a time per table', () => {
  const acquire = async (runId: string) => {
    await ledger.transaction(async (tx) => {
      await startRun(tx, { runId, pipeline: 'leases', tick: new Date(), manual: false }, ['t']);
    });
    return await ledger.transaction(async (tx) => await acquireLease(tx, { pipeline: 'leases', table: 't', runId }));
  };

  test('a held table is refused, a freed one is given under a higher fence, a silent one is taken over', async () => {
    const first = await acquire('lease-1');
    expect(first).toEqual({ fence: '1' });
    expect(await acquire('lease-1')).toEqual(first);
    expect(await acquire('lease-2')).toEqual({ heldBy: 'lease-1' });

    await bringToEnd(ledger, { runId: 'lease-1', table: 't' });
    await ledger.transaction(
      async (tx) => await endTableRun(tx, { runId: 'lease-1', table: 't' }, { state: 'succeeded' }),
    );
    expect(await acquire('lease-2')).toEqual({ fence: '2' });

    await expire('lease', 'lease-2');
    expect(await acquire('lease-3')).toEqual({ fence: '3', overtook: 'lease-2' });
    expect(await stateOf('lease-2')).toBe('failed');
    await expect(ledger.transaction(async (tx) => await keepLease(tx, { runId: 'lease-2', table: 't' }))).resolves.toBe(
      false,
    );
    await expect(ledger.transaction(async (tx) => await keepLease(tx, { runId: 'lease-3', table: 't' }))).resolves.toBe(
      true,
    );
  });

  test('of many runs at once one gets the table', async () => {
    const runs = Array.from({ length: 6 }, (_, index) => `race-${index}`);
    await ledger.transaction(async (tx) => {
      for (const runId of runs) await startRun(tx, { runId, pipeline: 'race', tick: new Date(), manual: false }, ['t']);
    });
    const acquired = await Promise.all(
      runs.map(
        async (runId) =>
          await ledger.transaction(async (tx) => await acquireLease(tx, { pipeline: 'race', table: 't', runId })),
      ),
    );
    expect(acquired.filter((one) => 'fence' in one)).toHaveLength(1);
  });

  test('of the runs that wait for a table the one with the oldest tick is next, and nobody while a run holds it', async () => {
    await ledger.transaction(async (tx) => {
      for (const [runId, hour] of [
        ['queue-b', '09'],
        ['queue-a', '08'],
      ] as const) {
        await startRun(tx, { runId, pipeline: 'queue', tick: new Date(`2026-11-20T${hour}:00:00Z`), manual: false }, [
          't',
        ]);
        await moveTableRun(tx, { runId, table: 't' }, ['pending'], 'queued');
      }
    });
    const next = async (runId: string) => await nextInLine(ledger, { runId, table: 't' });
    expect(await next('queue-b')).toBe('queue-a');
    expect(await next('unheard-of')).toBeUndefined();
    await ledger.transaction(async (tx) => await acquireLease(tx, { pipeline: 'queue', table: 't', runId: 'queue-b' }));
    expect(await next('queue-b')).toBeUndefined();
    await ledger.query(`update lease set run_id = null where pipeline = 'queue'`);
    await ledger.query(`update table_run set state = 'pending' where run_id = 'queue-a'`);
    expect(await next('queue-a')).toBe('queue-b');
  });
});

describe('runs', () => {
  const end = async (runId: string, table: string, state: 'succeeded' | 'failed' | 'skipped', reason?: string) => {
    const is = await stateOf(runId, table);
    if (state === 'succeeded' && is && !isOver(is)) await bringToEnd(ledger, { runId, table });
    return await ledger.transaction(
      async (tx) => await endTableRun(tx, { runId, table }, { state, ...(reason ? { reason } : {}) }),
    );
  };

  test.each([
    [['succeeded', 'succeeded'], 'succeeded'],
    [['succeeded', 'failed'], 'failed'],
    [['skipped', 'skipped'], 'skipped'],
    [['succeeded', 'skipped'], 'succeeded'],
  ] as const)('a run whose tables are %j is %s, and it ends with the last of them', async (states, expected) => {
    const runId = `ends-${states.join('-')}`;
    await startLeasedRun(ledger, runId, []);
    await ledger.transaction(async (tx) => {
      await startRun(tx, { runId, pipeline: 'p', tick: new Date(), manual: false }, ['a', 'b']);
    });
    await end(runId, 'a', states[0]);
    expect((await readRun(ledger, runId))?.state).toBe('running');
    await end(runId, 'b', states[1], 'why');
    expect(await readRun(ledger, runId)).toMatchObject({ state: expected });
  });

  test('two tables that end at the same moment end the run', async () => {
    const tables = ['a', 'b', 'c', 'd'];
    await startLeasedRun(ledger, 'ends-together', tables);
    await Promise.all(tables.map(async (table) => await end('ends-together', table, 'succeeded')));
    expect((await readRun(ledger, 'ends-together'))?.state).toBe('succeeded');
  });

  test('a run that is there already, and a table run that is over, stay as they are', async () => {
    await startLeasedRun(ledger, 'stays');
    await end('stays', 't', 'failed', 'the first reason');
    await startLeasedRun(ledger, 'stays');
    expect(await end('stays', 't', 'succeeded')).toBe(false);
    expect(await readRun(ledger, 'stays')).toMatchObject({ state: 'failed', reason: 'the first reason' });
  });

  test('a state moves only from where it must be', async () => {
    await startLeasedRun(ledger, 'moves');
    const key = { runId: 'moves', table: 't' };
    await expect(moveTableRun(ledger, key, ['loading'], 'auditing')).resolves.toBe(false);
    await expect(moveTableRun(ledger, key, ['pending', 'queued'], 'encoding')).resolves.toBe(true);
    expect(await stateOf('moves')).toBe('encoding');
  });

  test('the newest runs come first', async () => {
    await startLeasedRun(ledger, 'newest', []);
    expect((await readRuns(ledger, 1)).map((run) => run.runId)).toEqual(['newest']);
    await expect(readRun(ledger, 'nobody')).resolves.toBeUndefined();
  });
});

describe('slices and cursors', () => {
  const encoded = { object: 'o', generation: '7', extracted: 5, encoded: 4, quarantined: 1, bytes: 100 };
  const key = { runId: 'slices', table: 't' };

  test('a table run sums its slices up when the last one is encoded, even if they finish together', async () => {
    await startLeasedRun(ledger, 'slices');
    await ledger.transaction(async (tx) => {
      await recordSlices(tx, key, {
        cursorFrom: 'a',
        cursorTo: 'b',
        slices: [{ to: '10' }, { from: '10', to: '20' }, { from: '20' }],
      });
    });
    await expect(openSlices(ledger, key, [0, 3])).resolves.toEqual([0, 1, 2]);
    await expect(openSlices(ledger, key, [1, 2])).resolves.toEqual([1]);
    const complete = await Promise.all(
      [0, 1, 2].map(
        async (slice) =>
          await ledger.transaction(async (tx) => {
            await tx.query('select 1 from run where run_id = $1 for update', ['slices']);
            await recordEncoded(tx, key, slice, encoded);
            return await sumSlices(tx, key);
          }),
      ),
    );
    expect(complete.filter(Boolean)).toHaveLength(1);
    const status = await readRun(ledger, 'slices');
    expect(status?.tables[0]).toMatchObject({ extracted: 15, encoded: 12, quarantined: 3, bytes: 300 });
  });

  test('a closing slice is begun when all others are done, whatever their order', async () => {
    const closing = { runId: 'closing', table: 't' };
    await startLeasedRun(ledger, 'closing');
    await ledger.transaction(async (tx) => {
      const slices = [{ fromBlock: 0, toBlock: 8, file: '1' }, { fromBlock: 8, file: '1' }, { since: '755' }];
      await recordSlices(tx, closing, { cursorFrom: 'a', cursorTo: 'b', slices });
    });
    await expect(openSlices(ledger, closing, [0, 10])).resolves.toEqual([0, 1]);
    await recordEncoded(ledger, closing, 1, encoded);
    await expect(openSlices(ledger, closing, [1, 2])).resolves.toEqual([]);
    await recordEncoded(ledger, closing, 0, encoded);
    await expect(openSlices(ledger, closing, [8, 9])).resolves.toEqual([2]);
    await recordEncoded(ledger, closing, 2, encoded);
    await expect(openSlices(ledger, closing, [0, 10])).resolves.toEqual([]);
  });

  test('invariant 4: a transaction that fails moves neither the cursor nor the table run', async () => {
    await expect(readCursor(ledger, 'p', 't')).resolves.toBeUndefined();
    await bringToEnd(ledger, key);
    await expect(
      ledger.transaction(async (tx) => {
        await moveCursor(tx, 'slices', 't');
        await endTableRun(tx, key, { state: 'succeeded' });
        throw new Error('crash before the commit');
      }),
    ).rejects.toThrow('crash before the commit');
    await expect(readCursor(ledger, 'p', 't')).resolves.toBeUndefined();
    expect(await stateOf('slices')).not.toBe('succeeded');

    await ledger.transaction(async (tx) => {
      await moveCursor(tx, 'slices', 't');
      await endTableRun(tx, key, { state: 'succeeded' });
    });
    await expect(readCursor(ledger, 'p', 't')).resolves.toMatchObject({ value: 'b' });
  });
});
