import type { TableSpec } from '../../pipelines/model/pipeline.ts';
import { readCursor } from '../ledger/cursors.ts';
import type { Queryable } from '../ledger/queryable.ts';
import { countRejected, type RejectedBounds } from '../ledger/replays.ts';
import type { TableRun } from '../ledger/runs.ts';
import { TerminalError } from '../runtime/errors.ts';

/** What a run reads that reads rejected rows again, in the words of every other run. */
interface PlannedReplay {
  readonly cursorFrom: string;
  readonly cursorTo: string;
  readonly target?: string;
  readonly slices: readonly RejectedBounds[];
}

/**
 * Cuts the rejected rows of some runs into slices. Two versions of a row must not be in two slices, so they are cut by
 * key and not by run. The cursor ends where it is, for these rows are behind it, and stays that of the final table that
 * it belongs to; the lease keeps others from moving it meanwhile.
 * @throws TerminalError STATE_UNEXPECTED when there is no cursor: then the next run reads everything
 */
export async function planReplay(
  { pipeline, table }: TableRun,
  runs: readonly string[],
  spec: Pick<TableSpec, 'slice'>,
  ledger: Queryable,
): Promise<PlannedReplay> {
  const cursor = await readCursor(ledger, pipeline, table);
  if (!cursor) {
    const message = `${pipeline}/${table} has no cursor, so its next run reads every row anyway: alir run ${pipeline} --table ${table}`;
    throw new TerminalError('STATE_UNEXPECTED', message);
  }
  const of = Math.max(1, Math.ceil((await countRejected(ledger, runs, table)) / spec.slice.rows));
  return {
    cursorFrom: cursor.value,
    cursorTo: cursor.value,
    ...(cursor.target === undefined ? {} : { target: cursor.target }),
    slices: Array.from({ length: of }, (_, part) => ({ rejectedBy: runs, part, of })),
  };
}
