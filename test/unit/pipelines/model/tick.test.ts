import { describe, expect, test } from '@jest/globals';
import { nextTick, tickAt } from '../../../../pipelines/model/tick.ts';

const at = (schedule: string, timezone: string, instant: string): string =>
  tickAt(schedule, timezone, new Date(instant)).toISOString();
const next = (schedule: string, timezone: string, instant: string): string =>
  nextTick(schedule, timezone, new Date(instant)).toISOString();

describe('the tick of a trigger is the last one at or before it', () => {
  test.each([
    ['at the tick', '2026-11-20T09:15:00.000Z', '2026-11-20T09:15:00.000Z'],
    ['a millisecond after', '2026-11-20T09:15:00.001Z', '2026-11-20T09:15:00.000Z'],
    ['almost a second after', '2026-11-20T09:15:00.999Z', '2026-11-20T09:15:00.000Z'],
    ['between two', '2026-11-20T09:47:31.500Z', '2026-11-20T09:15:00.000Z'],
    ['a millisecond before', '2026-11-20T09:14:59.999Z', '2026-11-20T08:15:00.000Z'],
    ['across midnight', '2026-11-20T00:03:00.000Z', '2026-11-19T23:15:00.000Z'],
    ['across the year', '2026-01-01T00:00:00.000Z', '2025-12-31T23:15:00.000Z'],
  ])('%s', (_, publishTime, tick) => {
    expect(at('15 * * * *', 'UTC', publishTime)).toBe(tick);
  });

  test('a rare schedule is found too', () => {
    expect(at('0 0 29 2 *', 'UTC', '2026-11-20T00:00:00Z')).toBe('2024-02-29T00:00:00.000Z');
    expect(next('0 0 29 2 *', 'UTC', '2026-11-20T00:00:00Z')).toBe('2028-02-29T00:00:00.000Z');
  });

  test('days of the month and of the week are joined by "or", as in every cron', () => {
    expect(next('0 0 13 * 5', 'UTC', '2026-11-20T00:00:00Z')).toBe('2026-11-27T00:00:00.000Z');
    expect(next('0 0 13 * 5', 'UTC', '2026-12-11T00:00:00Z')).toBe('2026-12-13T00:00:00.000Z');
  });
});

test('a double fire is the same tick', () => {
  const first = at('*/5 * * * *', 'Asia/Jakarta', '2026-11-20T09:15:00.120Z');
  expect(at('*/5 * * * *', 'Asia/Jakarta', '2026-11-20T09:16:40.000Z')).toBe(first);
  expect(at('*/5 * * * *', 'Asia/Jakarta', '2026-11-20T09:19:59.999Z')).toBe(first);
});

test('the tick of a tick is itself, and the next one is strictly later', () => {
  const tick = '2026-11-20T09:15:00.000Z';
  expect(at('15 * * * *', 'UTC', tick)).toBe(tick);
  expect(next('15 * * * *', 'UTC', tick)).toBe('2026-11-20T10:15:00.000Z');
  expect(next('15 * * * *', 'UTC', '2026-11-20T09:14:59.999Z')).toBe(tick);
});

describe('a schedule is read in its time zone', () => {
  test('Asia/Jakarta is seven hours ahead, all year', () => {
    expect(at('0 3 * * *', 'Asia/Jakarta', '2026-11-20T12:00:00Z')).toBe('2026-11-19T20:00:00.000Z');
    expect(at('0 3 * * *', 'Asia/Jakarta', '2026-07-01T12:00:00Z')).toBe('2026-06-30T20:00:00.000Z');
  });

  test('half hours count', () => {
    expect(next('0 0 * * *', 'Asia/Kolkata', '2026-11-20T00:00:00Z')).toBe('2026-11-20T18:30:00.000Z');
  });

  test('a day schedule in New York keeps its wall clock over the change', () => {
    expect(next('0 6 * * *', 'America/New_York', '2026-03-07T12:00:00Z')).toBe('2026-03-08T10:00:00.000Z');
    expect(next('0 6 * * *', 'America/New_York', '2026-03-06T12:00:00Z')).toBe('2026-03-07T11:00:00.000Z');
  });

  test('an hour that is skipped in spring makes one tick, when it would have been', () => {
    const schedule = '30 2 * * *';
    expect(next(schedule, 'America/New_York', '2026-03-07T12:00:00Z')).toBe('2026-03-08T07:00:00.000Z');
    expect(at(schedule, 'America/New_York', '2026-03-08T12:00:00Z')).toBe('2026-03-08T07:00:00.000Z');
    expect(next(schedule, 'America/New_York', '2026-03-08T07:00:00Z')).toBe('2026-03-09T06:30:00.000Z');
  });

  test('an hour that comes twice in autumn makes one tick of a daily schedule', () => {
    expect(next('30 1 * * *', 'America/New_York', '2026-10-31T12:00:00Z')).toBe('2026-11-01T05:30:00.000Z');
    expect(at('30 1 * * *', 'America/New_York', '2026-11-01T06:30:00Z')).toBe('2026-11-01T05:30:00.000Z');
  });
});

test.each(['2026-03-08T00:00:00Z', '2026-11-01T00:00:00Z', '2026-11-20T00:00:00Z'])(
  'an hourly schedule ticks every hour of real time, and at() agrees with next(): New York, %s',
  (day) => {
    let expected = Date.parse(day) + 15 * 60_000;
    for (let hour = 0; hour < 24; hour += 1, expected += 3_600_000) {
      const before = new Date(expected - 1);
      expect(nextTick('15 * * * *', 'America/New_York', before).getTime()).toBe(expected);
      expect(tickAt('15 * * * *', 'America/New_York', new Date(expected)).getTime()).toBe(expected);
      expect(tickAt('15 * * * *', 'America/New_York', before).getTime()).toBe(expected - 3_600_000);
    }
  },
);
