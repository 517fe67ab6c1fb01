import { alreadyExists, invalid, notFound } from '../errors.ts';
import { evolve, type Evolution, sameShape } from '../types/evolve.ts';
import type { Field } from '../types/schema.ts';
import { expiryOf } from './tables.ts';
import { tableName, type TableRef } from './names.ts';
import { copyRows } from './rebuild.ts';
import {
  type Change,
  createPhysical,
  newPhysical,
  physicalName,
  type Resource,
  type Store,
  type TableEntry,
} from './store.ts';

export interface Publication {
  readonly ref: TableRef;
  readonly fields: readonly Field[];
  /** Table in schema `data` with the rows, which becomes the destination or is emptied into it. */
  readonly staging: string;
  readonly createDisposition: string;
  readonly writeDisposition: string;
  readonly allowAddition?: boolean;
  readonly allowRelaxation?: boolean;
  /** Partitioning, clustering, description of a table that is created. */
  readonly properties?: Resource;
}

/** Puts staged rows into their destination, all or none: https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#JobConfigurationLoad */
export async function publish(store: Store, change: Change, what: Publication): Promise<void> {
  store.dataset(what.ref);
  const existing = store.findTable(what.ref);
  if (existing?.view !== undefined)
    throw invalid(`${tableName(what.ref)} is not allowed for this operation because it is currently a VIEW.`);
  if (!existing) {
    if (what.createDisposition === 'CREATE_NEVER') throw notFound(`Table ${tableName(what.ref)}`);
    await change.putTable(newTable(store, what));
    return;
  }
  if (what.writeDisposition === 'WRITE_EMPTY' && (await countRows(change, existing)) > 0)
    throw alreadyExists(`Table ${tableName(what.ref)}`);
  if (what.writeDisposition === 'WRITE_TRUNCATE') {
    await dropPhysical(change, existing);
    const properties = Object.fromEntries(
      Object.entries(existing.properties).filter(([name]) => name !== 'tableConstraints'),
    );
    await change.putTable({
      ...existing,
      properties,
      fields: what.fields,
      physical: what.staging,
      modified: store.clock.now(),
      version: existing.version + 1,
    });
    return;
  }
  await append(store, change, existing, what);
}

async function append(store: Store, change: Change, existing: TableEntry, what: Publication): Promise<void> {
  const rules: Evolution = {
    allowAddition: what.allowAddition ?? false,
    allowRelaxation: what.allowRelaxation ?? false,
    mustNameAll: false,
  };
  const fields = evolve(tableName(what.ref), existing.fields, what.fields, rules);
  const entry = await reshape(change, existing, fields);
  const to = { sql: physicalName(entry.physical ?? ''), fields };
  if (what.writeDisposition === 'WRITE_TRUNCATE_DATA') await change.connection.run(`DELETE FROM ${to.sql}`);
  await copyRows(change.connection, { sql: physicalName(what.staging), fields: what.fields }, to);
  await change.connection.run(`DROP TABLE ${physicalName(what.staging)}`);
  await change.putTable({ ...entry, modified: store.clock.now(), version: existing.version + 1 });
}

/** The same table with other columns. DuckDB cannot alter nested ones, so the rows move to a new table. */
export async function reshape(change: Change, entry: TableEntry, fields: readonly Field[]): Promise<TableEntry> {
  if (entry.physical === undefined || sameShape(entry.fields, fields)) return { ...entry, fields };
  const physical = newPhysical();
  await createPhysical(change.connection, physicalName(physical), fields);
  await copyRows(
    change.connection,
    { sql: physicalName(entry.physical), fields: entry.fields },
    { sql: physicalName(physical), fields },
  );
  await dropPhysical(change, entry);
  return { ...entry, fields, physical };
}

function newTable(store: Store, what: Publication): TableEntry {
  const now = store.clock.now();
  const { projectId, datasetId, tableId } = what.ref;
  const expires = expiryOf(store.dataset(what.ref), undefined, now);
  return {
    projectId,
    datasetId,
    tableId,
    fields: what.fields,
    physical: what.staging,
    properties: what.properties ?? {},
    created: now,
    modified: now,
    version: 1,
    ...(expires === undefined ? {} : { expires }),
  };
}

async function dropPhysical(change: Change, entry: TableEntry): Promise<void> {
  if (entry.physical !== undefined) await change.connection.run(`DROP TABLE ${physicalName(entry.physical)}`);
}

async function countRows(change: Change, entry: TableEntry): Promise<number> {
  const found = await change.connection.runAndReadAll(`SELECT count(*) FROM ${physicalName(entry.physical ?? '')}`);
  return Number(found.getRows()[0]?.[0] ?? 0);
}
