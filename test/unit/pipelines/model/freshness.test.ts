import { describe, expect, test } from '@jest/globals';
import { freshness } from '../../../../pipelines/model/freshness.ts';

const MINUTE = 60;
const HOUR = 3600;

describe('a pipeline is late two of its longest periods and half an hour after its last success', () => {
  test.each([
    ['every minute', '* * * * *', 30 * MINUTE, 31 * MINUTE],
    ['every quarter of an hour', '*/15 * * * *', 30 * MINUTE, 45 * MINUTE],
    ['hourly', '15 * * * *', HOUR, 1.5 * HOUR],
    ['every six hours', '0 */6 * * *', 6 * HOUR, 6.5 * HOUR],
    ['twice a day', '0 0,12 * * *', 12 * HOUR, 12.5 * HOUR],
    ['only by day: the night is the longest period', '0 8-18 * * *', 10.5 * HOUR, 14.5 * HOUR],
    ['daily: after 25 hours, for Google looks back no further', '30 3 * * *', HOUR, 24 * HOUR],
  ])('%s', (_, schedule, windowSeconds, retestSeconds) => {
    expect(freshness(schedule)).toEqual({ windowSeconds, retestSeconds });
    expect(windowSeconds + retestSeconds).toBeLessThanOrEqual(25 * HOUR);
  });
});

test.each([
  ['working days only', '0 9-17 * * 1-5'],
  ['weekly', '0 3 * * SUN'],
  ['monthly', '0 3 1 * *'],
  ['half of the year', '0 * * 1-6 *'],
  ['all days but one', '0 0 1-30 * *'],
  ['a day that comes every fourth year', '0 0 29 2 *'],
])('a schedule that leaves out whole days is not watched: %s', (_, schedule) => {
  expect(freshness(schedule)).toBeUndefined();
});
