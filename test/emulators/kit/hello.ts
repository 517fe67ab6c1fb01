import { controlRoutes } from '../../../emulators/kit/control.ts';
import { Clock } from '../../../emulators/kit/clock.ts';
import type { Emulator, StartEmulator } from '../../../emulators/kit/emulator.ts';
import { ApiError } from '../../../emulators/kit/errors.ts';
import { closeServer, createHttpServer, listen } from '../../../emulators/kit/http.ts';

/** The smallest emulator: it greets, counts its greetings, and can be told to die. */
export const start: StartEmulator = async (options = {}): Promise<Emulator> => {
  if (options.dataDir !== undefined)
    throw new Error(`the data folder ${options.dataDir} cannot be used: hello keeps none`);
  const clock = options.clock ?? new Clock();
  let greetings = 0;
  let die: (error: Error) => void = () => undefined;
  const died = new Promise<Error>((resolve) => {
    die = resolve;
  });
  const server = createHttpServer('hello', {
    ...controlRoutes({
      clock,
      reset: () => {
        greetings = 0;
      },
    }),
    'GET /v1/greetings/{name}': ({ params, query }) => {
      if (query.has('broken')) throw new Error('a bug');
      if (params['name'] === 'nobody') throw new ApiError('NOT_FOUND', 'nobody is there');
      greetings += 1;
      return { body: { greeting: `hello, ${params['name'] ?? ''}`, greetings, at: clock.date().toISOString() } };
    },
    'POST /v1/echo': async (request) => ({ body: await request.json() }),
    'POST /v1/bytes': async (request) => ({ body: await request.bytes(), headers: { 'x-origin': request.origin } }),
    'POST /v1/half': ({ response }) => {
      response.writeHead(200).write('half');
      throw new Error('a bug in the middle');
    },
    'DELETE /v1/greetings': () => ({ status: 204 }),
    'POST /v1/die': () => {
      die(new Error('told to die'));
      return { body: {} };
    },
  });
  const host = `127.0.0.1:${await listen(server, options.port ?? 0)}`;
  let stopped: Promise<void> | undefined;
  return {
    name: 'hello',
    env: { HELLO_EMULATOR_HOST: host },
    died,
    stop: async () => {
      await (stopped ??= closeServer(server));
    },
  };
};
