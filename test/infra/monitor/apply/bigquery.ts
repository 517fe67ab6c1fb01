import type { BigQuery, TableField } from '@google-cloud/bigquery';
import type { Resource } from '../graph.ts';
import { compact, take } from './inputs.ts';

interface Dataset {
  readonly datasetId: string;
  readonly location: string;
  readonly description?: string;
  readonly labels?: Record<string, string>;
  readonly defaultTableExpirationMs?: number;
  readonly maxTimeTravelHours?: string;
}

export async function applyDataset(client: BigQuery, resource: Resource): Promise<void> {
  const {
    datasetId,
    defaultTableExpirationMs: expiration,
    ...rest
  } = take<Dataset>(
    resource,
    ['datasetId', 'location', 'description', 'labels', 'defaultTableExpirationMs', 'maxTimeTravelHours'],
    ['deleteContentsOnDestroy'],
  );
  await client.createDataset(datasetId, {
    ...rest,
    ...(expiration === undefined ? {} : { defaultTableExpirationMs: String(expiration) }),
  });
}

interface Table {
  readonly datasetId: string;
  readonly tableId: string;
  readonly description?: string;
  readonly labels?: Record<string, string>;
  /** JSON, as the REST API's `schema.fields`. */
  readonly schema: string;
  readonly timePartitioning?: { readonly type: string; readonly field: string };
  readonly clusterings?: readonly string[];
}

export async function applyTable(client: BigQuery, resource: Resource): Promise<void> {
  const { datasetId, tableId, schema, clusterings, ...rest } = take<Table>(
    resource,
    ['datasetId', 'tableId', 'description', 'labels', 'schema', 'timePartitioning', 'clusterings'],
    ['deletionProtection'],
  );
  await client.dataset(datasetId).createTable(tableId, {
    ...rest,
    schema: { fields: JSON.parse(schema) as TableField[] },
    ...compact({ clustering: clusterings && { fields: [...clusterings] } }),
  });
}
