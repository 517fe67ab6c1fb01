import { recordAudit, type TableRun } from '../ledger/runs.ts';
import { readShare } from '../ledger/rejections.ts';
import { TerminalError } from '../runtime/errors.ts';
import { billingOf } from '../runtime/report.ts';
import type { Services } from '../runtime/services.ts';
import { rowsOfShare } from '../runtime/share.ts';
import { type ResolvedTable, tablesOf } from '../runtime/table.ts';
import { goneQuery, goneStatement } from '../warehouse/gone.ts';
import { compileGone } from '../warehouse/sql.ts';
import { deletesOf } from './table.ts';

/** What is in the final table and no longer in the source. Counts are rows. */
interface Gone {
  readonly live: number;
  readonly gone: number;
  /** So many may go. */
  readonly allowed: number;
}

/**
 * A key that is in quarantine is missing from the set of keys, as if its row were gone.
 * @throws TerminalError TOO_MANY_REJECTED when there is one
 */
export async function checkKeys(run: TableRun, { ledger }: Pick<Services, 'ledger'>): Promise<void> {
  const { rejected, extracted, most } = await readShare(ledger, run);
  if (rejected === 0) return;
  const why = most ? `, most often by: ${most.rule}` : '';
  throw new TerminalError(
    'TOO_MANY_REJECTED',
    `${run.pipeline}/${run.table}: ${rejected} of ${extracted} keys cannot be read${why}. Their rows would seem to be gone, so nothing was deleted. Look at them (alir quarantine show ${run.runId}/${run.table}) and mend them`,
  );
}

/**
 * The statement that marks or deletes the rows of the final table whose key is not in staging.
 * @throws TerminalError TOO_MANY_DELETED, before anything is changed, when they are more than may go at once
 */
export async function deleteGone(
  run: TableRun,
  resolved: ResolvedTable,
  services: Services<'warehouse'>,
): Promise<string> {
  const names = tablesOf(services.environment, resolved, run.runId);
  const of = { key: resolved.spec.key, deletes: deletesOf(resolved), names };
  const warehouse = await services.warehouse();
  const [row = {}] = await warehouse.query(goneQuery(of), {}, billingOf(services, run, 'merge'));
  const share = run.deletes?.accept ?? of.deletes.at_most;
  const live = Number(row['live']);
  const found = { live, gone: Number(row['gone']), allowed: rowsOfShare(share, live) };
  await recordGone(run, found, services);
  if (found.gone > found.allowed) {
    throw new TerminalError('TOO_MANY_DELETED', describe(run, resolved, found, share));
  }
  return compileGone(goneStatement(of, run.encoded, run.tick));
}

/** For `alir status`, and for whoever watches. A call that comes after the statement finds nothing, and says nothing. */
async function recordGone(run: TableRun, { live, gone, allowed }: Gone, { ledger }: Services): Promise<void> {
  if (gone === 0) return;
  const met = gone <= allowed;
  await recordAudit(ledger, run, [
    { expectation: `rows_gone_to_be_at_most(${allowed})`, severity: 'error', met, total: live, unexpected: gone },
  ]);
}

function describe(
  { pipeline, table, encoded }: TableRun,
  { spec }: ResolvedTable,
  { live, gone, allowed }: Gone,
  share: number,
): string {
  const empty = encoded === 0 ? `, which reads as empty` : '';
  const accept = `${Math.ceil((gone / live) * 100)}%`;
  return [
    `${pipeline}/${table}: ${gone} of ${live} live rows are gone from the source, table ${spec.source}${empty}`,
    `At most ${allowed} may go at once (${share}), so nothing was deleted`,
    `See whether the source shows all of its rows to the user that reads it. If they are gone: alir run ${pipeline} --deletes --table ${table} --accept ${accept}, or a larger deletes: { at_most: … } of the table`,
  ].join('. ');
}
