import { randomBytes } from 'node:crypto';
import { encodeMessageData, type TickMessage } from '../../functions/messages/messages.ts';
import { manualRunId, topicName } from '../../pipelines/model/names.ts';
import { isMovePipeline, type Pipeline } from '../../pipelines/model/pipeline.ts';
import { findPipeline } from '../../pipelines/model/read.ts';
import { connect } from './environment.ts';
import { describeEnd, watchRun } from './watch.ts';

export interface RunOptions {
  readonly table?: readonly string[];
  readonly wait?: boolean;
}

const STALL_MS = 600_000;

/** Triggers a pipeline now, as a run of its own. @returns the process's exit code */
export async function run(name: string, options: RunOptions): Promise<number> {
  const services = connect();
  try {
    const pipeline = findPipeline(services.catalog, name);
    const tables = resolveTables(pipeline, options.table ?? []);
    const manual = { id: randomBytes(4).toString('hex'), at: new Date().toISOString() };
    const message: TickMessage = {
      v: 1,
      kind: 'tick',
      pipeline: name,
      manual,
      ...(tables.length > 0 ? { tables } : {}),
    };
    const topic = topicName(services.environment.name, isMovePipeline(pipeline) ? 'extract' : 'generate');
    await (await services.publisher()).publish(topic, encodeMessageData(message));
    const runId = manualRunId(name, new Date(manual.at), manual.id);
    process.stdout.write(`${runId}\n`);
    if (!options.wait) return 0;
    const onProgress = (line: string): void => {
      process.stdout.write(`  ${line}\n`);
    };
    const done = await watchRun(services.ledger, runId, { stallMs: STALL_MS, onProgress });
    process.stdout.write(`${describeEnd(done)}\n`);
    return done.state === 'failed' ? 1 : 0;
  } finally {
    await services.close();
  }
}

/** Tables may be named as in the source or as in the dataset. @throws Error naming the ones there are */
function resolveTables(pipeline: Pipeline, wanted: readonly string[]): string[] {
  const tables = isMovePipeline(pipeline) ? pipeline.tables : [];
  return wanted.map((table) => {
    const found = tables.find((one) => one.destination === table || one.source === table);
    if (found) return found.destination;
    const names = tables.map((one) => one.destination).join(', ') || 'none';
    throw new Error(`pipeline ${pipeline.pipeline} has no table "${table}"; it has: ${names}`);
  });
}
