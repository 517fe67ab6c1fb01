import { randomUUID } from 'node:crypto';
import { BigQuery } from '@google-cloud/bigquery';
import { bornOf } from '../runtime/verdict.ts';
import { emulatorAuth } from './auth.ts';
import { asAlirError, codeOf, type ErrorProto, judgeJob } from './bigquery-errors.ts';

const FIRST_POLL_MS = 25;
const LONGEST_POLL_MS = 1000;

/** A job resource, as far as the chain reads it: https://cloud.google.com/bigquery/docs/reference/rest/v2/Job */
export interface JobResource {
  readonly jobReference?: { readonly jobId?: string };
  readonly status?: { readonly state?: string; readonly errorResult?: ErrorProto };
  readonly statistics?: {
    readonly load?: { readonly outputRows?: string };
    readonly query?: { readonly numDmlAffectedRows?: string; readonly totalBytesBilled?: string };
  };
}

/** On whose bill a job goes, and who is told what it cost. */
export interface Billing {
  readonly labels: Readonly<Record<string, string>>;
  /** Told of a job that this call itself started, when it is over; loading costs nothing. */
  readonly onJob: (job: { readonly jobId: string; readonly bytesBilled: number }) => void;
}
export type Row = Readonly<Record<string, unknown>>;

/** BigQuery, as far as the chain uses it. Tables are named `dataset.table`. */
export interface Warehouse {
  readonly projectId: string;
  /**
   * Runs a job at most once per id and waits for it. `id(attempt)` names the attempts: an id that failed for a passing
   * reason is burnt, so the next one is tried; one that succeeded is not run again, its resource is returned.
   * @throws TerminalError | TransientError with BigQuery's own words, as `bigquery-errors.ts` says
   */
  runJob(
    id: (attempt: number) => string,
    configuration: Record<string, unknown>,
    billing?: Billing,
  ): Promise<JobResource>;
  /** Stops the jobs with these ids, from the first attempt on; resolves when none of them runs any more. */
  stopJobs(id: (attempt: number) => string): Promise<void>;
  /** Runs a read-only query; named parameters. */
  query(sql: string, params?: Readonly<Record<string, unknown>>, billing?: Billing): Promise<Row[]>;
  /** The table's resource, or undefined when there is none. */
  getTable(dataset: string, table: string): Promise<TableResource | undefined>;
  /** Creates and says true; says false when it is there already, which is then left alone. */
  createDataset(dataset: string, metadata: Record<string, unknown>): Promise<boolean>;
  createTable(dataset: string, table: string, metadata: Record<string, unknown>): Promise<boolean>;
  /** Changes what `metadata` names of a table that is there; a schema names every column that there is. */
  updateTable(dataset: string, table: string, metadata: Record<string, unknown>): Promise<void>;
  /** Removes a table, if there is one. */
  dropTable(dataset: string, table: string): Promise<void>;
}

export interface TableResource {
  /** Milliseconds since 1970: no two tables of one name have the same. */
  readonly creationTime?: string;
  readonly schema?: { readonly fields?: readonly { name: string; type: string; mode?: string }[] };
}

export function openWarehouse(
  projectId: string,
  location: string,
  env: Readonly<Record<string, string | undefined>>,
): Warehouse {
  const client = new BigQuery({ projectId, location, ...emulatorAuth(env['BIGQUERY_EMULATOR_HOST']) });
  return {
    projectId,
    runJob: async (id, configuration, billing) => await runJob(client, location, id, configuration, billing),
    stopJobs: async (id) => {
      await stopJobs(client, location, id);
    },
    async query(query, params = {}, billing) {
      try {
        if (billing) return await queryAsJob(client, location, { query, params }, billing);
        const [rows] = await client.query({ query, params });
        return rows as Row[];
      } catch (error) {
        throw asAlirError('query', error);
      }
    },
    async getTable(dataset, table) {
      try {
        const answer = (await client.dataset(dataset).table(table).getMetadata()) as readonly unknown[];
        return answer[0] as TableResource;
      } catch (error) {
        if (codeOf(error) === 404) return undefined;
        throw asAlirError(`table ${dataset}.${table}`, error);
      }
    },
    createDataset: async (dataset, metadata) =>
      await created(`dataset ${dataset}`, async () => await client.createDataset(dataset, { location, ...metadata })),
    createTable: async (dataset, table, metadata) =>
      await created(
        `table ${dataset}.${table}`,
        async () => await client.dataset(dataset).createTable(table, metadata),
      ),
    async updateTable(dataset, table, metadata) {
      try {
        await client.dataset(dataset).table(table).setMetadata(metadata);
      } catch (error) {
        throw asAlirError(`table ${dataset}.${table}`, error);
      }
    },
    async dropTable(dataset, table) {
      try {
        await client.dataset(dataset).table(table).delete({ ignoreNotFound: true });
      } catch (error) {
        throw asAlirError(`table ${dataset}.${table}`, error);
      }
    },
  };
}

async function created(what: string, create: () => Promise<unknown>): Promise<boolean> {
  try {
    await create();
    return true;
  } catch (error) {
    if (codeOf(error) === 409) return false;
    throw asAlirError(what, error);
  }
}

async function runJob(
  client: BigQuery,
  location: string,
  id: (attempt: number) => string,
  configuration: Record<string, unknown>,
  billing?: Billing,
): Promise<JobResource> {
  const labelled = billing ? { ...configuration, labels: billing.labels } : configuration;
  for (let attempt = 1; ; attempt += 1) {
    const jobId = id(attempt);
    const isNew = await created(
      `job ${jobId}`,
      async () => await client.createJob({ configuration: labelled, jobId, location }),
    );
    const job = await waitForJob(client, location, jobId);
    if (isNew) billing?.onJob({ jobId, bytesBilled: bytesBilled(job) });
    const failure = job.status?.errorResult;
    if (!failure) return job;
    const message = `job ${jobId} failed: ${failure.message ?? ''} (${failure.reason ?? 'no reason given'})`;
    const verdict = judgeJob(failure.reason);
    // An older attempt failed for a passing reason: the next id is free. Our own failure waits for the redelivery.
    if (isNew || verdict.errorClass === 'terminal') throw bornOf(verdict, message);
  }
}

async function stopJobs(client: BigQuery, location: string, id: (attempt: number) => string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const job = client.job(id(attempt), { location });
    try {
      const [found] = (await job.getMetadata()) as readonly unknown[] as [JobResource];
      if (found.status?.state === 'DONE') continue;
      // Best effort, as Google says; what counts is that it is over.
      await job.cancel();
    } catch (error) {
      if (codeOf(error) === 404) return;
      throw asAlirError(`job ${id(attempt)}`, error);
    }
    await waitForJob(client, location, id(attempt));
  }
}

/**
 * Asking by a job costs a request or two more than asking directly, but only a job says what it cost. The id is drawn
 * here: where Google's client draws it and hears that the job is there already, it asks for the job, and if that fails it
 * never answers.
 */
async function queryAsJob(
  client: BigQuery,
  location: string,
  { query, params }: { query: string; params: Readonly<Record<string, unknown>> },
  { labels, onJob }: Billing,
): Promise<Row[]> {
  const jobId = randomUUID();
  await created(
    `job ${jobId}`,
    async () => await client.createQueryJob({ query, params, labels: { ...labels }, jobId, location }),
  );
  const job = client.job(jobId, { location });
  const [rows] = await job.getQueryResults();
  const answer: readonly unknown[] = await job.getMetadata();
  onJob({ jobId, bytesBilled: bytesBilled(answer[0] as JobResource) });
  return rows as Row[];
}

function bytesBilled({ statistics }: JobResource): number {
  return Number(statistics?.query?.totalBytesBilled ?? 0);
}

async function waitForJob(client: BigQuery, location: string, jobId: string): Promise<JobResource> {
  for (let pause = FIRST_POLL_MS; ; pause = Math.min(pause * 2, LONGEST_POLL_MS)) {
    const answer: readonly unknown[] = await client
      .job(jobId, { location })
      .getMetadata()
      .catch((error: unknown) => {
        throw asAlirError(`job ${jobId}`, error);
      });
    const job = answer[0] as JobResource;
    if (job.status?.state === 'DONE') return job;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
