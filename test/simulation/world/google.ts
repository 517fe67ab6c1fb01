import { closeSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JobRecord, type JobRunner, Jobs } from '../../../emulators/bigquery/jobs/jobs.ts';
import { runQuery } from '../../../emulators/bigquery/jobs/query.ts';
import { runLoad } from '../../../emulators/bigquery/load/load.ts';
import { datasetRoutes } from '../../../emulators/bigquery/routes/datasets.ts';
import { jobRoutes } from '../../../emulators/bigquery/routes/jobs.ts';
import { queryRoutes } from '../../../emulators/bigquery/routes/queries.ts';
import { tabledataRoutes } from '../../../emulators/bigquery/routes/tabledata.ts';
import { tableRoutes } from '../../../emulators/bigquery/routes/tables.ts';
import { readRows } from '../../../emulators/bigquery/store/rows.ts';
import { physicalName, type Resource, Store as Warehouse } from '../../../emulators/bigquery/store/store.ts';
import { Clock } from '../../../emulators/kit/clock.ts';
import { ApiError } from '../../../emulators/kit/errors.ts';
import { Disk } from '../../../emulators/storage/disk.ts';
import { apiRoutes } from '../../../emulators/storage/routes.ts';
import { Sessions } from '../../../emulators/storage/sessions.ts';
import { Store as Storage } from '../../../emulators/storage/store.ts';
import { turnOfTheLoop } from '../engine/calls.ts';
import { serve } from './node-fetch.ts';

export const STORAGE_HOST = 'storage.simulated';
export const BIGQUERY_HOST = 'bigquery.simulated';

/** A job that BigQuery has taken and not begun; it runs when the scheduler says so. */
export interface HeldJob {
  readonly id: string;
  /** Runs it, or lets it fail with a reason of BigQuery's. */
  begin(failure?: ApiError): void;
}

export type FinalRow = Readonly<Record<string, string | null>>;

/** Cloud Storage and BigQuery: the emulators' own state machines, in this process. */
export interface Google {
  readonly held: HeldJob[];
  /** Jobs by id. */
  job(id: string): JobRecord | undefined;
  /** Rows of a table as BigQuery's API would send them; undefined when there is no such table. */
  rows(dataset: string, table: string): Promise<FinalRow[] | undefined>;
  /** The names of a table's columns; undefined when there is no such table. */
  columns(dataset: string, table: string): string[] | undefined;
  /** The texts of all objects of a bucket whose names begin and end like this, by name. */
  objects(bucket: string, prefix: string, ending: string): Map<string, string>;
  /** The generation of an object; undefined when there is none. */
  generation(bucket: string, object: string): string | undefined;
  /** Resolves when no job is under way but those that are held. */
  idle(): Promise<void>;
  reset(buckets: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

export async function openGoogle(projectId: string): Promise<Google> {
  const clock = new Clock();
  const folder = mkdtempSync(join(tmpdir(), 'alir-simulation-'));
  const storage = new Storage(new Disk(folder), clock);
  const sessions = new Sessions();
  serve(STORAGE_HOST, 'storage', apiRoutes(storage, sessions));
  serveLoads(storage);

  const warehouse = await Warehouse.open(undefined, clock);
  const held: HeldJob[] = [];
  let atWork = 0;
  const run: JobRunner = async (configuration, project, signal) => {
    const query = configuration['query'] as Resource | undefined;
    if (!query || /^\s*MERGE/i.test(String(query['query']))) await hold(held, configuration);
    if (query) return await runQuery(warehouse, query, { projectId: project, dryRun: false, signal });
    const load = configuration['load'] as Resource;
    return await runLoad(warehouse, load, { projectId: project, storageHost: STORAGE_HOST, signal });
  };
  const jobs = await Jobs.open(warehouse, async (...of) => {
    atWork += 1;
    return await run(...of).finally(() => {
      atWork -= 1;
    });
  });
  serve(BIGQUERY_HOST, 'bigquery', {
    ...datasetRoutes(warehouse),
    ...tabledataRoutes(warehouse),
    ...tableRoutes(warehouse),
    ...queryRoutes(warehouse, jobs),
    ...jobRoutes(warehouse, jobs),
  });
  return {
    held,
    job(id) {
      try {
        return jobs.get(projectId, id);
      } catch {
        return undefined;
      }
    },
    async rows(datasetId, tableId) {
      const entry = warehouse.findTable({ projectId, datasetId, tableId });
      if (entry?.physical === undefined) return undefined;
      const page = { start: 0, max: 1_000_000, int64Timestamps: true };
      const rows = await readRows(warehouse, physicalName(entry.physical), entry.fields, page);
      return rows.map(({ f }) =>
        Object.fromEntries(entry.fields.map(({ name }, index) => [name, (f[index]?.v ?? null) as string | null])),
      );
    },
    columns: (datasetId, tableId) =>
      warehouse.findTable({ projectId, datasetId, tableId })?.fields.map(({ name }) => name),
    objects(bucketName, prefix, ending) {
      const bucket = storage.bucket(bucketName);
      const names = bucket.names.filter((name) => name.startsWith(prefix) && name.endsWith(ending));
      return new Map(names.map((name) => [name, readObject(storage, bucketName, name).toString()]));
    },
    generation(bucketName, object) {
      const found = storage.bucket(bucketName).find(object);
      return found && String(found.generation);
    },
    async idle() {
      while (atWork > held.length) await turnOfTheLoop();
      await turnOfTheLoop();
    },
    async reset(buckets) {
      for (const job of held.splice(0)) job.begin(new ApiError('UNAVAILABLE', 'the seed is over'));
      await jobs.reset();
      await warehouse.reset();
      await sessions.clear();
      storage.reset();
      for (const bucket of buckets) storage.createBucket(bucket, projectId, {});
    },
    async close() {
      await jobs.close();
      await sessions.clear();
      await warehouse.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function readObject(storage: Storage, bucketName: string, name: string): Buffer {
  const bucket = storage.bucket(bucketName);
  const file = bucket.open(bucket.get(name));
  try {
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

/** Load jobs read their files through fetch, which is no effect of the call that started them. */
function serveLoads(storage: Storage): void {
  const { fetch: realFetch } = globalThis;
  globalThis.fetch = async (address, init) => {
    const url = new URL(address instanceof Request ? address.url : address);
    if (url.host !== STORAGE_HOST) return await realFetch(address, init);
    const [, bucket = '', object = ''] = /\/b\/([^/]+)\/o\/([^/]+)$/.exec(url.pathname) ?? [];
    const name = decodeURIComponent(object);
    if (!storage.bucket(bucket).find(name)) return new Response(null, { status: 404 });
    const bytes = readObject(storage, bucket, name);
    if (url.searchParams.get('alt') === 'media') return new Response(new Uint8Array(bytes));
    return Response.json({ name, size: String(bytes.length) });
  };
}

async function hold(held: HeldJob[], configuration: Resource): Promise<void> {
  const labels = (configuration['labels'] ?? {}) as Readonly<Record<string, string>>;
  await new Promise<void>((resolve, reject) => {
    const job: HeldJob = {
      id: `${labels['alir-stage'] ?? 'job'} of ${labels['alir-pipeline'] ?? ''}/${labels['alir-table'] ?? ''}`,
      begin(failure) {
        held.splice(held.indexOf(job), held.includes(job) ? 1 : 0);
        if (failure) reject(failure);
        else resolve();
      },
    };
    held.push(job);
  });
}
