import type { Contract } from '../../schemas/contract.ts';
import { datasetName, type SliceAddress, stagingDataset, stagingTable } from '../../pipelines/model/names.ts';
import { isMovePipeline, type MovePipeline, type TableSpec } from '../../pipelines/model/pipeline.ts';
import type { Environment } from '../../pipelines/model/resources.ts';
import type { Catalog } from '../../pipelines/model/read.ts';
import type { TableRun } from '../ledger/runs.ts';
import type { TableName } from '../warehouse/sql.ts';
import { TerminalError } from './errors.ts';
import { requirePipeline } from './run.ts';

/** Everything that is fixed about a table once its pipeline and its name are known. */
export interface ResolvedTable {
  readonly pipeline: MovePipeline;
  readonly spec: TableSpec;
  readonly contract: Contract;
}

/** @param table the destination's name. @throws TerminalError PIPELINE_UNKNOWN */
export function resolveTable(catalog: Catalog, pipelineName: string, table: string): ResolvedTable {
  const pipeline = requireMovePipeline(catalog, pipelineName);
  const spec = pipeline.tables.find((candidate) => candidate.destination === table);
  const contract = spec && catalog.contracts.get(spec.contract);
  if (spec && contract) return { pipeline, spec, contract };
  const names = pipeline.tables.map((candidate) => candidate.destination);
  throw new TerminalError(
    'PIPELINE_UNKNOWN',
    `pipeline ${pipelineName} has no table "${table}"; it has: ${names.join(', ')}`,
  );
}

/** @throws TerminalError PIPELINE_UNKNOWN when there is none, or when it moves nothing */
export function requireMovePipeline(catalog: Catalog, name: string): MovePipeline {
  const pipeline = requirePipeline(catalog, name);
  if (isMovePipeline(pipeline)) return pipeline;
  throw new TerminalError('PIPELINE_UNKNOWN', `pipeline "${name}" generates; it has no tables to extract`);
}

/** How many slices of one table may be read at once: the pipeline's tables share what it allows its source. */
export function slicesAtOnce({ source, tables }: MovePipeline): number {
  return Math.max(1, Math.floor(source.parallel / tables.length));
}

export function addressOf(run: TableRun): SliceAddress {
  return { pipeline: run.pipeline, table: run.table, tick: run.tick, runId: run.runId };
}

/** The final table and this run's staging table. */
export function tablesOf(
  environment: Environment,
  { pipeline, spec }: ResolvedTable,
  runId: string,
): { target: TableName; staging: TableName } {
  const project = environment.projectId;
  const dataset = datasetName(environment, pipeline.dataset);
  return {
    target: { project, dataset, table: spec.destination },
    staging: { project, dataset: stagingDataset(dataset), table: stagingTable(spec.destination, runId) },
  };
}
