import type { DuckDBConnection } from '@duckdb/node-api';
import type { Request, Routes } from '../../kit/router.ts';
import { invalid, notFound } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { RowWriter } from '../load/writer.ts';
import { fromJson } from '../load/json-values.ts';
import { tableName } from '../store/names.ts';
import { measure, readRows } from '../store/rows.ts';
import { copyRows } from '../store/rebuild.ts';
import {
  createPhysical,
  newPhysical,
  physicalName,
  type Resource,
  type Store,
  type TableEntry,
} from '../store/store.ts';
import type { DuckDBValue } from '@duckdb/node-api';
import { decodeToken, encodeToken, wholeNumber } from './shared.ts';
import { refOf } from './tables.ts';

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/tabledata */
export function tabledataRoutes(store: Store): Routes {
  const table = '/projects/{project}/datasets/{dataset}/tables/{table}';
  return {
    [`GET ${table}/data`]: async (request) => ({ body: await listRows(store, request) }),
    [`POST ${table}/insertAll`]: async (request) => ({
      body: await insertAll(store, refOf(request), await request.json()),
    }),
  };
}

async function listRows(store: Store, request: Request): Promise<Resource> {
  const entry = store.table(refOf(request));
  if (entry.physical === undefined) throw invalid(`Cannot list a table of type VIEW: ${tableName(entry)}`);
  if (request.query.get('selectedFields')) throw invalid('selectedFields is not supported by the bigquery emulator');
  const { rows: total } = await measure(store, entry);
  const start =
    decodeToken(request.query.get('pageToken')) ?? wholeNumber(request.query.get('startIndex'), 'startIndex', 0);
  const max = Math.min(
    wholeNumber(request.query.get('maxResults'), 'maxResults', LIMITS.rowsPerPage),
    LIMITS.rowsPerPage,
  );
  const int64Timestamps = request.query.get('formatOptions.useInt64Timestamp') === 'true';
  const rows = await readRows(store, physicalName(entry.physical), entry.fields, { start, max, int64Timestamps });
  const next = start + rows.length;
  return {
    kind: 'bigquery#tableDataList',
    totalRows: String(total),
    ...(rows.length > 0 ? { rows } : {}),
    ...(next < total && rows.length > 0 ? { pageToken: encodeToken(next) } : {}),
  };
}

/** Streaming inserts; the rows are there at once. Bad rows refuse the whole request, unless skipInvalidRows. insertId is not used to drop doubles. */
async function insertAll(store: Store, ref: ReturnType<typeof refOf>, body: Resource): Promise<Resource> {
  const entry = store.table(ref);
  if (entry.physical === undefined) throw notFound(`Table ${tableName(ref)}`);
  const given = (body['rows'] ?? []) as { json?: Resource }[];
  if (!Array.isArray(given) || given.length === 0) throw invalid('No rows present in the request.');
  const good: DuckDBValue[][] = [];
  const errors: Resource[] = [];
  for (const [index, row] of given.entries()) {
    try {
      good.push(fromJson(row.json ?? {}, entry.fields, body['ignoreUnknownValues'] === true));
    } catch (error) {
      errors.push({
        index,
        errors: [{ reason: 'invalid', location: '', debugInfo: '', message: (error as Error).message }],
      });
    }
  }
  if (errors.length > 0 && body['skipInvalidRows'] !== true) {
    const stopped = given.flatMap((_, index) =>
      errors.some((error) => error['index'] === index)
        ? []
        : [{ index, errors: [{ reason: 'stopped', location: '', debugInfo: '', message: '' }] }],
    );
    return { kind: 'bigquery#tableDataInsertAllResponse', insertErrors: [...errors, ...stopped] };
  }
  await store.change(async (change) => {
    await append(change.connection, entry, good);
    await change.putTable({ ...entry, modified: store.clock.now(), version: entry.version + 1 });
  });
  return { kind: 'bigquery#tableDataInsertAllResponse', ...(errors.length > 0 ? { insertErrors: errors } : {}) };
}

async function append(connection: DuckDBConnection, entry: TableEntry, rows: readonly DuckDBValue[][]): Promise<void> {
  const staging = newPhysical();
  await createPhysical(connection, physicalName(staging), entry.fields);
  const writer = await RowWriter.open(connection, staging, entry.fields);
  for (const row of rows) writer.write(row);
  writer.close();
  await copyRows(
    connection,
    { sql: physicalName(staging), fields: entry.fields },
    { sql: physicalName(entry.physical ?? ''), fields: entry.fields },
  );
  await connection.run(`DROP TABLE ${physicalName(staging)}`);
}
