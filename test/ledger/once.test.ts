import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Ledger } from '../../functions/ledger/ledger.ts';
import { lockRun } from '../../functions/ledger/runs.ts';
import { claimTask, type TaskKey } from '../../functions/ledger/tasks.ts';
import { TerminalError } from '../../functions/runtime/errors.ts';
import { type Held, once } from '../../functions/runtime/once.ts';
import { DELIVERY } from '../../pipelines/model/retries.ts';
import { createLedger, startLeasedRun } from '../support/ledger.ts';

let ledger: Ledger;
beforeAll(async () => {
  ledger = await createLedger();
});
afterEach(() => {
  jest.useRealTimers();
});

const begin = async (runId: string): Promise<TaskKey> => {
  await startLeasedRun(ledger, runId, []);
  return { runId, table: 't', stage: 'encode', slice: 0 };
};
/** Another call takes the work over, as if this one had been silent, and does it. */
const overtake = async (key: TaskKey): Promise<void> => {
  await ledger.query(`update task set claimed_until = now() - interval '1 hour' where run_id = $1`, [key.runId]);
  await once(ledger, key, async () => await Promise.resolve({ result: 'theirs' }));
};
const stored = async (key: TaskKey): Promise<unknown> =>
  await once(ledger, key, () => {
    throw new Error('it is done');
  });

describe('a call that was overtaken', () => {
  test('cannot prove that its claim is its own', async () => {
    const key = await begin('proves');
    let proofs = 0;
    const work = async ({ prove }: Held): Promise<{ result: string }> => {
      await prove();
      proofs += 1;
      await overtake(key);
      await prove();
      return { result: 'mine' };
    };
    await expect(once(ledger, key, work)).rejects.toMatchObject({ code: 'CLAIMED_ELSEWHERE' });
    expect(proofs).toBe(1);
    expect(await stored(key)).toBe('theirs');
  });

  test('commits nothing', async () => {
    const key = await begin('commits');
    const work = async (): Promise<{ result: string }> => {
      await overtake(key);
      return { result: 'mine' };
    };
    await expect(once(ledger, key, work)).rejects.toMatchObject({ code: 'CLAIMED_ELSEWHERE' });
    expect(await stored(key)).toBe('theirs');
  });

  test('fails for nobody but itself: the run that goes on is not given up for its error', async () => {
    const key = await begin('fails');
    const work = async (): Promise<{ result: string }> => {
      await overtake(key);
      throw new TerminalError('SOURCE_CONTRACT_MISMATCH', 'a column is gone by now');
    };
    await expect(once(ledger, key, work)).rejects.toMatchObject({
      errorClass: 'transient',
      code: 'CLAIMED_ELSEWHERE',
      cause: { message: 'a column is gone by now' },
    });
  });

  test('while the error of one that was not is its own', async () => {
    const key = await begin('fails-itself');
    const work = async (): Promise<{ result: string }> =>
      await Promise.reject(new TerminalError('SOURCE_CONTRACT_MISMATCH', 'a column is gone'));
    await expect(once(ledger, key, work)).rejects.toMatchObject({ code: 'SOURCE_CONTRACT_MISMATCH' });
  });
});

test('a claim does not wait for a commit of the same run, which may be waiting for the lease that it has', async () => {
  const key = await begin('claims');
  const claim = ledger.transaction(async (committing) => {
    await lockRun(committing, key.runId);
    return await ledger.transaction(async (claiming) => {
      await claiming.query(`set local lock_timeout = '2s'`);
      return await claimTask(claiming, key);
    });
  });
  await expect(claim).resolves.toMatchObject({ state: 'claimed' });
});

test('work that hangs is told to end when a function may not run any longer, and its claim runs out', async () => {
  const key = await begin('hangs');
  const beat = jest.spyOn(globalThis, 'setInterval').mockImplementation(((callback: () => void) => {
    void (async () => {
      // Each beat is ten seconds; one more than a function may run.
      for (let beats = 0; beats <= DELIVERY.timeoutSeconds / 10; beats += 1) {
        await sleep(0);
        callback();
      }
    })();
    return { [Symbol.dispose]: () => undefined };
  }) as unknown as typeof setInterval);
  const work = async ({ signal }: Held): Promise<{ result: string }> =>
    await new Promise((_, reject) => {
      signal.addEventListener('abort', () => {
        reject(signal.reason as Error);
      });
    });
  await expect(once(ledger, key, work)).rejects.toMatchObject({
    errorClass: 'transient',
    code: 'SERVICE_UNAVAILABLE',
    message: 'encode 0 of hangs / t took longer than 540 s',
  });
  beat.mockRestore();
  await expect(once(ledger, key, async () => await Promise.resolve({ result: 'again' }))).resolves.toBe('again');
});
