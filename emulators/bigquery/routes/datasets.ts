import type { Routes } from '../../kit/router.ts';
import { alreadyExists, invalid } from '../errors.ts';
import { checkDatasetId, datasetName } from '../store/names.ts';
import type { DatasetEntry, Resource, Store } from '../store/store.ts';
import { page, param, pick, text, without } from './shared.ts';

const WRITABLE = [
  'friendlyName',
  'description',
  'labels',
  'location',
  'access',
  'defaultTableExpirationMs',
  'defaultPartitionExpirationMs',
  'defaultEncryptionConfiguration',
  'maxTimeTravelHours',
  'storageBillingModel',
  'isCaseInsensitive',
  'defaultCollation',
  'resourceTags',
  'defaultRoundingMode',
];

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/datasets */
export function datasetRoutes(store: Store): Routes {
  return {
    'POST /projects/{project}/datasets': async (request) => {
      const body = await request.json();
      const datasetId = text((body['datasetReference'] as Resource | undefined)?.['datasetId']);
      checkDatasetId(datasetId);
      const ref = { projectId: param(request, 'project'), datasetId };
      const now = store.clock.now();
      const entry: DatasetEntry = {
        ...ref,
        properties: { location: 'US', ...checked(pick(body, WRITABLE)) },
        created: now,
        modified: now,
      };
      await store.change(async (change) => {
        if (store.findDataset(ref)) throw alreadyExists(`Dataset ${datasetName(ref)}`);
        await change.putDataset(entry);
      });
      return { body: resource(entry) };
    },
    'GET /projects/{project}/datasets': (request) => {
      const all = store.datasets(param(request, 'project'));
      const { items, nextPageToken } = page(all, request.query);
      const datasets = items.map((entry) =>
        pick(resource(entry), ['kind', 'id', 'datasetReference', 'labels', 'friendlyName', 'location']),
      );
      return { body: { kind: 'bigquery#datasetList', ...(datasets.length > 0 ? { datasets } : {}), ...nextPageToken } };
    },
    'GET /projects/{project}/datasets/{dataset}': (request) => ({ body: resource(store.dataset(refOf(request))) }),
    'PATCH /projects/{project}/datasets/{dataset}': async (request) => {
      const body = checked(pick(await request.json(), WRITABLE));
      const entry = await store.change(async (change) => {
        const before = store.dataset(refOf(request));
        const after: DatasetEntry = {
          ...before,
          properties: without({ ...before.properties, ...body }),
          modified: store.clock.now(),
        };
        await change.putDataset(after);
        return after;
      });
      return { body: resource(entry) };
    },
    'DELETE /projects/{project}/datasets/{dataset}': async (request) => {
      await store.change(async (change) => {
        const entry = store.dataset(refOf(request));
        const tables = store.tables(entry);
        if (tables.length > 0 && request.query.get('deleteContents') !== 'true') throw inUse(datasetName(entry));
        for (const table of tables) await change.deleteTable(table);
        await change.deleteDataset(entry);
      });
      return { status: 204 };
    },
  };
}

function inUse(name: string): Error {
  return invalid(`Dataset ${name} is still in use`);
}

function checked(properties: Resource): Resource {
  const lifetime = properties['defaultTableExpirationMs'];
  const tooShort =
    lifetime !== undefined && lifetime !== null && Number(lifetime) !== 0 && !(Number(lifetime) >= 3_600_000);
  if (tooShort)
    throw invalid(
      `Invalid value for defaultTableExpirationMs: ${JSON.stringify(lifetime)}; the minimum is 3600000 (one hour)`,
    );
  return properties;
}

function refOf(request: { params: Readonly<Record<string, string>> }): { projectId: string; datasetId: string } {
  return { projectId: request.params['project'] ?? '', datasetId: request.params['dataset'] ?? '' };
}

function resource(entry: DatasetEntry): Resource {
  const { projectId, datasetId } = entry;
  return {
    kind: 'bigquery#dataset',
    id: datasetName(entry),
    datasetReference: { projectId, datasetId },
    etag: `${entry.modified}`,
    ...entry.properties,
    creationTime: String(entry.created),
    lastModifiedTime: String(entry.modified),
  };
}
