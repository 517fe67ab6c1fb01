import type { SliceBounds } from '../ledger/slices.ts';
import type { ResolvedTable } from '../runtime/table.ts';
import type { Settings } from '../runtime/settings.ts';
import { planSource } from '../sources/plan.ts';
import { BEGINNING } from '../sources/position.ts';
import { withReader } from '../sources/postgres.ts';
import { planSlices } from '../sources/slices.ts';
import { readFiles, type WithFiles } from './files.ts';
import { keysOf } from './table.ts';

/** What a run reads that looks for rows that are gone: every key. It has no cursor to move. */
interface PlannedKeys {
  readonly cursorFrom: typeof BEGINNING;
  readonly slices: readonly (SliceBounds & WithFiles)[];
}

/**
 * Cuts a table into slices as a first load does, and reads nothing but keys. **A key that was there from the moment the
 * slices were planned until the last one is read is in one of them**, whatever was written meanwhile:
 *
 * - Slices by key cover every value that there can be, and each is read in one snapshot, which has the row: it was there
 *   before, and is there after. A row that is updated, moves to another block, or changes everything but its key stays in
 *   its slice.
 * - Of slices by blocks, the one that covers the block in which the row was when they were planned has it, unless that
 *   version was no longer the visible one by then. What took its place was written after the planning, and is read by the
 *   closing slice: it takes every version written since, in a snapshot later than all others (sources/slices.ts). The row
 *   is there then, so that snapshot has a version of it.
 * - A table that is written anew, as by TRUNCATE, in between: `checkFiles`, in every slice.
 *
 * A key that was not there all the time may be missing: it was deleted and inserted again, or it was given to another row
 * in the place of that one's own. That was written after the planning, so it is newer than the cursor, and the next run
 * that moves rows brings the row back to life.
 * @throws TerminalError SOURCE_CONTRACT_MISMATCH and whatever pg says
 */
export async function planKeys(resolved: ResolvedTable, settings: Pick<Settings, 'source'>): Promise<PlannedKeys> {
  const { pipeline, spec, contract } = keysOf(resolved);
  const { source: table, key, cursor } = spec;
  const source = pipeline.source.postgres;
  return await withReader(settings.source(source), source, async (client) => {
    await planSource(client, contract, table);
    const files = await readFiles(client, table);
    const slices = await planSlices(client, { table, key, cursor, from: BEGINNING }, spec.slice);
    return { cursorFrom: BEGINNING, slices: slices.map((slice) => ({ ...slice, files })) };
  });
}
