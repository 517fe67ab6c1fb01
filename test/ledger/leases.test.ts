import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Ledger } from '../../functions/ledger/ledger.ts';
import { keepLease } from '../../functions/ledger/leases.ts';
import { claimTask, renewClaim, type TaskKey } from '../../functions/ledger/tasks.ts';
import { createLedger, startLeasedRun } from '../support/ledger.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await createLedger();
});

describe('a table stays leased for half an hour more with every sign of life', () => {
  /** As if nearly all of it had passed since the last one. @returns the minutes that are left after `sign` */
  const minutesAfter = async (runId: string, sign: (key: TaskKey) => Promise<unknown>): Promise<number> => {
    await startLeasedRun(ledger, runId, [runId]);
    await ledger.query(`update lease set expires_at = clock_timestamp() + interval '1 minute' where run_id = $1`, [
      runId,
    ]);
    await sign({ runId, table: runId, stage: 'encode', slice: 0 });
    const { rows } = await ledger.query<{ minutes: number }>(
      `select round(extract(epoch from expires_at - clock_timestamp()) / 60)::int as minutes from lease where run_id = $1`,
      [runId],
    );
    return rows[0]?.minutes ?? NaN;
  };
  const claimed = async (key: TaskKey): Promise<string> => {
    const claim = await claimTask(ledger, key);
    if (claim.state !== 'claimed') throw new Error(claim.state);
    return claim.token;
  };
  const age = async ({ runId }: TaskKey): Promise<void> => {
    await ledger.query(`update lease set expires_at = clock_timestamp() + interval '1 minute' where run_id = $1`, [
      runId,
    ]);
  };

  test('a call that begins', async () => {
    expect(await minutesAfter('life-claim', claimed)).toBe(30);
  });

  test('a heartbeat', async () => {
    const beat = async (key: TaskKey): Promise<void> => {
      const token = await claimed(key);
      await age(key);
      await renewClaim(ledger, key, token);
    };
    expect(await minutesAfter('life-beat', beat)).toBe(30);
  });

  test('a commit', async () => {
    expect(await minutesAfter('life-commit', async (key) => await keepLease(ledger, key))).toBe(30);
  });

  test('but not a call that waits for another, nor the heartbeat of one that was overtaken', async () => {
    const overtaken = async (key: TaskKey): Promise<void> => {
      const token = await claimed(key);
      await ledger.query(`update task set claimed_until = now() - interval '1 hour' where run_id = $1`, [key.runId]);
      await claimed(key);
      await age(key);
      await expect(claimTask(ledger, key)).resolves.toEqual({ state: 'busy' });
      await expect(renewClaim(ledger, key, token)).resolves.toBe(false);
    };
    expect(await minutesAfter('life-overtaken', overtaken)).toBe(1);
  });

  test('nor the commit of a run that was overtaken', async () => {
    const fenced = async (key: TaskKey): Promise<void> => {
      await ledger.query('update lease set fence = fence + 1 where run_id = $1', [key.runId]);
      await expect(keepLease(ledger, key)).resolves.toBe(false);
    };
    expect(await minutesAfter('life-fence', fenced)).toBe(1);
  });
});
