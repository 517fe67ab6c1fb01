import { randomBytes } from 'node:crypto';
import { encodeMessageData, type TickMessage } from '../../functions/messages/messages.ts';
import type { Services } from '../../functions/runtime/services.ts';
import { manualDeletesRunId, manualRunId, topicName } from '../../pipelines/model/names.ts';
import { isMovePipeline, type Pipeline } from '../../pipelines/model/pipeline.ts';
import { describeEnd, watchRun } from './watch.ts';

/** What a run that somebody asks for is to do. */
export interface Wanted {
  readonly pipeline: Pipeline;
  /** Destinations; all of them when there are none. */
  readonly tables?: readonly string[] | undefined;
  /** Runs whose rejected rows are to be read again, and nothing else. */
  readonly rejectedBy?: readonly string[] | undefined;
  /** Rows that are gone from the source are to be found, and nothing else. */
  readonly deletes?: TickMessage['deletes'];
}

/** The longest that nothing may happen before one who waits gives up. */
const STALL_MS = 600_000;

/** Triggers a run of its own. @returns its id */
export async function trigger(
  services: Pick<Services, 'environment' | 'publisher'>,
  { pipeline, tables = [], rejectedBy, deletes }: Wanted,
): Promise<string> {
  const manual = { id: randomBytes(4).toString('hex'), at: new Date().toISOString() };
  const message: TickMessage = {
    v: 1,
    kind: 'tick',
    pipeline: pipeline.pipeline,
    manual,
    ...(tables.length > 0 ? { tables: [...tables] } : {}),
    ...(rejectedBy ? { rejectedBy: [...rejectedBy] } : {}),
    ...(deletes ? { deletes } : {}),
  };
  const topic = topicName(services.environment.name, isMovePipeline(pipeline) ? 'extract' : 'generate');
  await (await services.publisher()).publish(topic, encodeMessageData(message));
  return (deletes ? manualDeletesRunId : manualRunId)(pipeline.pipeline, new Date(manual.at), manual.id);
}

/** Waits until the run is over, and tells of it. @returns the process's exit code */
export async function follow({ ledger }: Pick<Services, 'ledger'>, runId: string): Promise<number> {
  const onProgress = (line: string): void => {
    process.stdout.write(`  ${line}\n`);
  };
  const done = await watchRun(ledger, runId, { stallMs: STALL_MS, onProgress });
  process.stdout.write(`${describeEnd(done)}\n`);
  return done.state === 'failed' ? 1 : 0;
}

/** Tables may be named as in the source or as in the dataset. @throws Error naming the ones there are */
export function resolveTables(pipeline: Pipeline, wanted: readonly string[]): string[] {
  const tables = isMovePipeline(pipeline) ? pipeline.tables : [];
  return wanted.map((table) => {
    const found = tables.find((one) => one.destination === table || one.source === table);
    if (found) return found.destination;
    const names = tables.map((one) => one.destination).join(', ') || 'none';
    throw new Error(`pipeline ${pipeline.pipeline} has no table "${table}"; it has: ${names}`);
  });
}
