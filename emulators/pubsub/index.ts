import { Clock } from '../kit/clock.ts';
import type { StartEmulator } from '../kit/emulator.ts';
import { closeMux, createMuxServer } from '../kit/grpc.ts';
import { createHttpServer, listen } from '../kit/http.ts';
import { openBroker } from './broker.ts';
import { control } from './control.ts';
import { grpcServer } from './grpc.ts';
import { routes } from './routes.ts';

/** Starts a Pub/Sub on loopback: gRPC and REST v1 on one port. See README.md for what it does and does not. */
export const start: StartEmulator = async ({ port = 0, dataDir, clock = new Clock(), env = {} } = {}) => {
  const backoffScale = readBackoffScale(env['PUBSUB_EMULATOR_BACKOFF_SCALE']);
  const bigqueryHost = env['BIGQUERY_EMULATOR_HOST'];
  const broker = openBroker({ clock, dataDir, backoffScale, bigqueryHost });
  const server = grpcServer(broker);
  const mux = createMuxServer(createHttpServer('pubsub', { ...control(broker, clock), ...routes(broker) }), server);
  let stopped: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    broker.stop();
    await closeMux(mux, server);
  };
  try {
    const bound = await listen(mux, port);
    return {
      name: 'pubsub',
      env: { PUBSUB_EMULATOR_HOST: `127.0.0.1:${bound}` },
      stop: async () => {
        stopped ??= close();
        await stopped;
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
};

function readBackoffScale(text: string | undefined): number {
  const scale = Number(text ?? 1);
  if (text !== '' && Number.isFinite(scale) && scale >= 0) return scale;
  throw new Error(`PUBSUB_EMULATOR_BACKOFF_SCALE is "${text ?? ''}": must be a number of 0 or more, such as 0.02`);
}
