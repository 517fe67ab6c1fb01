import { randomUUID } from 'node:crypto';
import type { ApiError } from '../../kit/errors.ts';
import { alreadyExists, invalid, notFound } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { fromDuckError } from '../store/duck-errors.ts';
import type { Resource, Store } from '../store/store.ts';
import type { Field } from '../types/schema.ts';

export interface JobError {
  readonly reason: string;
  readonly message: string;
  readonly location?: string;
}

/** What a job leaves: statistics for its resource, and for a query the rows. */
export interface JobResult {
  readonly statistics: Resource;
  readonly rows?: { readonly name: string; readonly fields: readonly Field[]; readonly count: number };
}

export interface JobRecord {
  readonly projectId: string;
  readonly jobId: string;
  readonly location: string;
  readonly configuration: Resource;
  readonly state: 'RUNNING' | 'DONE';
  /** ms since 1970. */
  readonly created: number;
  readonly ended?: number;
  readonly error?: JobError;
  /** HTTP code of the error, for calls that answer with it (jobs.query, getQueryResults). */
  readonly code?: number;
  readonly result?: JobResult;
}

/** @param upload path of the file that came with the request of a load */
export type JobRunner = (
  configuration: Resource,
  projectId: string,
  signal: AbortSignal,
  upload: string | undefined,
) => Promise<JobResult>;

interface Running {
  readonly done: Promise<void>;
  readonly abort: AbortController;
}

/**
 * The jobs of all projects. An id is used once, whatever became of the job: a failed id is burnt.
 * https://cloud.google.com/bigquery/docs/running-jobs#generate-jobid
 */
export class Jobs {
  readonly #store: Store;
  readonly #run: JobRunner;
  readonly #records = new Map<string, JobRecord>();
  readonly #running = new Map<string, Running>();

  private constructor(store: Store, run: JobRunner) {
    this.#store = store;
    this.#run = run;
  }

  static async open(store: Store, run: JobRunner): Promise<Jobs> {
    const jobs = new Jobs(store, run);
    for (const record of await store.readEntries<JobRecord>('job')) {
      const stopped: JobError = {
        reason: 'backendError',
        message: 'The emulator was stopped before this job was done',
      };
      jobs.#records.set(
        key(record),
        record.state === 'DONE'
          ? record
          : { ...record, state: 'DONE', ended: store.clock.now(), error: stopped, code: 503 },
      );
    }
    await jobs.#dropOldResults(true);
    return jobs;
  }

  /** Starts a job; it runs on after this returns. @throws ApiError 409 for an id that was used */
  async insert(
    projectId: string,
    jobId: string | undefined,
    location: string | undefined,
    configuration: Resource,
    upload?: string,
  ): Promise<JobRecord> {
    const id = jobId ?? `job_${randomUUID().replaceAll('-', '')}`;
    if (!/^[A-Za-z0-9_-]+$/.test(id) || id.length > LIMITS.jobIdCharacters) throw invalid(`Invalid job ID "${id}"`);
    const record: JobRecord = {
      projectId,
      jobId: id,
      location: location ?? 'US',
      configuration,
      state: 'RUNNING',
      created: this.#store.clock.now(),
    };
    const used = this.#records.get(key(record));
    if (used) throw alreadyExists(`Job ${projectId}:${used.location}.${id}`);
    this.#records.set(key(record), record);
    await this.#save(record);
    await this.#dropOldResults(false);
    const abort = new AbortController();
    this.#running.set(key(record), { abort, done: this.#execute(record, abort.signal, upload) });
    return record;
  }

  async #execute(record: JobRecord, signal: AbortSignal, upload: string | undefined): Promise<void> {
    let ended: Partial<JobRecord>;
    try {
      ended = { result: await this.#run(record.configuration, record.projectId, signal, upload) };
    } catch (error) {
      ended = signal.aborted
        ? {
            error: { reason: 'stopped', message: 'Job execution was cancelled: User requested cancellation' },
            code: 499,
          }
        : describeError(error);
    }
    const done: JobRecord = { ...record, ...ended, state: 'DONE', ended: this.#store.clock.now() };
    this.#records.set(key(record), done);
    await this.#save(done);
    this.#running.delete(key(record));
  }

  async #save(record: JobRecord): Promise<void> {
    await this.#store.saveEntry('job', key(record), record);
  }

  /** @throws ApiError notFound; a wrong location counts as not found, as at Google */
  get(projectId: string, jobId: string, location?: string): JobRecord {
    const record = this.#records.get(key({ projectId, jobId }));
    const elsewhere = location !== undefined && record && location.toLowerCase() !== record.location.toLowerCase();
    if (!record || elsewhere)
      throw notFound(`Job ${projectId}:${location === undefined ? '' : `${location}.`}${jobId}`);
    return record;
  }

  list(projectId: string): JobRecord[] {
    return [...this.#records.values()]
      .filter((record) => record.projectId === projectId)
      .sort((a, b) => b.created - a.created || (a.jobId < b.jobId ? 1 : -1));
  }

  /** Waits until the job is done, at most `ms`. */
  async wait(record: JobRecord, ms: number): Promise<JobRecord> {
    const running = this.#running.get(key(record));
    if (running && ms > 0) {
      let timer: NodeJS.Timeout | undefined;
      const timeout = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)));
      await Promise.race([running.done, timeout]);
      clearTimeout(timer);
    }
    return this.get(record.projectId, record.jobId);
  }

  cancel(record: JobRecord): void {
    this.#running.get(key(record))?.abort.abort();
  }

  async delete(record: JobRecord): Promise<void> {
    if (record.state !== 'DONE') throw invalid(`Job ${record.jobId} is still running`);
    this.#records.delete(key(record));
    await this.#store.database.use(async (connection) => {
      await this.#store.deleteEntry(connection, 'job', key(record));
      if (record.result?.rows) await connection.run(`DROP TABLE IF EXISTS ${record.result.rows.name}`);
    });
  }

  /** Result tables live a day; at a start, those that no job knows go too. */
  async #dropOldResults(orphans: boolean): Promise<void> {
    const oldest = this.#store.clock.now() - LIMITS.resultsMs;
    const stale = [...this.#records.values()].filter(
      (record) => record.result?.rows && (record.ended ?? Infinity) < oldest,
    );
    const kept = new Set(
      [...this.#records.values()]
        .filter((record) => !stale.includes(record))
        .map((record) => record.result?.rows?.name),
    );
    if (stale.length === 0 && !orphans) return;
    await this.#store.database.use(async (connection) => {
      const found = await connection.runAndReadAll(
        "SELECT 'results.\"' || table_name || '\"' FROM duckdb_tables() WHERE schema_name = 'results'",
      );
      const names = orphans
        ? found.getRows().map(([name]) => String(name))
        : stale.map((record) => record.result?.rows?.name ?? '');
      for (const name of names) if (!kept.has(name)) await connection.run(`DROP TABLE IF EXISTS ${name}`);
    });
    for (const record of stale) {
      this.#records.set(key(record), { ...record, result: { statistics: record.result?.statistics ?? {} } });
    }
  }

  /** Forgets every job, after those that run have ended. */
  async reset(): Promise<void> {
    await this.close();
    for (const record of [...this.#records.values()]) await this.delete(record);
  }

  async close(): Promise<void> {
    for (const { abort } of this.#running.values()) abort.abort();
    await Promise.all(
      [...this.#running.values()].map(async ({ done }) => {
        await done;
      }),
    );
  }
}

function describeError(error: unknown): Partial<JobRecord> {
  const failure: ApiError = fromDuckError(error);
  if (failure.status === 'INTERNAL') process.stderr.write(`bigquery: ${failure.message}\n`);
  const location = failure.location === undefined ? {} : { location: failure.location };
  return { error: { reason: failure.reason, message: failure.message, ...location }, code: failure.code };
}

function key(record: { projectId: string; jobId: string }): string {
  return `${record.projectId}:${record.jobId}`;
}
