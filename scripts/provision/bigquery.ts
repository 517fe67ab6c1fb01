import { planFinalDataset } from '../../pipelines/model/datasets.ts';
import type { Plan } from '../../pipelines/model/resources.ts';
import { openWarehouse } from '../../functions/gcp/bigquery.ts';
import { ensureDataset, ensureTable } from '../../functions/warehouse/tables.ts';

/** Creates the datasets and final tables that are missing; what is there is left alone. */
export async function applyBigQuery(plan: Plan, env: Readonly<Record<string, string | undefined>>): Promise<void> {
  const warehouse = openWarehouse(plan.environment.projectId, plan.environment.location, env);
  await Promise.all(plan.datasets.map(async (dataset) => await ensureDataset(warehouse, dataset)));
  await Promise.all(
    plan.tables.map(async (table) => await ensureTable(warehouse, table, planFinalDataset(table.dataset))),
  );
}
