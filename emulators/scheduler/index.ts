import grpc from '@grpc/grpc-js';
import { Clock } from '../kit/clock.ts';
import { controlRoutes } from '../kit/control.ts';
import type { Emulator, StartEmulator } from '../kit/emulator.ts';
import { closeMux, createMuxServer } from '../kit/grpc.ts';
import { createHttpServer, listen } from '../kit/http.ts';
import { Executor } from './executor.ts';
import { addGrpc } from './grpc.ts';
import { publisher } from './publish.ts';
import { restRoutes } from './rest.ts';
import { Runner } from './runner.ts';
import { Service } from './service.ts';
import { Store } from './store.ts';

/**
 * Starts Cloud Scheduler, REST and gRPC on one port. Ticks are published to the Pub/Sub that `PUBSUB_EMULATOR_HOST` in
 * `options.env` names.
 * @throws Error when the port is occupied or the data folder cannot be used
 */
export const start: StartEmulator = async (options = {}): Promise<Emulator> => {
  const clock = options.clock ?? new Clock();
  const store = new Store(options.dataDir);
  const executor = new Executor(store, clock, publisher(options.env ?? {}));
  const runner = new Runner(store, clock, executor);
  const service = new Service(store, clock, runner, executor);

  const server = new grpc.Server();
  addGrpc(server, service);
  const http = createHttpServer('scheduler', {
    ...controlRoutes({
      clock,
      reset: () => {
        runner.clear();
      },
    }),
    ...restRoutes(service),
  });
  const mux = createMuxServer(http, server);
  const stopRunner = async (): Promise<void> => {
    await runner.stop();
  };
  const port = await listen(mux, options.port ?? 0).catch(async (error: unknown) => {
    await stopRunner();
    throw error;
  });

  let stopped: Promise<void> | undefined;
  return {
    name: 'scheduler',
    env: { CLOUD_SCHEDULER_EMULATOR_HOST: `127.0.0.1:${port}` },
    stop: async () => {
      await (stopped ??= Promise.all([closeMux(mux, server), stopRunner()]).then(() => undefined));
    },
  };
};
