import { type RejectingRun, readGroups, readRejecting } from '../../functions/ledger/rejections.ts';
import { isOver } from '../../functions/ledger/states.ts';
import type { Rejected } from '../../functions/quarantine/reasons.ts';
import { connect } from './environment.ts';
import { checkNames, describeFilter, type Filter } from './filter.ts';
import { formatTable } from './format.ts';

export interface QuarantineOptions extends Filter {
  readonly run?: string;
  readonly limit: number;
  readonly json?: boolean;
}

/** What becomes of rows that a run rejected. */
export type Fate =
  | 'running' // the run is not over
  | 'not passed' // it failed: the cursor is before the rows, and the next run reads them
  | 'waiting' // the cursor has passed them
  | 'replaying'
  | 'replayed';

interface Entry extends RejectingRun {
  readonly fate: Fate;
  readonly reasons: readonly Rejected[];
}

/** Lists the table runs that rejected rows, the newest first. @returns the process's exit code */
export async function quarantine(options: QuarantineOptions): Promise<number> {
  const services = connect();
  try {
    const all = await readRejecting(services.ledger, { ...options, runId: options.run });
    if (all.length === 0) checkNames(services.catalog, options);
    const entries = await Promise.all(
      all.slice(0, options.limit).map(async (one): Promise<Entry> => {
        return { ...one, fate: fateOf(one), reasons: await readGroups(services.ledger, one) };
      }),
    );
    process.stdout.write(`${options.json ? JSON.stringify(entries) : describeAll(entries, all.length, options)}\n`);
    return 0;
  } finally {
    await services.close();
  }
}

export function fateOf({ state, replay }: RejectingRun): Fate {
  if (!isOver(state)) return 'running';
  if (state !== 'succeeded') return 'not passed';
  if (!replay) return 'waiting';
  return replay.state === 'succeeded' ? 'replayed' : 'replaying';
}

function describeAll(entries: readonly Entry[], count: number, filter: QuarantineOptions): string {
  if (entries.length === 0) {
    const run = filter.run === undefined ? '' : ` of run ${filter.run}`;
    return `nothing in quarantine${run}${describeFilter(filter)}: every row fitted its contract`;
  }
  const table = formatTable(
    ['run/table', 'tick', 'rows', 'state'],
    entries.map((one) => [`${one.runId}/${one.table}`, one.tick, one.rejected, describeFate(one)]),
  );
  const reasons = entries.map((one) => `${one.runId}/${one.table}\n${describeReasons(one.reasons)}`);
  const rest = count > entries.length ? `\n… and ${count - entries.length} older ones: --limit, --since` : '';
  const waiting = entries.find(({ fate }) => fate === 'waiting');
  const next = waiting
    ? `\n\nThe rows: alir quarantine show <run>/<table>. Once they or their contract are mended: alir quarantine replay --pipeline ${waiting.pipeline} --table ${waiting.table}`
    : '';
  return `${table}${rest}\n\n${reasons.join('\n\n')}${next}`;
}

/** For people, e.g. `replayed by library-…: 3 of 3 came through`. */
export function describeFate(run: RejectingRun): string {
  const { replay } = run;
  switch (fateOf(run)) {
    case 'running':
      return 'its run goes on';
    case 'not passed':
      return run.isReplay
        ? `its run ${run.state}, and they wait under the runs that it read again`
        : `its run ${run.state}, so the next one reads them again`;
    case 'waiting':
      return 'waiting';
    case 'replaying':
      return `being replayed by ${replay?.runId ?? ''}`;
    case 'replayed': {
      const { rows = 0, gone = 0, rejected = 0, runId = '' } = replay ?? {};
      const lost = [
        ...(gone === 0 ? [] : [`${gone} no longer in the source`]),
        ...(rejected === 0 ? [] : [`${rejected} rejected again`]),
      ];
      return [`replayed by ${runId}: ${rows - gone - rejected} of ${rows} came through`, ...lost].join(', ');
    }
  }
}

function describeReasons(reasons: readonly Rejected[]): string {
  if (reasons.length === 0) return '  reasons were not counted yet when it ran; the rows have them';
  return reasons
    .map(({ rule, rows, example }) => `  ${rows} × ${rule}${example === rule ? '' : `\n      e.g. ${example}`}`)
    .join('\n');
}
