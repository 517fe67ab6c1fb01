import type { Catalog } from '../../../pipelines/model/read.ts';
import type { Environment } from '../../../pipelines/model/resources.ts';
import type pg from 'pg';
import type { Entry, Queue } from '../engine/queue.ts';
import type { Committed, SourceTable } from '../source/model.ts';
import type { Google } from '../world/google.ts';
import type { LedgerState, TableRunRow } from './ledger-state.ts';

/** What the invariants look at. Nothing here is an effect: looking changes nothing. */
export interface World {
  readonly catalog: Catalog;
  readonly environment: Environment;
  readonly google: Google;
  readonly queue: Queue;
  /** By the source table's name, which is the destination's too. */
  readonly tables: ReadonlyMap<string, SourceTable>;
  readonly source: pg.Client;
  /** The ledger as it is now. */
  readonly state: LedgerState;
  /** What the source held when the run of a table was planned, by `runKey`. */
  readonly planned: ReadonlyMap<string, Committed>;
  /** Ticks that have fired, once or more often, as `pipeline minute`. */
  readonly fired: ReadonlySet<string>;
  /** The runs that were made at the end, when nothing failed any more. */
  readonly calm: ReadonlySet<string>;
}

/** A transaction of the ledger, as others see it. */
export interface LedgerChange {
  readonly before: LedgerState;
  readonly after: LedgerState;
  /** Table runs that are in another state than before. */
  readonly moved: readonly { readonly from: TableRunRow | undefined; readonly to: TableRunRow }[];
}

/** One of the nine promises of the design, and when it is looked at. */
export interface Invariant {
  readonly number: number;
  readonly name: string;
  /** After every transaction of the ledger that changed something. */
  afterLedger?(change: LedgerChange, world: World): Promise<void> | void;
  /** After Pub/Sub was told that a message is done. */
  afterAcknowledgement?(entry: Entry, world: World): Promise<void> | void;
  /** When the faults have stopped, the queue is drained and one more run of every pipeline is over. */
  atEnd?(world: World): Promise<void> | void;
}

/** A promise that was not kept. */
export class Violation extends Error {
  override readonly name = 'Violation';
  readonly invariant: number;
  /** What the events that led to it have in their text; the last events of all, when that cannot be said. */
  readonly about: string | undefined;

  constructor(invariant: Pick<Invariant, 'number' | 'name'>, message: string, about?: string) {
    super(`invariant ${invariant.number} (${invariant.name}): ${message}`);
    this.invariant = invariant.number;
    this.about = about;
  }
}

export function runKey(run: { readonly run_id: string; readonly table_name: string }): string {
  return `${run.run_id}/${run.table_name}`;
}
