import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';
import type { DatasetPlan, Plan, TablePlan } from '../pipelines/model/resources.ts';
import type { Apis } from './apis.ts';
import type { Identities } from './identities.ts';
import { find } from './lookup.ts';

const ROLES = { read: 'roles/bigquery.dataViewer', write: 'roles/bigquery.dataEditor' } as const;

interface Parts {
  readonly apis: Apis;
  readonly identities: Identities;
  readonly protect: boolean;
}

/** Datasets, final tables, and which function may do what there. Staging tables are the functions' own. */
export class Warehouse extends pulumi.ComponentResource {
  private readonly tables: ReadonlyMap<string, gcp.bigquery.Table>;

  constructor(plan: Plan, { apis, identities, protect }: Parts) {
    super('alir:infra:Warehouse', 'warehouse');
    const options = { parent: this, dependsOn: apis.need('bigquery'), protect };
    const datasets = new Map(
      plan.datasets.map((planned) => [
        planned.name,
        new gcp.bigquery.Dataset(planned.name, datasetArgs(planned, plan.environment.location, protect), options),
      ]),
    );
    this.tables = new Map(
      plan.tables.map((planned) => {
        const args = tableArgs(planned, find(datasets, planned.dataset).datasetId, protect);
        return [tableName(planned), new gcp.bigquery.Table(tableName(planned), args, options)];
      }),
    );
    for (const { name, entryPoint, access } of plan.functions) {
      const { member } = identities.function(name);
      for (const { dataset, may } of access.datasets) {
        new gcp.bigquery.DatasetIamMember(
          `${entryPoint}-${may}s-${dataset}`,
          { datasetId: find(datasets, dataset).datasetId, role: ROLES[may], member },
          { parent: this },
        );
      }
      if (access.runsJobs) this.mayRunJobs(plan.environment.projectId, entryPoint, member, apis);
    }
  }

  table(dataset: string, name: string): gcp.bigquery.Table {
    return find(this.tables, tableName({ dataset, name }));
  }

  /** A job belongs to the project; what it may read and write is granted above. */
  private mayRunJobs(project: string, entryPoint: string, member: pulumi.Output<string>, apis: Apis): void {
    new gcp.projects.IAMMember(
      `${entryPoint}-runs-jobs`,
      { project, role: 'roles/bigquery.jobUser', member },
      { parent: this, dependsOn: apis.need('cloudresourcemanager') },
    );
  }
}

function tableName({ dataset, name }: Pick<TablePlan, 'dataset' | 'name'>): string {
  return `${dataset}.${name}`;
}

function datasetArgs(planned: DatasetPlan, location: string, protect: boolean): gcp.bigquery.DatasetArgs {
  const expiration = planned.defaultTableExpirationSeconds;
  return {
    datasetId: planned.name,
    location,
    description: planned.description,
    labels: { ...planned.labels },
    deleteContentsOnDestroy: !protect,
    ...(expiration === undefined ? {} : { defaultTableExpirationMs: expiration * 1000 }),
  };
}

function tableArgs(planned: TablePlan, datasetId: pulumi.Output<string>, protect: boolean): gcp.bigquery.TableArgs {
  const { partition, cluster } = planned;
  return {
    datasetId,
    tableId: planned.name,
    description: planned.description,
    labels: { ...planned.labels },
    schema: JSON.stringify(planned.columns),
    ...(partition ? { timePartitioning: { type: partition.by, field: partition.field } } : {}),
    ...(cluster.length > 0 ? { clusterings: [...cluster] } : {}),
    // A change that BigQuery cannot make in place would replace the table, and with it what people query.
    deletionProtection: protect,
  };
}
