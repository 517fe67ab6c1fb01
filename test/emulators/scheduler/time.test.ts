import { describe, expect, test } from '@jest/globals';
import { Ticks } from '../../../emulators/scheduler/cron.ts';
import type { RetryConfig } from '../../../emulators/scheduler/job.ts';
import { backoffMs } from '../../../emulators/scheduler/retry.ts';

function ticks(schedule: string, timeZone: string, from: string, count: number): (string | undefined)[] {
  const cron = new Ticks(schedule, timeZone);
  const found: (string | undefined)[] = [];
  for (let next = cron.after(Date.parse(from)); found.length < count; next = cron.after(next)) {
    if (next === undefined) return [...found, undefined];
    found.push(new Date(next).toISOString().replace(':00.000Z', 'Z'));
  }
  return found;
}

describe('ticks', () => {
  test.each<[what: string, schedule: string, zone: string, from: string, expected: (string | undefined)[]]>([
    ['are after the instant, not at it', '0 * * * *', 'UTC', '2026-03-01T12:00:00Z', ['2026-03-01T13:00Z']],
    [
      'follow the zone',
      '0 9 * * *',
      'Asia/Jakarta',
      '2026-03-01T00:00:00Z',
      ['2026-03-01T02:00Z', '2026-03-02T02:00Z'],
    ],
    ['know half hours', '0 9 * * *', 'Asia/Kolkata', '2026-03-01T00:00:00Z', ['2026-03-01T03:30Z']],
    [
      'take day of month OR day of week',
      '0 0 1 * SAT',
      'UTC',
      '2026-03-28T12:00:00Z',
      ['2026-04-01T00:00Z', '2026-04-04T00:00Z'],
    ],
    ['take 7 for Sunday', '0 0 * * 7', 'UTC', '2026-03-02T00:00:00Z', ['2026-03-08T00:00Z']],
    ['know leap years', '0 0 29 2 *', 'UTC', '2026-03-01T00:00:00Z', ['2028-02-29T00:00Z']],
    ['may never come', '0 0 31 2 *', 'UTC', '2026-03-01T00:00:00Z', [undefined]],
  ])('%s', (_, schedule, zone, from, expected) => {
    expect(ticks(schedule, zone, from, expected.length)).toEqual(expected);
  });

  // New York goes forward on 8 March 2026 at 02:00 EST (07:00Z) and back on 1 November at 02:00 EDT (06:00Z).
  test.each<[what: string, schedule: string, from: string, expected: string[]]>([
    [
      'a time that is skipped fires once, when the clocks have gone forward',
      '30 2 * * *',
      '2026-03-07T12:00:00Z',
      ['2026-03-08T07:00Z', '2026-03-09T06:30Z'],
    ],
    [
      'an interval goes on across the gap',
      '*/30 * * * *',
      '2026-03-08T06:00:00Z',
      ['2026-03-08T06:30Z', '2026-03-08T07:00Z', '2026-03-08T07:30Z'],
    ],
    [
      'a time that comes twice fires the first time',
      '30 1 * * *',
      '2026-10-31T12:00:00Z',
      ['2026-11-01T05:30Z', '2026-11-02T06:30Z'],
    ],
    [
      'an interval fires in both hours',
      '30 * * * *',
      '2026-11-01T05:00:00Z',
      ['2026-11-01T05:30Z', '2026-11-01T06:30Z', '2026-11-01T07:30Z'],
    ],
    [
      'other days keep their wall clock time',
      '0 9 * * *',
      '2026-03-07T00:00:00Z',
      ['2026-03-07T14:00Z', '2026-03-08T13:00Z'],
    ],
  ])('in America/New_York: %s', (_, schedule, from, expected) => {
    expect(ticks(schedule, 'America/New_York', from, expected.length)).toEqual(expected);
  });
});

describe('backoff', () => {
  const config = (changes: Partial<RetryConfig>): RetryConfig => ({
    retryCount: 5,
    maxRetryDuration: '0s',
    minBackoffDuration: '10s',
    maxBackoffDuration: '300s',
    maxDoublings: 3,
    ...changes,
  });

  test("is as in Google's example: doubled three times, then grown by 80 s, up to 300 s", () => {
    // A duration lets it go on beyond the five retries that a count can give.
    const limits = config({ maxRetryDuration: '1000000s' });
    const waits = [1, 2, 3, 4, 5, 6, 7, 8].map((failed) => (backoffMs(limits, failed, 0) ?? 0) / 1000);
    expect(waits).toEqual([10, 20, 40, 80, 160, 240, 300, 300]);
  });

  test('ends after retryCount retries', () => {
    expect([1, 2, 3, 4].map((failed) => backoffMs(config({ retryCount: 3 }), failed, 0))).toEqual([
      10_000,
      20_000,
      40_000,
      undefined,
    ]);
    expect(backoffMs(config({ retryCount: 0, maxRetryDuration: '60s' }), 1, 0)).toBeUndefined();
    expect(backoffMs(undefined, 1, 0)).toBeUndefined();
  });

  test('goes on until both limits are reached', () => {
    const both = config({ retryCount: 1, maxRetryDuration: '60s' });
    expect(backoffMs(both, 2, 40_000)).toBe(20_000);
    expect(backoffMs(both, 2, 40_001)).toBeUndefined();
    expect(backoffMs(config({ retryCount: 3, maxRetryDuration: '1s' }), 3, 30_000)).toBe(40_000);
  });
});
