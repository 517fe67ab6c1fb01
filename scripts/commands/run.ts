import { tablesWithDeletes } from '../../functions/deletes/table.ts';
import { isMovePipeline, type Pipeline } from '../../pipelines/model/pipeline.ts';
import { findPipeline } from '../../pipelines/model/read.ts';
import { connect } from './environment.ts';
import { follow, resolveTables, trigger, type Wanted } from './trigger.ts';

export interface RunOptions {
  readonly table?: readonly string[];
  readonly wait?: boolean;
  readonly deletes?: boolean;
  /** A share, 0 to 1. */
  readonly accept?: number;
}

/** Triggers a pipeline now, as a run of its own. @returns the process's exit code */
export async function run(name: string, options: RunOptions): Promise<number> {
  const services = connect();
  try {
    const runId = await trigger(services, whatIsWanted(findPipeline(services.catalog, name), options));
    process.stdout.write(`${runId}\n`);
    return options.wait ? await follow(services, runId) : 0;
  } finally {
    await services.close();
  }
}

/** @throws Error when the pipeline cannot do it */
export function whatIsWanted(pipeline: Pipeline, { table = [], deletes, accept }: RunOptions): Wanted {
  const tables = resolveTables(pipeline, table);
  if (!deletes) {
    if (accept !== undefined) throw new Error('--accept says how many rows --deletes may let go; write both, or none');
    return { pipeline, tables };
  }
  if (!isMovePipeline(pipeline)) {
    throw new Error(`pipeline ${pipeline.pipeline} generates; it has no tables that rows could be gone from`);
  }
  const named = tablesWithDeletes(pipeline, tables.length > 0 ? tables : undefined);
  return { pipeline, tables: named, deletes: accept === undefined ? {} : { accept } };
}
