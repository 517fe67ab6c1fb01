import { findPipeline } from '../../pipelines/model/read.ts';
import { connect } from './environment.ts';
import { follow, resolveTables, trigger } from './trigger.ts';

export interface RunOptions {
  readonly table?: readonly string[];
  readonly wait?: boolean;
}

/** Triggers a pipeline now, as a run of its own. @returns the process's exit code */
export async function run(name: string, options: RunOptions): Promise<number> {
  const services = connect();
  try {
    const pipeline = findPipeline(services.catalog, name);
    const runId = await trigger(services, { pipeline, tables: resolveTables(pipeline, options.table ?? []) });
    process.stdout.write(`${runId}\n`);
    return options.wait ? await follow(services, runId) : 0;
  } finally {
    await services.close();
  }
}
