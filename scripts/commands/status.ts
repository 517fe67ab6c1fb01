import { readDeadLetters } from '../../functions/ledger/dead-letters.ts';
import { type FailureStatus, readRun, readRuns, type RunStatus } from '../../functions/ledger/status.ts';
import { adviceOn } from '../../functions/runtime/advice.ts';
import { connect } from './environment.ts';
import { formatBytes, formatSeconds, formatTable } from './format.ts';
import { describeOutcome } from './watch.ts';

export interface StatusOptions {
  readonly limit: number;
  readonly json?: boolean;
}

/** Prints the newest runs, or one run with its tables. @returns the process's exit code */
export async function status(runId: string | undefined, options: StatusOptions): Promise<number> {
  const services = connect();
  try {
    const runs =
      runId === undefined ? await readRuns(services.ledger, options.limit) : [await readRun(services.ledger, runId)];
    const found = runs.filter((run) => run !== undefined);
    if (runId !== undefined && found.length === 0)
      throw new Error(`the ledger has no run "${runId}"; alir status lists the newest`);
    if (options.json) {
      process.stdout.write(`${JSON.stringify(runId === undefined ? found : found[0])}\n`);
      return 0;
    }
    const [first] = found;
    const text = runId !== undefined && first ? describeRun(first) : describeRuns(found);
    const dead = await readDeadLetters(services.ledger);
    const letters = dead.count === 0 ? '' : `\n${dead.count} dead letters, the newest: ${dead.newest ?? ''}\n`;
    process.stdout.write(`${text}\n${letters}`);
    return 0;
  } finally {
    await services.close();
  }
}

function describeRuns(runs: readonly RunStatus[]): string {
  if (runs.length === 0) return 'nothing has run yet';
  const sum = (run: RunStatus): number | undefined =>
    run.tables.length === 0 ? undefined : run.tables.reduce((total, table) => total + (table.merged ?? 0), 0);
  return formatTable(
    ['run', 'tick', 'state', 'merged', 'seconds', 'error', 'reason'],
    runs.map((run) => [
      ...[run.runId, run.tick, run.state, sum(run), formatSeconds(run.seconds)],
      ...[describeFailure(run.failure), describeOutcome(run)],
    ]),
  );
}

function describeRun(run: RunStatus): string {
  const head = `${run.runId}: ${run.state} after ${formatSeconds(run.seconds)} s ${describeOutcome(run)}`.trimEnd();
  if (run.tables.length === 0) return [head, ...adviceFor([['', run.failure]])].join('\n\n');
  const tables = formatTable(
    [
      'table',
      'state',
      'extracted',
      'encoded',
      'quarantined',
      'loaded',
      'merged',
      'bytes',
      'seconds',
      'attempts',
      'cursor',
      'error',
      'reason',
    ],
    run.tables.map((t) => [
      ...[t.table, t.state, t.extracted, t.encoded, t.quarantined, t.loaded, t.merged],
      ...[t.bytes === undefined ? undefined : formatBytes(t.bytes), formatSeconds(t.seconds)],
      ...[t.attempts, `${t.cursorFrom ?? ''} → ${t.cursorTo ?? ''}`],
      // Of a table that goes on, the error that it is being tried again for.
      ...[describeFailure(t.failure ?? t.lastError), t.reason ?? t.lastError?.text],
    ]),
  );
  const audits = run.tables.flatMap((table) =>
    table.audit.map((one) => [
      table.table,
      one.expectation,
      one.met ? 'met' : `not met (${one.severity})`,
      one.unexpected,
      one.total,
    ]),
  );
  const audit =
    audits.length === 0 ? [] : [formatTable(['table', 'expectation', 'result', 'unexpected', 'of'], audits)];
  const jobs = run.tables.flatMap((t) =>
    [t.loadJob, t.mergeJob].some((job) => job !== undefined) ? [[t.table, t.loadJob, t.mergeJob]] : [],
  );
  const made = jobs.length === 0 ? [] : [formatTable(['table', 'load job', 'merge job'], jobs)];
  return [head, tables, ...audit, ...made, ...adviceFor(run.tables.map((t) => [t.table, t.failure]))].join('\n\n');
}

function describeFailure(failure: FailureStatus | undefined): string {
  return failure === undefined ? '' : `${failure.errorClass} ${failure.code}`;
}

/** What to do about failures, and whose turn it is; the same thing is said once. */
function adviceFor(failures: readonly (readonly [table: string, failure: FailureStatus | undefined])[]): string[] {
  const tables = new Map<FailureStatus['code'], string[]>();
  for (const [table, failure] of failures) {
    if (failure) tables.set(failure.code, [...(tables.get(failure.code) ?? []), table]);
  }
  if (tables.size === 0) return [];
  const lines = [...tables].map(([code, of]) => {
    const { whose, next } = adviceOn(code);
    return [code, whose, of.filter(Boolean).join(', '), next];
  });
  return [formatTable(['error', 'whose turn', 'table', 'what to do'], lines)];
}
