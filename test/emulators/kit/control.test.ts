import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Clock } from '../../../emulators/kit/clock.ts';
import type { Emulator } from '../../../emulators/kit/emulator.ts';
import { start } from './hello.ts';

const state = { realOrigin: Date.now(), virtualOrigin: Date.UTC(2026, 2, 1), rate: 1e-9 };
let clock: Clock;
let emulator: Emulator;

beforeEach(async () => {
  clock = new Clock(state);
  emulator = await start({ clock });
});

afterEach(async () => {
  await emulator.stop();
});

const call = async (path: string, init?: RequestInit): Promise<Response> =>
  await fetch(`http://${emulator.env['HELLO_EMULATOR_HOST'] ?? ''}${path}`, init);

describe('the control routes', () => {
  test('GET / says it is up', async () => {
    const response = await call('/');
    expect([response.status, await response.text()]).toEqual([200, 'Ok\n']);
  });

  test('the clock can be read and moved', async () => {
    expect(await (await call('/emulator/v1/clock')).json()).toEqual({ ...state, now: '2026-03-01T00:00:00.000Z' });
    const moved = { ...state, virtualOrigin: Date.UTC(2027, 0, 1) };
    const response = await call('/emulator/v1/clock', { method: 'PUT', body: JSON.stringify(moved) });
    expect(await response.json()).toEqual({ ...moved, now: '2027-01-01T00:00:00.000Z' });
    expect(clock.state).toEqual(moved);
    expect(await (await call('/v1/greetings/you')).json()).toMatchObject({ at: '2027-01-01T00:00:00.000Z' });
  });

  test.each([
    [{ ...state, rate: 0 }, 'clock.rate is 0'],
    [{ rate: 2 }, 'clock.realOrigin is undefined'],
    [{}, 'clock.realOrigin is undefined'],
  ])('a clock of %j is refused', async (body, message) => {
    const response = await call('/emulator/v1/clock', { method: 'PUT', body: JSON.stringify(body) });
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: { message: expect.stringContaining(message) } },
    ]);
    expect(clock.state).toEqual(state);
  });

  test('a reset forgets', async () => {
    await call('/v1/greetings/you');
    expect(await (await call('/v1/greetings/you')).json()).toMatchObject({ greetings: 2 });
    const response = await call('/emulator/v1/reset', { method: 'POST' });
    expect([response.status, await response.json()]).toEqual([200, {}]);
    expect(await (await call('/v1/greetings/you')).json()).toMatchObject({ greetings: 1 });
  });
});
