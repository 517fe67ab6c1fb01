import * as gcp from '@pulumi/gcp';
import type * as pulumi from '@pulumi/pulumi';
import type { DatasetPlan, Plan, TablePlan } from '../pipelines/model/plan.ts';
import type { Identities } from './identities.ts';
import { find } from './lookup.ts';

/** Datasets, final tables, and the grants that jobs of the functions need. Staging tables are the functions' own. */
export function createWarehouse(plan: Plan, { functions }: Identities): pulumi.Resource[] {
  const { projectId, location } = plan.environment;
  const datasets = new Map(plan.datasets.map((planned) => [planned.name, createDataset(planned, location)]));
  const tables = plan.tables.map((planned) => createTable(planned, find(datasets, planned.dataset)));
  const mayEdit = [...datasets].map(
    ([name, dataset]) =>
      new gcp.bigquery.DatasetIamMember(`${name}-functions-edit`, {
        datasetId: dataset.datasetId,
        role: 'roles/bigquery.dataEditor',
        member: functions.member,
      }),
  );
  const mayRunJobs = new gcp.projects.IAMMember('functions-run-jobs', {
    project: projectId,
    role: 'roles/bigquery.jobUser',
    member: functions.member,
  });
  return [...tables, ...mayEdit, mayRunJobs];
}

function createDataset(planned: DatasetPlan, location: string): gcp.bigquery.Dataset {
  const expiration = planned.defaultTableExpirationSeconds;
  return new gcp.bigquery.Dataset(planned.name, {
    datasetId: planned.name,
    location,
    description: planned.description,
    ...(expiration === undefined ? {} : { defaultTableExpirationMs: expiration * 1000 }),
  });
}

function createTable(planned: TablePlan, dataset: gcp.bigquery.Dataset): gcp.bigquery.Table {
  const { partition, cluster } = planned;
  return new gcp.bigquery.Table(`${planned.dataset}.${planned.name}`, {
    datasetId: dataset.datasetId,
    tableId: planned.name,
    description: planned.description,
    schema: JSON.stringify(planned.columns),
    ...(partition ? { timePartitioning: { type: partition.by, field: partition.field } } : {}),
    ...(cluster.length > 0 ? { clusterings: [...cluster] } : {}),
    // A change that BigQuery cannot make in place would replace the table, and with it what people query.
    deletionProtection: true,
  });
}
