import { bucketName, slicePrefix } from '../../pipelines/model/names.ts';
import type { TableSpec } from '../../pipelines/model/pipeline.ts';
import { readShare, type RejectedShare } from '../ledger/rejections.ts';
import { replayedRuns } from '../ledger/replays.ts';
import type { TableRun } from '../ledger/runs.ts';
import { TerminalError } from '../runtime/errors.ts';
import type { Services } from '../runtime/services.ts';
import { rowsOfShare } from '../runtime/share.ts';
import { addressOf } from '../runtime/table.ts';

/**
 * Stops a table run of which more was rejected than its pipeline allows. Of all slices together, from what the ledger
 * has of them, before anything is loaded: so every delivery judges the same, and the cursor stays before the rows. A run
 * that reads rejected rows again may reject all of them: each was in quarantine before.
 * @throws TerminalError TOO_MANY_REJECTED
 */
export async function checkRejected(
  run: TableRun,
  { quarantine }: Pick<TableSpec, 'quarantine'>,
  { ledger, environment }: Pick<Services, 'ledger' | 'environment'>,
): Promise<void> {
  const share = await readShare(ledger, run);
  if (share.rejected <= allowedRows(quarantine, share.extracted)) return;
  if (await replayedRuns(ledger, run.runId)) return;
  const folder = `gs://${bucketName(environment.projectId, environment.name, 'quarantine')}/${slicePrefix(addressOf(run))}`;
  throw new TerminalError('TOO_MANY_REJECTED', describe(run, quarantine, share, folder));
}

/** The larger of both limits: a share of few rows says little, and a number of rows says little of many. */
export function allowedRows({ rows, share }: TableSpec['quarantine'], extracted: number): number {
  return Math.max(rows, rowsOfShare(share, extracted));
}

function describe(
  { runId, pipeline, table }: TableRun,
  { rows, share }: TableSpec['quarantine'],
  { extracted, rejected, most }: RejectedShare,
  folder: string,
): string {
  const often = most ? `, most often (${most.rows}) by: ${most.rule}` : '';
  return [
    `${pipeline}/${table}: ${rejected} of ${extracted} rows break the contract${often}`,
    `At most ${allowedRows({ rows, share }, extracted)} may (quarantine: { rows: ${rows}, share: ${share} } of the table), so nothing was merged and the next run reads all of them again`,
    `Look at them (alir quarantine show ${runId}/${table}; ${folder}), mend the rows or the contract, or raise the limit; then alir run ${pipeline} --table ${table}`,
  ].join('. ');
}
