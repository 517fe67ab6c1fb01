import type { DuckDBConnection } from '@duckdb/node-api';
import { type Field, fieldType } from '../types/schema.ts';
import { quoteName, type SqlType } from '../types/types.ts';
import { toWire, type WireOptions, type WireValue } from '../types/wire.ts';
import type { Store, TableEntry } from './store.ts';
import { physicalName } from './store.ts';

export interface WireRow {
  readonly f: readonly { readonly v: WireValue }[];
}

/** Rows `start` to `start + max` of a DuckDB table, in the order they were written. */
export async function readRows(
  store: Store,
  name: string,
  fields: readonly Field[],
  page: { readonly start: number; readonly max: number } & WireOptions,
): Promise<WireRow[]> {
  const types = fields.map(fieldType);
  if (fields.length === 0) return [];
  const columns = fields.map((field) => quoteName(field.name)).join(', ');
  return await store.database.use(async (connection) => {
    const found = await connection.runAndReadAll(
      `SELECT ${columns} FROM ${name} LIMIT ${page.max} OFFSET ${page.start}`,
    );
    return found.getRows().map((row) => ({ f: types.map((type, i) => ({ v: toWire(row[i] ?? null, type, page) })) }));
  });
}

export async function countRows(store: Store, name: string): Promise<number> {
  return await store.database.use(async (connection) =>
    Number((await connection.runAndReadAll(`SELECT count(*) FROM ${name}`)).getRows()[0]?.[0] ?? 0),
  );
}

interface Sizes {
  readonly rows: number;
  /** Bytes of each column, by name. */
  readonly columns: ReadonlyMap<string, number>;
}
const measured = new WeakMap<TableEntry, Promise<Sizes>>();

/**
 * Rows and logical bytes of a table, by Google's sizes of types; measured once for each state of the table.
 * https://cloud.google.com/bigquery/pricing#data
 */
export async function measure(store: Store, entry: TableEntry): Promise<Sizes> {
  let sizes = measured.get(entry);
  if (!sizes) {
    sizes = store.database.use(async (connection) => await measureNow(connection, entry));
    measured.set(entry, sizes);
    sizes.catch(() => measured.delete(entry));
  }
  return await sizes;
}

async function measureNow(connection: DuckDBConnection, entry: TableEntry): Promise<Sizes> {
  if (entry.physical === undefined) return { rows: 0, columns: new Map() };
  const sums = entry.fields.map((field) => `coalesce(sum(${bytesOf(quoteName(field.name), fieldType(field), 0)}), 0)`);
  const found = await connection.runAndReadAll(
    `SELECT count(*)${sums.map((sum) => `, ${sum}`).join('')} FROM ${physicalName(entry.physical)}`,
  );
  const [rows, ...bytes] = found.getRows()[0] ?? [];
  return {
    rows: Number(rows ?? 0),
    columns: new Map(entry.fields.map((field, i) => [field.name, Number(bytes[i] ?? 0)])),
  };
}

function bytesOf(sql: string, type: SqlType, depth: number): string {
  const present = (size: string): string => `CASE WHEN ${sql} IS NULL THEN 0 ELSE ${size} END`;
  switch (type.kind) {
    case 'BOOL':
      return present('1');
    case 'NUMERIC':
      return present('16');
    case 'BIGNUMERIC':
      return present('32');
    case 'STRING':
      return present(`2 + strlen(${sql})`);
    case 'JSON':
      return present(`2 + strlen(CAST(${sql} AS VARCHAR))`);
    case 'BYTES':
      return present(`2 + octet_length(${sql})`);
    case 'ARRAY':
      return present(
        `coalesce(list_sum(list_transform(${sql}, lambda e${depth}: ${bytesOf(`e${depth}`, type.element, depth + 1)})), 0)`,
      );
    case 'STRUCT': {
      const parts = type.fields.map((field) =>
        bytesOf(`struct_extract(${sql}, '${field.name.replaceAll("'", "''")}')`, field.type, depth),
      );
      return present(parts.join(' + '));
    }
    default:
      return present('8');
  }
}
