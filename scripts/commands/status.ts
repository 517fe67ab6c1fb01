import { readDeadLetters } from '../../functions/ledger/dead-letters.ts';
import { readRun, readRuns, type RunStatus } from '../../functions/ledger/status.ts';
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
    ['run', 'tick', 'state', 'merged', 'seconds', 'reason'],
    runs.map((run) => [run.runId, run.tick, run.state, sum(run), formatSeconds(run.seconds), describeOutcome(run)]),
  );
}

function describeRun(run: RunStatus): string {
  const head = `${run.runId}: ${run.state} after ${formatSeconds(run.seconds)} s ${describeOutcome(run)}`.trimEnd();
  if (run.tables.length === 0) return head;
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
      'cursor',
      'reason',
    ],
    run.tables.map((t) => [
      ...[t.table, t.state, t.extracted, t.encoded, t.quarantined, t.loaded, t.merged],
      ...[t.bytes === undefined ? undefined : formatBytes(t.bytes), formatSeconds(t.seconds)],
      ...[`${t.cursorFrom ?? ''} → ${t.cursorTo ?? ''}`, t.reason],
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
    audits.length === 0 ? '' : `\n\n${formatTable(['table', 'expectation', 'result', 'unexpected', 'of'], audits)}`;
  return `${head}\n\n${tables}${audit}`;
}
