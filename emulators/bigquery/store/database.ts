import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance, type DuckDBMaterializedResult } from '@duckdb/node-api';
import { registerFingerprint } from './fingerprint.ts';
import { macroStatements } from './macros.ts';

/** Values of `$p0`, `$p1` … in a statement; a statement binds those that it names. */
export type Bindings = ReadonlyMap<string, string>;

/**
 * DuckDB as the emulator uses it: schema `data` holds the tables, `results` the rows of finished queries and `meta` the
 * catalog and the jobs as JSON, all in one file, so that one transaction changes data and catalog together.
 */
export class Database {
  /** In memory: nothing of it outlives the process. */
  readonly isTemporary: boolean;
  readonly #instance: DuckDBInstance;
  readonly #folder: string;
  #writers: Promise<unknown> = Promise.resolve();

  private constructor(instance: DuckDBInstance, folder: string, isTemporary: boolean) {
    this.#instance = instance;
    this.#folder = folder;
    this.isTemporary = isTemporary;
  }

  /** @throws Error naming the folder and why it cannot be used */
  static async open(dataDir: string | undefined): Promise<Database> {
    const folder = dataDir ?? (await mkdtemp(join(tmpdir(), 'bigquery-emulator-')));
    try {
      await mkdir(folder, { recursive: true });
      const path = dataDir === undefined ? ':memory:' : join(folder, 'bigquery.duckdb');
      // With two threads, DuckDB 1.5 may crash in a MERGE that returns what it did; and for few rows one is faster.
      const instance = await DuckDBInstance.create(path, { threads: '1', temp_directory: join(folder, 'spill') });
      const database = new Database(instance, folder, dataDir === undefined);
      await database.#prepare();
      return database;
    } catch (error) {
      throw new Error(`the bigquery emulator cannot use the data folder ${folder}: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }

  async #prepare(): Promise<void> {
    await this.use(async (connection) => {
      await connection.run("SET GLOBAL TimeZone = 'UTC'");
      for (const schema of ['data', 'results', 'meta']) await connection.run(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
      await connection.run(
        'CREATE TABLE IF NOT EXISTS meta.entries (kind VARCHAR, key VARCHAR, body VARCHAR, PRIMARY KEY (kind, key))',
      );
      registerFingerprint(connection);
      for (const statement of macroStatements()) await connection.run(statement);
    });
  }

  /** A connection of its own, for reads that run beside everything else. */
  async use<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const connection = await this.#instance.connect();
    try {
      return await work(connection);
    } finally {
      connection.closeSync();
    }
  }

  /** One transaction; transactions run one after another, for DuckDB lets only one change a table at a time. */
  async transaction<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const run = this.#writers.then(async () => await this.use(async (connection) => await transact(connection, work)));
    this.#writers = run.catch(() => undefined);
    return await run;
  }

  async close(): Promise<void> {
    await this.#writers;
    this.#instance.closeSync();
    if (this.isTemporary) await rm(this.#folder, { recursive: true, force: true });
  }
}

async function transact<T>(
  connection: DuckDBConnection,
  work: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  await connection.run('BEGIN TRANSACTION');
  try {
    const value = await work(connection);
    await connection.run('COMMIT');
    return value;
  } catch (error) {
    // DuckDB has already rolled back when COMMIT itself failed; the first error is the one to tell.
    await connection.run('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** Runs one statement with its `$p…` bound as text; it is interrupted when `signal` aborts. */
export async function runSql(
  connection: DuckDBConnection,
  sql: string,
  bindings: Bindings,
  signal: AbortSignal,
): Promise<DuckDBMaterializedResult> {
  const prepared = await connection.prepare(sql);
  const ended = interruptOnAbort(connection, signal);
  try {
    signal.throwIfAborted();
    for (let i = 1; i <= prepared.parameterCount; i++) {
      const value = bindings.get(prepared.parameterName(i));
      if (value === undefined) throw new Error(`parameter ${prepared.parameterName(i)} has no value`);
      prepared.bindVarchar(i, value);
    }
    return await prepared.run();
  } finally {
    ended();
    prepared.destroySync();
  }
}

const INTERRUPT_AGAIN_MS = 20;

/** DuckDB forgets an interrupt that comes before the statement has begun, so it is repeated until the end is told. */
function interruptOnAbort(connection: DuckDBConnection, signal: AbortSignal): () => void {
  let timer: NodeJS.Timeout | undefined;
  const interrupt = (): void => {
    connection.interrupt();
    timer = setTimeout(interrupt, INTERRUPT_AGAIN_MS);
  };
  signal.addEventListener('abort', interrupt);
  return () => {
    signal.removeEventListener('abort', interrupt);
    clearTimeout(timer);
  };
}
