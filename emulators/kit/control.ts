import { type Clock, checkClockState } from './clock.ts';
import { ApiError } from './errors.ts';
import type { Routes } from './router.ts';

/**
 * What every emulator offers beside Google's API: `GET /` says it is up, `GET|PUT /emulator/v1/clock` reads and moves
 * the clock, `POST /emulator/v1/reset` forgets all state.
 */
export function controlRoutes(options: { clock: Clock; reset: () => Promise<void> | void }): Routes {
  return {
    'GET /': () => ({ body: 'Ok\n', headers: { 'content-type': 'text/plain' } }),
    'GET /emulator/v1/clock': () => ({ body: { ...options.clock.state, now: options.clock.date().toISOString() } }),
    'PUT /emulator/v1/clock': async (request) => {
      const state = await request.json();
      try {
        options.clock.set(checkClockState(state as unknown as Parameters<typeof checkClockState>[0]));
      } catch (error) {
        throw new ApiError('INVALID_ARGUMENT', (error as Error).message);
      }
      return { body: { ...options.clock.state, now: options.clock.date().toISOString() } };
    },
    'POST /emulator/v1/reset': async () => {
      await options.reset();
      return { body: {} };
    },
  };
}
