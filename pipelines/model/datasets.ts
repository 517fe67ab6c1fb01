import { bigQueryColumns } from '../../schemas/bigquery.ts';
import type { Contract } from '../../schemas/contract.ts';
import { deletedColumn } from './plan-deletes.ts';
import { datasetName, labels, stagingDataset } from './names.ts';
import type { EventPipeline, MovePipeline, TableSpec } from './pipeline.ts';
import type { Catalog } from './read.ts';
import type { DatasetPlan, Environment, TablePlan } from './resources.ts';

const DAY_SECONDS = 86_400;
const STAGING_DAYS = 3;

/** The final dataset of every dataset that pipelines name, and the staging dataset of those that are moved to. */
export function planDatasets(
  environment: Environment,
  moves: readonly MovePipeline[],
  events: readonly EventPipeline[] = [],
): DatasetPlan[] {
  const writers = [
    ...moves.map(({ pipeline, dataset }) => ({ pipeline, dataset, stages: true })),
    ...events.map(({ pipeline, events: { dataset } }) => ({ pipeline, dataset, stages: false })),
  ];
  return [...new Set(writers.map(({ dataset }) => dataset))].flatMap((dataset) => {
    const name = datasetName(environment, dataset);
    const owners = writers.filter((writer) => writer.dataset === dataset);
    // What several pipelines share is on nobody's bill.
    const owner = owners.length === 1 ? owners[0]?.pipeline : undefined;
    const labelled = labels(environment.name, owner);
    const staged = owners.some(({ stages }) => stages);
    return [planFinalDataset(name, labelled), ...(staged ? [planStagingDataset(name, labelled)] : [])];
  });
}

export function planFinalDataset(name: string, labelled: DatasetPlan['labels'] = {}): DatasetPlan {
  return { name, description: 'Final tables.', labels: labelled };
}

/** Staging tables expire, so nobody has to clean up after a run that failed. */
export function planStagingDataset(name: string, labelled: DatasetPlan['labels'] = {}): DatasetPlan {
  return {
    name: stagingDataset(name),
    description: `Staging tables of ${name}, one per table run.`,
    labels: labelled,
    defaultTableExpirationSeconds: STAGING_DAYS * DAY_SECONDS,
  };
}

/** The final table of one table of a pipeline. @throws Error when the catalog lacks its contract */
export function planTable(
  catalog: Catalog,
  environment: Environment,
  pipeline: MovePipeline,
  table: TableSpec,
): TablePlan {
  const contract = contractOf(catalog, pipeline.pipeline, table.contract);
  const deleted = deletedColumn(table);
  return {
    dataset: datasetName(environment, pipeline.dataset),
    name: table.destination,
    description: contract.doc,
    columns: [...bigQueryColumns(contract), ...(deleted ? [deleted] : [])],
    labels: labels(environment.name, pipeline.pipeline),
    cluster: table.cluster ?? [],
    ...partitionPlan(table.partition),
  };
}

/** @throws Error when the catalog lacks the contract */
export function contractOf(catalog: Catalog, pipeline: string, id: string): Contract {
  const contract = catalog.contracts.get(id);
  if (!contract) throw new Error(`pipeline ${pipeline}: contract ${id} is not in the catalog`);
  return contract;
}

/** A declared partition as the plan has it; nothing when there is none. */
export function partitionPlan(
  declared: Pick<NonNullable<TableSpec['partition']>, 'field' | 'by'> | undefined,
): Pick<TablePlan, 'partition'> {
  if (!declared) return {};
  const { field, by } = declared;
  return { partition: { field, by: by.toUpperCase() as Uppercase<typeof by> } };
}
