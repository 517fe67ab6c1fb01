import type { Ledger } from '../../functions/ledger/ledger.ts';
import type { TableRunState } from '../../functions/ledger/states.ts';

type Key = { readonly runId: string; readonly table: string };

const COUNTED: readonly TableRunState[] = ['loading', 'auditing', 'merging', 'succeeded'];

/** Puts a table run into a state as if its stages had brought it there, each with the counts that it has by then. */
export async function bringTo(ledger: Ledger, { runId, table }: Key, state: TableRunState): Promise<void> {
  const at = COUNTED.indexOf(state);
  await ledger.query(
    `update table_run set state = $3, extracted = $4, encoded = $5, quarantined = $6, loaded = $7, merged = $8
      where run_id = $1 and table_name = $2`,
    [
      ...[runId, table, state],
      ...(at >= 0 ? [5, 4, 1] : [null, null, null]),
      ...[at >= 1 ? 4 : null, at >= 3 ? 4 : null],
    ],
  );
}

/** The same for one that is about to end with success: the merge is done, and its rows are counted. */
export async function bringToEnd(ledger: Ledger, key: Key): Promise<void> {
  await bringTo(ledger, key, 'merging');
  await ledger.query('update table_run set merged = 4 where run_id = $1 and table_name = $2', [key.runId, key.table]);
}
