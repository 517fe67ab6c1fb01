import { randomUUID } from 'node:crypto';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Clock } from '../../kit/clock.ts';
import { notFound } from '../errors.ts';
import { type Field, fieldType } from '../types/schema.ts';
import { duckType, quoteName } from '../types/types.ts';
import { Database } from './database.ts';
import { datasetName, type DatasetRef, tableName, type TableRef } from './names.ts';

/** A JSON object of Google's API. */
export type Resource = Readonly<Record<string, unknown>>;

export interface DatasetEntry extends DatasetRef {
  /** What the user set: description, labels, location, defaultTableExpirationMs … */
  readonly properties: Resource;
  /** ms since 1970, on the local cloud's clock; so are the others. */
  readonly created: number;
  readonly modified: number;
}

export interface TableEntry extends TableRef {
  readonly fields: readonly Field[];
  /** Name in DuckDB's schema `data`; absent for a view. A table that is replaced gets another. */
  readonly physical?: string;
  /** The view's GoogleSQL. */
  readonly view?: string;
  readonly properties: Resource;
  readonly created: number;
  readonly modified: number;
  readonly expires?: number;
  /** Grows with each change of the rows. */
  readonly version: number;
}

/** Changes of the catalog, written with the data in one transaction and seen by others after the commit. */
export interface Change {
  readonly connection: DuckDBConnection;
  putDataset(entry: DatasetEntry): Promise<void>;
  deleteDataset(ref: DatasetRef): Promise<void>;
  putTable(entry: TableEntry): Promise<void>;
  /** Forgets the table and drops its rows. */
  deleteTable(entry: TableEntry): Promise<void>;
}

type Kind = 'dataset' | 'table' | 'job';

export class Store {
  readonly database: Database;
  readonly clock: Clock;
  readonly #datasets = new Map<string, DatasetEntry>();
  readonly #tables = new Map<string, TableEntry>();

  private constructor(database: Database, clock: Clock) {
    this.database = database;
    this.clock = clock;
  }

  static async open(dataDir: string | undefined, clock: Clock): Promise<Store> {
    const store = new Store(await Database.open(dataDir), clock);
    for (const entry of await store.readEntries<DatasetEntry>('dataset'))
      store.#datasets.set(datasetName(entry), entry);
    for (const entry of await store.readEntries<TableEntry>('table')) store.#tables.set(tableName(entry), entry);
    await store.#dropOrphans();
    return store;
  }

  /** Tables of loads and queries that a kill interrupted belong to nobody. */
  async #dropOrphans(): Promise<void> {
    const owned = new Set([...this.#tables.values()].map((entry) => entry.physical));
    await this.database.use(async (connection) => {
      const found = await connection.runAndReadAll("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'data'");
      for (const [name] of found.getRows()) {
        if (typeof name === 'string' && !owned.has(name)) await connection.run(`DROP TABLE data.${quoteName(name)}`);
      }
    });
  }

  async readEntries<T>(kind: Kind): Promise<T[]> {
    return await this.database.use(async (connection) => {
      const found = await connection.runAndReadAll('SELECT body FROM meta.entries WHERE kind = $1 ORDER BY key', [
        kind,
      ]);
      return found.getRows().map(([body]) => JSON.parse(String(body)) as T);
    });
  }

  /** Runs `work` in one transaction, after those before it. */
  async change<T>(work: (change: Change) => Promise<T>): Promise<T> {
    const commits: (() => void)[] = [];
    const value = await this.database.transaction(
      async (connection) => await work(this.#newChange(connection, commits)),
    );
    for (const commit of commits) commit();
    return value;
  }

  #newChange(connection: DuckDBConnection, commits: (() => void)[]): Change {
    return {
      connection,
      putDataset: async (entry) => {
        await this.putEntry(connection, 'dataset', datasetName(entry), entry);
        commits.push(() => this.#datasets.set(datasetName(entry), entry));
      },
      deleteDataset: async (ref) => {
        await this.deleteEntry(connection, 'dataset', datasetName(ref));
        commits.push(() => this.#datasets.delete(datasetName(ref)));
      },
      putTable: async (entry) => {
        await this.putEntry(connection, 'table', tableName(entry), entry);
        commits.push(() => this.#tables.set(tableName(entry), entry));
      },
      deleteTable: async (entry) => {
        await this.deleteEntry(connection, 'table', tableName(entry));
        if (entry.physical !== undefined) await connection.run(`DROP TABLE IF EXISTS ${physicalName(entry.physical)}`);
        commits.push(() => this.#tables.delete(tableName(entry)));
      },
    };
  }

  /** Writes down what the next start will read; without a data folder there is none. */
  async putEntry(connection: DuckDBConnection, kind: Kind, key: string, body: unknown): Promise<void> {
    if (this.database.isTemporary) return;
    await connection.run('INSERT OR REPLACE INTO meta.entries VALUES ($1, $2, $3)', [kind, key, JSON.stringify(body)]);
  }

  async deleteEntry(connection: DuckDBConnection, kind: Kind, key: string): Promise<void> {
    if (this.database.isTemporary) return;
    await connection.run('DELETE FROM meta.entries WHERE kind = $1 AND key = $2', [kind, key]);
  }

  /** As `putEntry`, by itself. */
  async saveEntry(kind: Kind, key: string, body: unknown): Promise<void> {
    if (this.database.isTemporary) return;
    await this.database.use(async (connection) => {
      await this.putEntry(connection, kind, key, body);
    });
  }

  findDataset(ref: DatasetRef): DatasetEntry | undefined {
    return this.#datasets.get(datasetName(ref));
  }

  /** @throws ApiError notFound */
  dataset(ref: DatasetRef): DatasetEntry {
    const entry = this.findDataset(ref);
    if (!entry) throw notFound(`Dataset ${datasetName(ref)}`);
    return entry;
  }

  datasets(projectId: string): DatasetEntry[] {
    return [...this.#datasets.values()]
      .filter((entry) => entry.projectId === projectId)
      .sort((a, b) => (a.datasetId < b.datasetId ? -1 : 1));
  }

  /** An expired table is gone, as in BigQuery. */
  findTable(ref: TableRef): TableEntry | undefined {
    const entry = this.#tables.get(tableName(ref));
    return entry && (entry.expires === undefined || entry.expires > this.clock.now()) ? entry : undefined;
  }

  /** @throws ApiError notFound naming the dataset or the table */
  table(ref: TableRef): TableEntry {
    this.dataset(ref);
    const entry = this.findTable(ref);
    if (!entry) throw notFound(`Table ${tableName(ref)}`);
    return entry;
  }

  tables(ref: DatasetRef): TableEntry[] {
    return [...this.#tables.values()]
      .filter(
        (entry) => entry.projectId === ref.projectId && entry.datasetId === ref.datasetId && this.findTable(entry),
      )
      .sort((a, b) => (a.tableId < b.tableId ? -1 : 1));
  }

  allDatasets(): DatasetEntry[] {
    return [...this.#datasets.values()];
  }

  /** Forgets every dataset and table. */
  async reset(): Promise<void> {
    await this.change(async (change) => {
      for (const table of this.#tables.values()) await change.deleteTable(table);
      for (const dataset of this.#datasets.values()) await change.deleteDataset(dataset);
    });
  }

  async close(): Promise<void> {
    await this.database.close();
  }
}

export function newPhysical(): string {
  return `t_${randomUUID().replaceAll('-', '')}`;
}

export function physicalName(physical: string): string {
  return `data.${quoteName(physical)}`;
}

/** Creates the DuckDB table that holds these columns; REQUIRED ones refuse NULL. */
export async function createPhysical(
  connection: DuckDBConnection,
  name: string,
  fields: readonly Field[],
): Promise<void> {
  const columns = fields.map(
    (field) => `${quoteName(field.name)} ${duckType(fieldType(field))}${field.mode === 'REQUIRED' ? ' NOT NULL' : ''}`,
  );
  await connection.run(`CREATE TABLE ${name} (${columns.length > 0 ? columns.join(', ') : '"_empty" BOOLEAN'})`);
}
