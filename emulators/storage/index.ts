import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Clock } from '../kit/clock.ts';
import { controlRoutes } from '../kit/control.ts';
import type { StartEmulator } from '../kit/emulator.ts';
import { closeServer, createHttpServer, listen } from '../kit/http.ts';
import { Disk } from './disk.ts';
import { apiRoutes } from './routes.ts';
import { Sessions } from './sessions.ts';
import { Store } from './store.ts';

/**
 * Starts the Cloud Storage emulator. Objects are on disk: in `dataDir`, or in a temporary folder that `stop` removes.
 * @throws Error naming the folder when it cannot be used, or the port when it is occupied
 */
export const start: StartEmulator = async ({ port = 0, dataDir, clock = new Clock() } = {}) => {
  const folder = dataDir ?? (await mkdtemp(join(tmpdir(), 'storage-emulator-')));
  const forget = async (): Promise<void> => {
    if (dataDir === undefined) await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    const store = new Store(new Disk(folder), clock);
    const sessions = new Sessions();
    const reset = async (): Promise<void> => {
      await sessions.clear();
      store.reset();
    };
    const server = createHttpServer('storage', { ...controlRoutes({ clock, reset }), ...apiRoutes(store, sessions) });
    // Node ends a request that takes longer than five minutes; a large upload may.
    server.requestTimeout = 0;
    const host = `http://127.0.0.1:${await listen(server, port)}`;
    let stopped: Promise<void> | undefined;
    const stop = async (): Promise<void> => {
      await closeServer(server);
      await sessions.clear();
      await forget();
    };
    return {
      name: 'storage',
      env: { STORAGE_EMULATOR_HOST: host },
      stop: async () => {
        await (stopped ??= stop());
      },
    };
  } catch (error) {
    await forget();
    throw error;
  }
};
