import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ApiError } from '../kit/errors.ts';
import type { Job } from './job.ts';

const FILE = 'jobs.json';

/** The jobs by name, and on disk when there is a data folder. A change that cannot be written does not happen. */
export class Store {
  readonly #folder: string | undefined;
  #jobs = new Map<string, Job>();

  /** @throws Error naming the data folder and why it cannot be used */
  constructor(dataDir: string | undefined) {
    this.#folder = dataDir === undefined ? undefined : resolve(dataDir);
    if (this.#folder === undefined) return;
    try {
      mkdirSync(this.#folder, { recursive: true });
      this.#jobs = new Map(read(join(this.#folder, FILE)).map((job) => [job.name, job]));
      write(this.#folder, [...this.#jobs.values()]);
    } catch (error) {
      throw new Error(`the data folder ${this.#folder} cannot be used: ${(error as Error).message}`, { cause: error });
    }
  }

  get(name: string): Job | undefined {
    return this.#jobs.get(name);
  }

  /** All jobs, by name. */
  all(): Job[] {
    return [...this.#jobs.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  put(job: Job): void {
    this.#change(new Map(this.#jobs).set(job.name, job));
  }

  delete(name: string): void {
    const jobs = new Map(this.#jobs);
    jobs.delete(name);
    this.#change(jobs);
  }

  clear(): void {
    this.#change(new Map());
  }

  #change(jobs: Map<string, Job>): void {
    if (this.#folder !== undefined) {
      try {
        write(this.#folder, [...jobs.values()]);
      } catch (error) {
        throw new ApiError(
          'INTERNAL',
          `the data folder ${this.#folder} cannot be written: ${(error as Error).message}`,
        );
      }
    }
    this.#jobs = jobs;
  }
}

function read(file: string): Job[] {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { jobs: Job[] }).jobs;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** A kill in between leaves the old file or the new one, never half of either. */
function write(folder: string, jobs: readonly Job[]): void {
  const temporary = join(folder, `${FILE}.new`);
  try {
    writeFileSync(temporary, JSON.stringify({ jobs }));
    renameSync(temporary, join(folder, FILE));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
