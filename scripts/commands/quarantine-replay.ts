import { type RejectingRun, readRejecting } from '../../functions/ledger/rejections.ts';
import type { Services } from '../../functions/runtime/services.ts';
import { isMovePipeline } from '../../pipelines/model/pipeline.ts';
import { findPipeline } from '../../pipelines/model/read.ts';
import { connect } from './environment.ts';
import { describeFate, fateOf } from './quarantine.ts';
import { follow, resolveTables, trigger } from './trigger.ts';

export interface QuarantineReplayOptions {
  readonly pipeline: string;
  readonly table: string;
  readonly run?: string;
  readonly again?: boolean;
  readonly dryRun?: boolean;
  readonly wait?: boolean;
}

/** As many as one message names; the next call takes the rest. */
const RUNS_AT_MOST = 1000;

/**
 * Reads rejected rows again, by their keys, as they are in the source now, and takes them through the whole chain. The
 * cursor stays where it is. @returns the process's exit code
 */
export async function replayQuarantined(options: QuarantineReplayOptions): Promise<number> {
  const services = connect();
  try {
    const pipeline = findPipeline(services.catalog, options.pipeline);
    if (!isMovePipeline(pipeline)) throw new Error(`pipeline ${options.pipeline} generates; it has no quarantine`);
    const [table = ''] = resolveTables(pipeline, [options.table]);
    const runs = await choose({ ...options, table }, services);
    const rows = runs.reduce((sum, { rejected }) => sum + rejected, 0);
    const what = `${rows} rejected ${rows === 1 ? 'row' : 'rows'} of ${runs.map(({ runId }) => runId).join(', ')}`;
    if (runs.length === 0) {
      process.stdout.write(`nothing of ${options.pipeline}/${table} waits in quarantine\n`);
      return 0;
    }
    if (options.dryRun) {
      process.stdout.write(`would run ${options.pipeline}: ${table}, ${what}\n`);
      return 0;
    }
    const runId = await trigger(services, { pipeline, tables: [table], rejectedBy: runs.map((one) => one.runId) });
    process.stdout.write(`${runId}: ${what}\n`);
    if (!options.wait) return 0;
    const code = await follow(services, runId);
    const [first] = code === 0 ? await readRejecting(services.ledger, { table, runId: runs[0]?.runId }) : [];
    if (first) process.stdout.write(`${first.runId}/${table}: ${describeFate(first)}\n`);
    return code;
  } finally {
    await services.close();
  }
}

/** The runs whose rows wait; or the one that is named. @throws Error when there is nothing to read again of that one */
async function choose(
  { pipeline, table, run: runId, again }: QuarantineReplayOptions,
  { ledger }: Services,
): Promise<RejectingRun[]> {
  const runs = await readRejecting(ledger, { pipeline, table, runId });
  if (runId === undefined) {
    const wanted = runs.filter((one) => fateOf(one) === 'waiting' || (again && fateOf(one) === 'replayed'));
    return wanted.slice(0, RUNS_AT_MOST);
  }
  const [run] = runs;
  if (!run)
    throw new Error(`run ${runId} has no rejected rows of ${pipeline}/${table}; alir quarantine lists those that have`);
  if (fateOf(run) === 'waiting' || (again && fateOf(run) === 'replayed')) return runs;
  const hint = fateOf(run) === 'replayed' ? '; --again does it once more' : '';
  throw new Error(`${runId}/${table}: ${describeFate(run)}${hint}`);
}
