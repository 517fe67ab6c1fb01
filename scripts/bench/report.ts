import { cpus, loadavg, totalmem } from 'node:os';
import { formatTable } from '../commands/format.ts';
import type { Outcome } from './rounds.ts';

/** One comparison: its first outcome is what the others are measured by. */
export interface Section {
  readonly title: string;
  /** What the ratios of its last columns mean, and what else is to be known. */
  readonly note: string;
  readonly outcomes: readonly Outcome[];
}

export interface Report {
  readonly machine: Readonly<Record<string, string | number>>;
  readonly table: string;
  readonly rows: number;
  readonly rounds: number;
  readonly sections: readonly Section[];
}

/** What the figures depend on; the load is that of the minute before, so it says what else ran. */
export function describeMachine(versions: Readonly<Record<string, string>>): Record<string, string | number> {
  const [cpu] = cpus();
  return {
    cpus: cpus().length,
    cpu: cpu?.model.trim() ?? 'unknown',
    memoryGb: Math.round(totalmem() / 2 ** 30),
    load: (loadavg()[0] ?? 0).toFixed(1),
    node: process.version,
    ...versions,
  };
}

export function formatReport({ machine, table, rows, rounds, sections }: Report): string {
  const head = `${table}, ${rows.toLocaleString('en-US')} rows; medians of ${rounds}, peaks are the highest of them`;
  const what = Object.entries(machine).map(([name, value]) => `${name} ${value}`);
  return [head, what.join(', '), ...sections.map(formatSection)].join('\n\n');
}

function formatSection({ title, note, outcomes }: Section): string {
  const rivals = outcomes.some(({ ofRival }) => ofRival !== undefined);
  const header = [
    '',
    'seconds',
    'k rows/s',
    '× first',
    ...(rivals ? ['× rival'] : []),
    'process s',
    'CPU s',
    'peak MB',
    'MB',
  ];
  const rows = outcomes.map((one) => [
    one.way,
    one.seconds.toFixed(2),
    String(Math.round(one.rowsPerSecond / 1000)),
    one.ofFirst.toFixed(2),
    ...(rivals ? [one.ofRival?.toFixed(2)] : []),
    one.processSeconds.toFixed(2),
    orNothing(one.cpuSeconds, 2),
    orNothing(one.peakMb, 0),
    orNothing(one.bytes / 1e6, 1),
  ]);
  return `${title}: ${note}\n\n${formatTable(header, rows)}`;
}

/** psql does not say. */
function orNothing(value: number, digits: number): string | undefined {
  return value === 0 ? undefined : value.toFixed(digits);
}
