import type { Request, Routes } from '../../kit/router.ts';
import { alreadyExists, invalid, unsupported } from '../errors.ts';
import { checkTableId, tableName, type TableRef } from '../store/names.ts';
import { reshape } from '../store/publish.ts';
import { measure } from '../store/rows.ts';
import {
  createPhysical,
  newPhysical,
  physicalName,
  type Resource,
  type Store,
  type TableEntry,
} from '../store/store.ts';
import { checkLayout, expiryOf } from '../store/tables.ts';
import { evolve } from '../types/evolve.ts';
import { type Field, readFields } from '../types/schema.ts';
import { viewFields } from './views.ts';
import { page, param, pick, text, without } from './shared.ts';

const WRITABLE = [
  'friendlyName',
  'description',
  'labels',
  'timePartitioning',
  'rangePartitioning',
  'clustering',
  'requirePartitionFilter',
  'tableConstraints',
  'encryptionConfiguration',
  'resourceTags',
  'maxStaleness',
];
const REFUSED = [
  'externalDataConfiguration',
  'materializedView',
  'snapshotDefinition',
  'cloneDefinition',
  'biglakeConfiguration',
];

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/tables */
export function tableRoutes(store: Store): Routes {
  const tables = '/projects/{project}/datasets/{dataset}/tables';
  return {
    [`POST ${tables}`]: async (request) => {
      const body = await request.json();
      const ref = {
        ...refOf(request),
        tableId: text((body['tableReference'] as Resource | undefined)?.['tableId']),
      };
      return { body: await resource(store, await createTable(store, ref, body)) };
    },
    [`GET ${tables}`]: (request) => {
      const dataset = store.dataset(refOf(request));
      const all = store.tables(dataset);
      const { items, nextPageToken } = page(all, request.query);
      const list = items.map((entry) =>
        pick(describe(entry), [
          'kind',
          'id',
          'tableReference',
          'type',
          'labels',
          'creationTime',
          'expirationTime',
          'timePartitioning',
          'rangePartitioning',
          'clustering',
          'friendlyName',
        ]),
      );
      return {
        body: {
          kind: 'bigquery#tableList',
          totalItems: all.length,
          ...(list.length > 0 ? { tables: list } : {}),
          ...nextPageToken,
        },
      };
    },
    [`GET ${tables}/{table}`]: async (request) => ({ body: await resource(store, store.table(refOf(request))) }),
    [`PATCH ${tables}/{table}`]: async (request) => {
      const entry = await patchTable(store, refOf(request), await request.json());
      return { body: await resource(store, entry) };
    },
    [`DELETE ${tables}/{table}`]: async (request) => {
      await store.change(async (change) => {
        await change.deleteTable(store.table(refOf(request)));
      });
      return { status: 204 };
    },
  };
}

async function createTable(store: Store, ref: TableRef, body: Resource): Promise<TableEntry> {
  checkTableId(ref.tableId);
  for (const name of REFUSED) if (body[name] !== undefined) throw unsupported(`tables.insert with ${name}`);
  store.dataset(ref);
  const view = body['view'] as Resource | undefined;
  const query = typeof view?.['query'] === 'string' ? view['query'] : undefined;
  if (view && view['useLegacySql'] !== false) throw unsupported('views in legacy SQL; set view.useLegacySql to false');
  const fields = query === undefined ? readSchema(body) : viewFields(store, ref, query);
  const properties = without(pick(body, WRITABLE));
  checkLayout(properties, fields);
  const now = store.clock.now();
  return await store.change(async (change) => {
    const dataset = store.dataset(ref);
    const old = store.findTable(ref);
    if (old) throw alreadyExists(`Table ${tableName(ref)}`);
    const expires = expiryOf(dataset, body['expirationTime'], now);
    const physical = newPhysical();
    if (query === undefined) await createPhysical(change.connection, physicalName(physical), fields);
    const kind = query === undefined ? { physical } : { view: query };
    const entry: TableEntry = {
      ...ref,
      fields,
      ...kind,
      properties,
      created: now,
      modified: now,
      version: 1,
      ...(expires === undefined ? {} : { expires }),
    };
    await change.putTable(entry);
    return entry;
  });
}

function readSchema(body: Resource): Field[] {
  const schema = body['schema'] as Resource | undefined;
  return schema?.['fields'] === undefined ? [] : readFields(schema['fields']);
}

/** Nullable columns may come, REQUIRED may relax; everything else about columns stays. */
async function patchTable(store: Store, ref: TableRef, body: Resource): Promise<TableEntry> {
  for (const name of [...REFUSED, 'view']) if (body[name] !== undefined) throw unsupported(`tables.patch of ${name}`);
  return await store.change(async (change) => {
    const before = store.table(ref);
    const schema = (body['schema'] as Resource | undefined)?.['fields'];
    const rules = { allowAddition: true, allowRelaxation: true, mustNameAll: true };
    const fields =
      schema === undefined ? before.fields : evolve(tableName(ref), before.fields, readFields(schema), rules);
    const properties = without({ ...before.properties, ...pick(body, WRITABLE) });
    for (const name of ['timePartitioning', 'rangePartitioning']) {
      const [old, now] = [before.properties[name], properties[name]] as (Resource | undefined)[];
      if (old?.['field'] !== now?.['field'] || old?.['type'] !== now?.['type'])
        throw invalid(`Cannot change partitioning spec for table ${tableName(ref)}`);
    }
    checkLayout(properties, fields);
    const { expires: oldExpiry, ...shaped } = await reshape(change, before, fields);
    const expires = body['expirationTime'] === undefined ? oldExpiry : readExpiry(body['expirationTime']);
    const entry: TableEntry = {
      ...shaped,
      properties,
      modified: store.clock.now(),
      ...(expires === undefined ? {} : { expires }),
    };
    await change.putTable(entry);
    return entry;
  });
}

function readExpiry(value: unknown): number | undefined {
  const at = Number(value ?? 0);
  if (!Number.isFinite(at)) throw invalid(`Invalid value for expirationTime: ${JSON.stringify(value)}`);
  return at > 0 ? at : undefined;
}

export function refOf(request: Request): TableRef {
  return {
    projectId: param(request, 'project'),
    datasetId: param(request, 'dataset'),
    tableId: param(request, 'table'),
  };
}

async function resource(store: Store, entry: TableEntry): Promise<Resource> {
  if (entry.physical === undefined) return describe(entry);
  const sizes = await measure(store, entry);
  const bytes = [...sizes.columns.values()].reduce((sum, size) => sum + size, 0);
  return { ...describe(entry), numRows: String(sizes.rows), numBytes: String(bytes), numLongTermBytes: '0' };
}

function describe(entry: TableEntry): Resource {
  const { projectId, datasetId, tableId } = entry;
  return {
    kind: 'bigquery#table',
    id: tableName(entry),
    etag: `${entry.modified}-${entry.version}`,
    tableReference: { projectId, datasetId, tableId },
    type: entry.view === undefined ? 'TABLE' : 'VIEW',
    ...entry.properties,
    ...(entry.fields.length > 0 ? { schema: { fields: entry.fields } } : {}),
    ...(entry.view === undefined ? {} : { view: { query: entry.view, useLegacySql: false } }),
    ...(entry.expires === undefined ? {} : { expirationTime: String(entry.expires) }),
    location: 'US',
    creationTime: String(entry.created),
    lastModifiedTime: String(entry.modified),
  };
}
