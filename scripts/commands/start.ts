import { describeError } from '../../functions/runtime/errors.ts';
import { openServices, type Services } from '../../functions/runtime/services.ts';
import type { RunStatus, TableStatus } from '../../functions/ledger/status.ts';
import { scheduledRunId } from '../../pipelines/model/names.ts';
import type { Pipeline } from '../../pipelines/model/pipeline.ts';
import { readCatalog } from '../../pipelines/model/read.ts';
import { nextTick, tickAt } from '../../pipelines/model/tick.ts';
import { beforeFirstTick } from '../up/clock.ts';
import { type Cloud, startCloud } from '../up/cloud.ts';
import { localEnvironment } from '../up/variables.ts';
import { takeFolder } from './folder.ts';
import { formatBytes, formatSeconds, formatTable } from './format.ts';
import { type Proof, proveTables } from './proof.ts';
import { watchRun } from './watch.ts';

export interface StartOptions {
  readonly data?: string;
  readonly json?: boolean;
}

/** One table of the report; the counts are rows. */
export interface TableReport {
  readonly pipeline: string;
  readonly table: string;
  readonly extracted: number;
  readonly encoded: number;
  readonly quarantined: number;
  readonly loaded: number;
  readonly merged: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly sourceRows: number;
  readonly finalRows: number;
  readonly checksumsEqual: boolean;
}

/** The longest that nothing may happen before the main job gives up. */
const STALL_MS = 90_000;

/**
 * The main job: brings the local cloud up, lets every pipeline tick once, in the order of their schedules and beginning
 * with the generators, and proves that what arrived equals the source.
 * @returns the process's exit code
 */
export async function start(options: StartOptions): Promise<number> {
  const started = Date.now();
  const seconds = (): number => Math.round(Date.now() - started) / 1000;
  const say = (line: string): void => {
    (options.json ? process.stderr : process.stdout).write(`${line}\n`);
  };
  const folder = takeFolder(options.data);
  let cloud: Cloud | undefined;
  let runs: RunStatus[] = [];
  let proofs: Proof[] = [];
  let reason: string | undefined;
  const interrupted = new Promise<Error>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => {
        resolve(new Error(`ended by ${signal}`));
      });
  });
  try {
    const catalog = readCatalog();
    const { pipelines } = catalog;
    const starting = startCloud({
      catalog,
      environment: localEnvironment,
      folder: folder.path,
      keep: folder.keep,
      env: process.env,
      beginAt: (lastTick) => beforeFirstTick(pipelines, lastTick),
      onProgress: (message) => {
        say(`  ${message}`);
      },
    });
    say('Local cloud');
    cloud = await orFail(starting, interrupted);
    say(`  ready after ${formatSeconds(seconds())} s\n`);
    const services = openServices({ ...process.env, ...cloud.env });
    try {
      runs = await tickEach(pipelines, cloud, services, interrupted, say);
      reason = failedRun(runs);
      if (reason === undefined) proofs = await proveTables(services);
      reason ??= unequalTable(proofs);
    } finally {
      await services.close();
    }
  } catch (error) {
    reason = describeError(error);
  } finally {
    await cloud?.stop();
    folder.release();
  }
  const tables = reportTables(runs, proofs);
  if (options.json) {
    const report = {
      ok: reason === undefined,
      seconds: seconds(),
      tables,
      ...(reason === undefined ? {} : { reason }),
    };
    process.stdout.write(`${JSON.stringify(report)}\n`);
  } else {
    if (proofs.length > 0) say(formatReport(tables, proofs));
    say(
      reason === undefined
        ? `Done in ${formatSeconds(seconds())} s: every final table equals its source.`
        : `Failed: ${reason}`,
    );
  }
  if (reason !== undefined && options.json) process.stderr.write(`Failed: ${reason}\n`);
  return reason === undefined ? 0 : 1;
}

async function tickEach(
  pipelines: readonly Pipeline[],
  cloud: Cloud,
  services: Services,
  interrupted: Promise<Error>,
  say: (line: string) => void,
): Promise<RunStatus[]> {
  const { clock } = cloud;
  const due = pipelines
    .map((pipeline) => ({ pipeline, tick: nextTick(pipeline.schedule, pipeline.timezone, clock.now()) }))
    .sort((a, b) => a.tick.getTime() - b.tick.getTime());
  const runs: RunStatus[] = [];
  for (const { pipeline, tick } of due) {
    say(`${pipeline.pipeline}: the clock moves to ${tick.toISOString()}, and Cloud Scheduler fires`);
    await clock.advance(tick);
    // The official Pub/Sub emulator stamps real time, and the run is that of the real tick.
    const stamped = clock.stampsMessages ? tick : tickAt(pipeline.schedule, pipeline.timezone, new Date());
    const run = await watchRun(services.ledger, scheduledRunId(pipeline.pipeline, stamped), {
      stallMs: STALL_MS,
      died: Promise.race([cloud.died, interrupted]),
      onProgress: (line) => {
        say(`  ${line}`);
      },
    });
    const result = Object.entries(run.result ?? {}).map(([what, count]) => `${count} ${what}`);
    say(`  ${run.state} in ${formatSeconds(run.seconds)} s ${run.reason ?? result.join(', ')}`.trimEnd() + '\n');
    runs.push(run);
    if (run.state !== 'succeeded') break;
  }
  return runs;
}

function failedRun(runs: readonly RunStatus[]): string | undefined {
  const failed = runs.find((run) => run.state !== 'succeeded');
  return failed && `${failed.runId} ${failed.state}: ${failed.reason ?? 'no reason was recorded'}`;
}

function unequalTable(proofs: readonly Proof[]): string | undefined {
  const unequal = proofs.find((proof) => !proof.checksumsEqual);
  if (!unequal) return undefined;
  const { pipeline, table, sourceRows, finalRows, sourceChecksum, finalChecksum } = unequal;
  return `${pipeline}/${table} differs from its source: ${sourceRows} rows (${sourceChecksum}) there, ${finalRows} (${finalChecksum}) here`;
}

function reportTables(runs: readonly RunStatus[], proofs: readonly Proof[]): TableReport[] {
  return runs.flatMap((run) =>
    run.tables.map((table: TableStatus) => {
      const proof = proofs.find((one) => one.pipeline === run.pipeline && one.table === table.table);
      return {
        pipeline: run.pipeline,
        table: table.table,
        extracted: table.extracted ?? 0,
        encoded: table.encoded ?? 0,
        quarantined: table.quarantined ?? 0,
        loaded: table.loaded ?? 0,
        merged: table.merged ?? 0,
        bytes: table.bytes ?? 0,
        seconds: table.seconds,
        sourceRows: proof?.sourceRows ?? 0,
        finalRows: proof?.finalRows ?? 0,
        checksumsEqual: proof?.checksumsEqual ?? false,
      };
    }),
  );
}

function formatReport(tables: readonly TableReport[], proofs: readonly Proof[]): string {
  const moved = formatTable(
    ['pipeline', 'table', 'extracted', 'encoded', 'quarantined', 'loaded', 'merged', 'bytes', 'seconds'],
    tables.map((t) => [
      ...[t.pipeline, t.table, t.extracted, t.encoded, t.quarantined, t.loaded, t.merged],
      ...[formatBytes(t.bytes), formatSeconds(t.seconds)],
    ]),
  );
  const proved = formatTable(
    ['table', 'source rows', 'final rows', 'source checksum', 'final checksum', 'equal'],
    proofs.map((p) => [
      p.table,
      p.sourceRows,
      p.finalRows,
      p.sourceChecksum,
      p.finalChecksum,
      p.checksumsEqual ? 'yes' : 'NO',
    ]),
  );
  return `What moved\n\n${moved}\n\nWhat arrived, against the source\n\n${proved}\n`;
}

/** The work, or the failure that comes before it is done. */
async function orFail<T>(work: Promise<T>, failure: Promise<Error>): Promise<T> {
  return await Promise.race([
    work,
    failure.then((error) => {
      throw error;
    }),
  ]);
}
