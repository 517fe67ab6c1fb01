import { describeError } from '../../functions/runtime/errors.ts';
import { everyClient } from '../../functions/runtime/clients/every.ts';
import { openServices, type Services } from '../../functions/runtime/services.ts';
import type { RunStatus } from '../../functions/ledger/status.ts';
import { scheduledRunId } from '../../pipelines/model/names.ts';
import type { Pipeline } from '../../pipelines/model/pipeline.ts';
import { readCatalog } from '../../pipelines/model/read.ts';
import { nextTick, tickAt } from '../../pipelines/model/tick.ts';
import { beforeFirstTick } from '../up/clock.ts';
import { type Session, withCloud } from '../up/session.ts';
import { localEnvironment } from '../up/variables.ts';
import { formatSeconds } from './format.ts';
import { type Proof, proveTables } from './proof.ts';
import { failedRun, formatReport, reportTables, unequalTable } from './report.ts';
import { describeEnd, watchRun } from './watch.ts';

export interface StartOptions {
  readonly data?: string;
  readonly json?: boolean;
}

type Say = (line: string) => void;

/** What the main job came to; `reason` is why it failed. */
interface Outcome {
  readonly runs: readonly RunStatus[];
  readonly proofs: readonly Proof[];
  readonly reason: string | undefined;
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
  const seconds = (): number => (Date.now() - started) / 1000;
  const say: Say = (line) => {
    (options.json ? process.stderr : process.stdout).write(`${line}\n`);
  };
  const { runs, proofs, reason } = await work(options, seconds, say).catch((error: unknown): Outcome => {
    return { runs: [], proofs: [], reason: describeError(error) };
  });
  const ok = reason === undefined;
  if (options.json) {
    const report = { ok, seconds: seconds(), tables: reportTables(runs, proofs), ...(ok ? {} : { reason }) };
    process.stdout.write(`${JSON.stringify(report)}\n`);
  } else if (proofs.length > 0) {
    say(formatReport(reportTables(runs, proofs), proofs));
  }
  if (ok) say(`Done in ${formatSeconds(seconds())} s: every final table equals its source.`);
  else process.stderr.write(`Failed: ${reason}\n`);
  return ok ? 0 : 1;
}

async function work(options: StartOptions, seconds: () => number, say: Say): Promise<Outcome> {
  const catalog = readCatalog(process.env['ALIR_PIPELINES'], process.env['ALIR_SCHEMAS']);
  const { pipelines } = catalog;
  say('Local cloud');
  const sessionOptions = {
    data: options.data,
    catalog,
    environment: localEnvironment,
    env: process.env,
    beginAt: (lastTick: Date | undefined) => beforeFirstTick(pipelines, lastTick),
    onProgress: (message: string) => {
      say(`  ${message}`);
    },
  };
  return await withCloud(sessionOptions, async (session) => {
    say(`  ready after ${formatSeconds(seconds())} s\n`);
    const services = openServices({ ...process.env, ...session.cloud.env }, everyClient);
    try {
      const runs = await tickEach(pipelines, session, services, say);
      const failed = failedRun(runs);
      const proofs = failed === undefined ? await proveTables(services) : [];
      return { runs, proofs, reason: failed ?? unequalTable(proofs, runs) };
    } finally {
      await services.close();
    }
  });
}

/** Moves the clock from tick to tick and waits for each run; stops at the first that fails. */
async function tickEach(
  pipelines: readonly Pipeline[],
  { cloud: { clock }, ended }: Session,
  services: Services,
  say: Say,
): Promise<RunStatus[]> {
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
      ended,
      onProgress: (line) => {
        say(`  ${line}`);
      },
    });
    say(`  ${describeEnd(run)}\n`);
    runs.push(run);
    if (run.state !== 'succeeded') break;
  }
  return runs;
}
