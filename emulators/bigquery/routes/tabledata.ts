import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { Request, Routes } from '../../kit/router.ts';
import { ApiError } from '../../kit/errors.ts';
import { invalid, notFound, unsupported } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { rowCheck } from '../load/parameters.ts';
import { RowWriter } from '../load/writer.ts';
import { fromJson, parseExactJson } from '../load/json-values.ts';
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
import { decodeToken, encodeToken, wholeNumber } from './shared.ts';
import { refOf } from './tables.ts';

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/tabledata */
export function tabledataRoutes(store: Store): Routes {
  const table = '/projects/{project}/datasets/{dataset}/tables/{table}';
  return {
    [`GET ${table}/data`]: async (request) => ({ body: await listRows(store, request) }),
    [`POST ${table}/insertAll`]: async (request) => ({
      body: await insertAll(store, refOf(request), await exactBody(request)),
    }),
  };
}

async function listRows(store: Store, request: Request): Promise<Resource> {
  const entry = store.table(refOf(request));
  if (entry.physical === undefined) throw invalid(`Cannot list a table of type VIEW: ${tableName(entry)}`);
  if (request.query.get('selectedFields')) throw unsupported('selectedFields');
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

/** The rows' numbers as they are written: a body read as doubles would round those beyond 2^53. */
async function exactBody(request: Request): Promise<Resource> {
  const body = parseExactJson((await request.bytes()).toString('utf8') || '{}', 'the body is not JSON');
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw invalid('the body must be a JSON object');
  return body as Resource;
}

/** Streaming inserts; the rows are there at once. Bad rows refuse the whole request, unless skipInvalidRows. insertId is not used to drop doubles. */
async function insertAll(store: Store, ref: ReturnType<typeof refOf>, body: Resource): Promise<Resource> {
  const entry = store.table(ref);
  if (entry.physical === undefined) throw notFound(`Table ${tableName(ref)}`);
  const given = (body['rows'] ?? []) as { json?: Resource }[];
  if (!Array.isArray(given) || given.length === 0) throw invalid('No rows present in the request.');
  const check = rowCheck(entry.fields);
  const good: DuckDBValue[][] = [];
  const errors: Resource[] = [];
  for (const [index, row] of given.entries()) {
    try {
      const values = fromJson(row.json ?? {}, entry.fields, body['ignoreUnknownValues'] === true);
      check(values);
      good.push(values);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status === 'UNIMPLEMENTED') throw error;
      errors.push({
        index,
        errors: [{ reason: 'invalid', location: '', debugInfo: '', message: error.message }],
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
