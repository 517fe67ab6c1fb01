import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Retryable, withRetry } from '../../../../functions/runtime/retry.ts';

const policy = { attempts: 4, firstDelayMs: 100, maxDelayMs: 300 };

/** Fails with each of these in turn, then succeeds. */
function failing(...errors: Error[]): { call: () => Promise<string>; calls: () => number } {
  let calls = 0;
  return {
    calls: () => calls,
    async call() {
      calls += 1;
      const error = errors.shift();
      return await (error ? Promise.reject(error) : Promise.resolve('done'));
    },
  };
}

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** The waits between attempts, in ms of a clock of our own, when chance gives these numbers in turn and then 1. */
async function waits(...errors: Error[]): Promise<{ waited: number; outcome: string }> {
  return await drawn([], ...errors);
}
async function drawn(numbers: number[], ...errors: Error[]): Promise<{ waited: number; outcome: string }> {
  const begin = Date.now();
  const { call } = failing(...errors);
  const outcome = withRetry(policy, call, () => numbers.shift() ?? 1).catch(
    (error: unknown) => (error as Error).message,
  );
  await jest.runAllTimersAsync();
  return { waited: Date.now() - begin, outcome: await outcome };
}

describe('a call that may be repeated', () => {
  test('is not, when it succeeds', async () => {
    expect(await waits()).toEqual({ waited: 0, outcome: 'done' });
  });

  test('is repeated after at most 100, 200, then always 300 ms', async () => {
    const no = new Retryable('no');
    expect(await waits(no)).toEqual({ waited: 100, outcome: 'done' });
    expect(await waits(no, no)).toEqual({ waited: 300, outcome: 'done' });
    expect(await waits(no, no, no)).toEqual({ waited: 600, outcome: 'done' });
  });

  test('waits any part of that, each time drawn anew', async () => {
    const no = new Retryable('no');
    expect(await drawn([0], no)).toEqual({ waited: 0, outcome: 'done' });
    expect(await drawn([0.5, 0.25, 0.5], no, no, no)).toEqual({ waited: 50 + 50 + 150, outcome: 'done' });
  });

  test('draws from Math.random unless it is handed something else', async () => {
    const random = jest.spyOn(Math, 'random').mockReturnValue(0.5);
    const { call } = failing(new Retryable('no'));
    const begin = Date.now();
    const outcome = withRetry(policy, call);
    await jest.runAllTimersAsync();
    expect([await outcome, Date.now() - begin]).toEqual(['done', 50]);
    random.mockRestore();
  });

  test('waits as long as the server wishes, within the limit', async () => {
    expect(await waits(new Retryable('no', 5))).toEqual({ waited: 5, outcome: 'done' });
    expect(await waits(new Retryable('no', 0))).toEqual({ waited: 0, outcome: 'done' });
    expect(await waits(new Retryable('no', 3_600_000))).toEqual({ waited: 300, outcome: 'done' });
  });

  test('fails with the last error when the attempts are used up', async () => {
    const errors = ['1', '2', '3', '4', '5'].map((text) => new Retryable(text));
    expect(await waits(...errors)).toEqual({ waited: 600, outcome: '4' });
  });

  test('fails at once with an error that repetition does not cure', async () => {
    const { call, calls } = failing(new TypeError('a bug'));
    await expect(withRetry(policy, call)).rejects.toThrow('a bug');
    expect(calls()).toBe(1);
  });

  test('has at least one attempt', async () => {
    const { call, calls } = failing(new Retryable('no'));
    await expect(withRetry({ ...policy, attempts: 0 }, call)).rejects.toThrow('no');
    expect(calls()).toBe(1);
  });
});
