import { lazy } from '../lazy.ts';
import type { OpenClient } from '../services.ts';

/** BigQuery. Only the packages of functions that name it hold its client. */
export const warehouse: OpenClient<'warehouse'> = ({ projectId, location }, env) =>
  lazy(async () => {
    const { openWarehouse } = await import('../../gcp/bigquery.ts');
    return openWarehouse(projectId, location, env);
  });
