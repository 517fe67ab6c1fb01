import type { Queryable } from './queryable.ts';

/** What a run that looks for rows that are gone was asked for. */
export interface Deletes {
  /** So large a share of a final table may go, whatever its pipeline says. */
  readonly accept?: number | undefined;
}

/** Makes a run one that looks for rows that are gone. In the transaction that records the run; once. */
export async function startDeletes(tx: Queryable, runId: string, { accept }: Deletes): Promise<void> {
  await tx.query('insert into delete_run (run_id, accept) values ($1, $2) on conflict (run_id) do nothing', [
    runId,
    accept ?? null,
  ]);
}

/** Undefined for a run that moves rows. */
export async function readDeletes(db: Queryable, runId: string): Promise<Deletes | undefined> {
  const { rows } = await db.query<{ accept: number | null }>('select accept from delete_run where run_id = $1', [
    runId,
  ]);
  const [row] = rows;
  return row && (row.accept === null ? {} : { accept: row.accept });
}
