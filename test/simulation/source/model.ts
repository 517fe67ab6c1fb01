/** A row as the simulation knows it: which write it is from, and whether it breaks its contract. */
export interface RowVersion {
  readonly version: number;
  readonly broken: boolean;
}

export type Change =
  | { readonly kind: 'put'; readonly id: number; readonly row: RowVersion }
  | { readonly kind: 'remove'; readonly id: number }
  | { readonly kind: 'clear' };

/** What is committed in a source table at one moment. */
export interface Committed {
  readonly moment: number;
  readonly rows: ReadonlyMap<number, RowVersion>;
}

/** What a source table holds, by what its writers have committed. */
export class SourceTable {
  readonly name: string;
  #rows: ReadonlyMap<number, RowVersion> = new Map();
  readonly #removedAt = new Map<number, number>();
  #moment = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** The maps are never changed, so this stays what it is. */
  get committed(): Committed {
    return { moment: this.#moment, rows: this.#rows };
  }

  commit(changes: readonly Change[]): void {
    if (changes.length === 0) return;
    this.#moment += 1;
    const rows = new Map(this.#rows);
    for (const change of changes) {
      if (change.kind === 'put') {
        rows.set(change.id, change.row);
        continue;
      }
      const gone = change.kind === 'clear' ? [...rows.keys()] : [change.id];
      for (const id of gone) {
        rows.delete(id);
        this.#removedAt.set(id, this.#moment);
      }
    }
    this.#rows = rows;
  }

  /** Whether a row was there all the time since a moment, in one version or another. */
  stayedSince(id: number, moment: number): boolean {
    return this.#rows.has(id) && (this.#removedAt.get(id) ?? -1) <= moment;
  }
}
