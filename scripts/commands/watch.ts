import type { Ledger } from '../../functions/ledger/ledger.ts';
import { readRun, type RunStatus, type TableStatus } from '../../functions/ledger/status.ts';
import { formatSeconds } from './format.ts';

const POLL_MS = 50;

export interface WatchOptions {
  /** Called with one line whenever a table reaches another state. */
  readonly onProgress?: (line: string) => void;
  /** Give up when nothing has changed, and no function was at work, for this long. */
  readonly stallMs: number;
  /** Ends the watch with an error when it resolves. */
  readonly ended?: Promise<Error | string>;
}

/** Waits until a run is over. @throws Error when it stalls, or when a part of the cloud dies */
export async function watchRun(ledger: Ledger, runId: string, options: WatchOptions): Promise<RunStatus> {
  let end: Error | undefined;
  void options.ended?.then((reason) => {
    end = typeof reason === 'string' ? new Error(reason) : reason;
  });
  const seen = new Map<string, string>();
  let changed = Date.now();
  let last: RunStatus | undefined;
  for (;;) {
    if (end) throw end;
    // While Postgres is away the run is not over; the stall limit covers that too.
    last = (await readRun(ledger, runId).catch(() => undefined)) ?? last;
    if (last?.working) changed = Date.now();
    for (const table of last?.tables ?? []) {
      if (seen.get(table.table) === table.state) continue;
      seen.set(table.table, table.state);
      changed = Date.now();
      options.onProgress?.(describeTable(table));
    }
    if (last && last.state !== 'running') return last;
    if (Date.now() - changed > options.stallMs) {
      const where = last
        ? last.tables.map((table) => `${table.table} is ${table.state}`).join(', ')
        : 'it has not begun';
      throw new Error(`${runId} has made no progress for ${options.stallMs / 1000} s: ${where}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** `succeeded in 0.29 s 25 books, …`, or why it did not. */
export function describeEnd(run: RunStatus): string {
  return `${run.state} in ${formatSeconds(run.seconds)} s ${describeOutcome(run)}`.trimEnd();
}

/** Why a run failed or was skipped, or what it did if it has no tables. */
export function describeOutcome({ reason, result }: RunStatus): string {
  const counts = Object.entries(result ?? {}).map(([what, count]) => `${count} ${what}`);
  return reason ?? counts.join(', ');
}

function describeTable({ table, state, extracted, loaded, merged, reason }: TableStatus): string {
  const rows = merged ?? loaded ?? extracted;
  const count = rows === undefined ? '' : `${rows.toLocaleString('en-US')} rows`;
  return `${table.padEnd(12)} ${state.padEnd(10)} ${reason ?? count}`.trimEnd();
}
