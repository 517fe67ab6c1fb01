import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { checkClockState, Clock } from '../../../emulators/kit/clock.ts';

const REAL = Date.UTC(2026, 0, 1);

beforeEach(() => {
  jest.useFakeTimers({ now: REAL });
});

afterEach(() => {
  jest.useRealTimers();
});

describe('a clock', () => {
  test("is the machine's own unless told otherwise", () => {
    const clock = new Clock();
    expect(clock.now()).toBe(REAL);
    jest.setSystemTime(REAL + 1500);
    expect(clock.now()).toBe(REAL + 1500);
    expect(clock.date()).toEqual(new Date(REAL + 1500));
  });

  test('runs from where it was put, as fast as it was told', () => {
    const clock = new Clock({ realOrigin: REAL, virtualOrigin: 1_000_000, rate: 60 });
    expect(clock.now()).toBe(1_000_000);
    jest.setSystemTime(REAL + 1000);
    expect(clock.now()).toBe(1_060_000);
  });

  test('two with the same numbers agree', () => {
    const state = { realOrigin: REAL - 77, virtualOrigin: 5, rate: 3.3 };
    const [one, other] = [new Clock(state), new Clock({ ...state })];
    jest.setSystemTime(REAL + 12_345);
    expect(one.now()).toBe(other.now());
    expect(one.state).toEqual(state);
  });

  test('says how long to wait in real time, and never less than it takes', () => {
    const clock = new Clock({ realOrigin: REAL, virtualOrigin: 0, rate: 7 });
    expect(clock.msUntil(700)).toBe(100);
    expect(clock.msUntil(-1)).toBe(0);
    const wait = clock.msUntil(1000);
    jest.setSystemTime(REAL + wait);
    expect(clock.now()).toBeGreaterThanOrEqual(1000);
  });

  test('tells its listeners when it was moved, until they leave', () => {
    const clock = new Clock();
    const seen: number[] = [];
    const leave = clock.onMove(() => seen.push(clock.now()));
    clock.set({ realOrigin: REAL, virtualOrigin: 42, rate: 1 });
    leave();
    clock.set({ realOrigin: REAL, virtualOrigin: 43, rate: 1 });
    expect(seen).toEqual([42]);
  });
});

describe('a clock that is none', () => {
  const state = { realOrigin: 0, virtualOrigin: 0, rate: 1 };
  test.each([
    [{ ...state, rate: 0 }, 'clock.rate is 0: must be above 0'],
    [{ ...state, rate: -1 }, 'clock.rate is -1'],
    [{ ...state, rate: 1e9 }, 'the clock must show a date of this era'],
    [{ ...state, virtualOrigin: 1e15 }, 'the clock must show a date of this era'],
    [{ ...state, rate: Infinity }, 'clock.rate is Infinity: must be a number'],
    [{ ...state, realOrigin: NaN }, 'clock.realOrigin is NaN'],
    [{ realOrigin: 0, rate: 1 }, 'clock.virtualOrigin is undefined'],
    [{ ...state, virtualOrigin: '0' }, "clock.virtualOrigin is '0': must be a number"],
  ])('%j is refused, and the clock stays as it was', (bad, message) => {
    const clock = new Clock(state);
    expect(() => {
      clock.set(bad as never);
    }).toThrow(message);
    expect(() => checkClockState(bad as never)).toThrow(RangeError);
    expect(clock.state).toEqual(state);
  });

  test('keeps nothing but its three numbers', () => {
    expect(checkClockState({ ...state, now: 'x' } as never)).toEqual(state);
  });
});
