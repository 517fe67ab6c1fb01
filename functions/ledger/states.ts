/**
 * The life of a table run. Each arrow is one compare-and-set in the ledger; whoever comes second, or too late, changes
 * nothing.
 *
 *     pending ──► encoding ──► loading ──► auditing ──► merging ──► succeeded
 *      │   ╲         ▲
 *      │    queued ──┘        another run holds the table, and the pipeline says to wait …
 *      └──────┴──► skipped    … or not to wait
 *     any state but the last three ──► failed
 *
 * | event     | who may cause it                                              | how                                  |
 * | --------- | ------------------------------------------------------------- | ------------------------------------ |
 * | wait      | extract, when it does not get the lease                       | moveTableRun                         |
 * | skip      | extract, when it does not get the lease                       | endTableRun                          |
 * | planned   | extract, with the lease, a claim, and the slices              | onceForTable: moveTableRun           |
 * | encoded   | the encode call that commits the last open slice              | onceForTable: sumSlices, moveTableRun |
 * | loaded    | load, with the lease, a claim, and the count of its job       | onceForTable: recordCount, moveTableRun |
 * | audited   | audit, with the lease and a claim, when nothing failed        | onceForTable: moveTableRun           |
 * | merged    | merge, with the lease, a claim, and the cursor                | onceForTable: moveCursor, endTableRun |
 * | failed    | whoever gives its message up, and notify for Pub/Sub          | failRun: endTableRun                 |
 * | overtaken | extract of another run, when the lease has run out            | acquireLease                         |
 * | triggered | a tick that is delivered again                                | startRun                             |
 *
 * Invariants, and the tests that hold them:
 * - A pair that is not in `nextState` changes nothing: test/ledger/states.test.ts, every pair.
 * - Of two calls that cause the same event one does; the other is told: ledger.test.ts "claims", classic.test.ts.
 * - A stage commits only under the lease and the fence that its run was given: ledger.test.ts and by-hand.test.ts,
 *   "invariant 6"; classic.test.ts, the function that wakes too late. What fails in a call that was overtaken ends no table
 *   run: once.test.ts.
 * - A lease lasts for as long as its run shows life: leases.test.ts.
 * - `loading` and later have counts that reconcile, `auditing` and later what was loaded, `succeeded` what was merged:
 *   counts.test.ts. The ledger itself refuses anything else (migrations/0003_failures_and_counts.sql).
 * - The cursor moves in the transaction of `merged`, and in no other: by-hand.test.ts "invariant 4", classic.test.ts.
 * - What is over stays as it is, and its lease is free: ledger.test.ts "runs", states.test.ts.
 * - The run is over with its last table: ledger.test.ts "runs".
 */
export type TableRunState =
  'pending' | 'queued' | 'encoding' | 'loading' | 'auditing' | 'merging' | 'succeeded' | 'failed' | 'skipped';

export type TableRunEvent =
  'triggered' | 'wait' | 'skip' | 'planned' | 'encoded' | 'loaded' | 'audited' | 'merged' | 'failed' | 'overtaken';

const FAILING = { failed: 'failed', overtaken: 'failed' } as const;

/** The state that an event leads to; a pair that is not there changes nothing. */
export const nextState: Readonly<Record<TableRunState, Partial<Record<TableRunEvent, TableRunState>>>> = {
  pending: { wait: 'queued', skip: 'skipped', planned: 'encoding', ...FAILING },
  queued: { skip: 'skipped', planned: 'encoding', ...FAILING },
  encoding: { encoded: 'loading', ...FAILING },
  loading: { loaded: 'auditing', ...FAILING },
  auditing: { audited: 'merging', ...FAILING },
  merging: { merged: 'succeeded', ...FAILING },
  succeeded: {},
  failed: {},
  skipped: {},
};

/** How a table run may end, and the event that ends it so. */
export type EndState = 'succeeded' | 'failed' | 'skipped';
const ENDING: Readonly<Record<EndState, TableRunEvent>> = { succeeded: 'merged', failed: 'failed', skipped: 'skip' };

const states = Object.keys(nextState) as TableRunState[];

/** States in which nothing happens any more. */
export const OVER: readonly TableRunState[] = states.filter((state) => Object.keys(nextState[state]).length === 0);

export function isOver(state: TableRunState): boolean {
  return OVER.includes(state);
}

/** The states from which a table run may end so. */
export function mayEndFrom(end: EndState): TableRunState[] {
  return states.filter((state) => nextState[state][ENDING[end]] === end);
}
