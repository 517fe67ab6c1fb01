import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Clock } from '../kit/clock.ts';
import { controlRoutes } from '../kit/control.ts';
import type { EmulatorOptions, StartEmulator } from '../kit/emulator.ts';
import { closeServer, createHttpServer, listen } from '../kit/http.ts';
import type { Routes } from '../kit/router.ts';
import { unsupported } from './errors.ts';
import { runCopy } from './jobs/copy.ts';
import { Jobs, type JobRunner } from './jobs/jobs.ts';
import { runQuery } from './jobs/query.ts';
import { runLoad } from './load/load.ts';
import type { SourceFile } from './load/source.ts';
import { datasetRoutes } from './routes/datasets.ts';
import { jobRoutes } from './routes/jobs.ts';
import { projectRoutes } from './routes/projects.ts';
import { queryRoutes } from './routes/queries.ts';
import { tabledataRoutes } from './routes/tabledata.ts';
import { tableRoutes } from './routes/tables.ts';
import { Uploads } from './routes/upload.ts';
import { type Resource, Store } from './store/store.ts';

/** Google's path; its clients leave it out when BIGQUERY_EMULATOR_HOST points them. */
const PREFIX = '/bigquery/v2';

/** BigQuery's REST API v2 over DuckDB. Without `dataDir` everything is in memory. */
export const start: StartEmulator = async (options = {}) => {
  const clock = options.clock ?? new Clock();
  const store = await Store.open(options.dataDir, clock);
  const jobs = await Jobs.open(store, jobRunner(store, options));
  const uploads = new Uploads(jobs);
  const api: Routes = {
    ...projectRoutes(store),
    ...datasetRoutes(store),
    ...tabledataRoutes(store),
    ...tableRoutes(store),
    ...queryRoutes(store, jobs),
    ...jobRoutes(store, jobs),
  };
  const reset = async (): Promise<void> => {
    await jobs.reset();
    await store.reset();
  };
  const routes: Routes = { ...controlRoutes({ clock, reset }), ...api, ...withPrefix(api), ...uploads.routes() };
  const server = createHttpServer('bigquery', routes);
  const close = async (): Promise<void> => {
    await jobs.close();
    await uploads.close();
    await store.close();
  };
  const port = await listen(server, options.port ?? 0).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  let stopped: Promise<void> | undefined;
  return {
    name: 'bigquery',
    env: { BIGQUERY_EMULATOR_HOST: `http://127.0.0.1:${port}` },
    stop: async () => {
      stopped ??= closeServer(server).then(close);
      await stopped;
    },
  };
};

function withPrefix(routes: Routes): Routes {
  return Object.fromEntries(
    Object.entries(routes).map(([key, handler]) => [key.replace(' /', ` ${PREFIX}/`), handler]),
  );
}

function jobRunner(store: Store, options: EmulatorOptions): JobRunner {
  return async (configuration, projectId, signal, upload) => {
    const part = (name: string): Resource | undefined => configuration[name] as Resource | undefined;
    const [query, load, copy] = [part('query'), part('load'), part('copy')];
    if (query) return await runQuery(store, query, { projectId, dryRun: false, signal });
    if (copy) return await runCopy(store, copy, projectId);
    if (!load) throw unsupported('jobs that are no query, load or copy');
    const storageHost = options.env?.['STORAGE_EMULATOR_HOST'];
    const file = upload === undefined ? {} : { upload: await uploadedFile(upload) };
    return await runLoad(store, load, { projectId, storageHost, signal, ...file });
  };
}

async function uploadedFile(path: string): Promise<SourceFile> {
  return {
    name: 'the uploaded file',
    bytes: (await stat(path)).size,
    open: () => Promise.resolve(createReadStream(path) as AsyncIterable<Buffer>),
  };
}
