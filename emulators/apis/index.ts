import { Clock } from '../kit/clock.ts';
import { controlRoutes } from '../kit/control.ts';
import type { Emulator, StartEmulator } from '../kit/emulator.ts';
import { closeServer, createHttpServer, listen } from '../kit/http.ts';
import { Faults } from './faults.ts';
import { getSubject } from './openlibrary.ts';
import { Random } from './random.ts';
import { getUsers } from './randomuser.ts';

/** Starts one server that answers as openlibrary.org and as randomuser.me do; it keeps no state but faults. */
export const start: StartEmulator = async (options = {}): Promise<Emulator> => {
  const clock = options.clock ?? new Clock();
  const faults = new Faults();
  let requests = 0;
  // The service draws a seed for who names none. Ours come in the same order after each start, so runs can be repeated.
  const freshSeed = (): string => new Random('seed', requests++).text(16, '0123456789abcdef');

  const users = faults.wrap('randomuser', (request) => getUsers(request, clock, freshSeed));
  const server = createHttpServer('apis', {
    ...controlRoutes({
      clock,
      reset: () => {
        faults.reset();
        requests = 0;
      },
    }),
    ...faults.routes(),
    'GET /subjects/{subject}.json': faults.wrap('openlibrary', getSubject),
    'GET /api': users,
    'GET /api/': users,
    'GET /api/{version}': users,
    'GET /api/{version}/': users,
  });
  const url = `http://127.0.0.1:${await listen(server, options.port ?? 0)}`;
  let stopped: Promise<void> | undefined;
  return {
    name: 'apis',
    env: { OPENLIBRARY_URL: url, RANDOMUSER_URL: url },
    stop: async () => {
      await (stopped ??= closeServer(server));
    },
  };
};
