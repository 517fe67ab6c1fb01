import type pg from 'pg';
import { invariants } from '../invariants/all.ts';
import { type LedgerChange, runKey, type World } from '../invariants/invariant.ts';
import { EMPTY, type LedgerState, readLedger } from '../invariants/ledger-state.ts';
import type { Committed, SourceTable } from '../source/model.ts';
import { type Call, currentCall } from './calls.ts';
import type { Trace } from './trace.ts';

/** Follows the ledger, change by change, and holds every change against the invariants. */
export class Observer {
  /** What was not kept; thrown by the scheduler, for the call that is at work would catch it. */
  violation: Error | undefined;
  /** What the source held when a table run was planned, by `runKey`. */
  readonly planned = new Map<string, Committed>();
  readonly #client: pg.Client;
  readonly #trace: Trace;
  readonly #starts = new WeakMap<Call, Committed>();
  #text = '';
  #state: LedgerState = EMPTY;

  constructor(client: pg.Client, trace: Trace) {
    this.#client = client;
    this.#trace = trace;
  }

  get state(): LedgerState {
    return this.#state;
  }

  /** A call is about to look at its source: what is committed now, its run has to bring. */
  noteStart(call: Call, tables: ReadonlyMap<string, SourceTable>): void {
    const { table } = JSON.parse(call.entry.message.data.toString()) as { table?: string };
    const committed = tables.get(table ?? '')?.committed;
    if (committed) this.#starts.set(call, committed);
  }

  /** Looks at the ledger after it may have changed, in the call that has changed it. */
  async look(world: World): Promise<void> {
    const text = await readLedger(this.#client);
    if (text === this.#text || this.violation) return;
    const before = this.#state;
    this.#text = text;
    this.#state = JSON.parse(text) as LedgerState;
    const known = new Map(before.tableRuns.map((run) => [runKey(run), run]));
    const moved: LedgerChange['moved'] = this.#state.tableRuns
      .map((to) => ({ from: known.get(runKey(to)), to }))
      .filter(({ from, to }) => from?.state !== to.state);
    const call = currentCall();
    const start = call && this.#starts.get(call);
    for (const { to } of moved) {
      this.#trace.add('ledger', `${runKey(to)} is ${to.state}`);
      if (start && to.state === 'encoding') this.planned.set(runKey(to), start);
    }
    try {
      const change = { before, after: this.#state, moved };
      for (const invariant of invariants) await invariant.afterLedger?.(change, world);
    } catch (error) {
      this.violation = error as Error;
    }
  }
}
