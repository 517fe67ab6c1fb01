import type { Queryable } from './queryable.ts';

/** A part of the rows that some runs rejected: those whose key falls into it. All of a slice's rows are in one snapshot. */
export interface RejectedBounds {
  /** The runs that rejected them. */
  readonly rejectedBy: readonly string[];
  /** Counted from 0. */
  readonly part: number;
  readonly of: number;
}

/** What a slice found of the rows that one run rejected; those that are not told of came through. */
export interface Found {
  readonly ofRun: string;
  readonly rows: number;
  readonly gone: number;
  readonly rejected: number;
}

/** Makes a run one that reads what other runs rejected. In the transaction that records the run; once. */
export async function startReplay(tx: Queryable, runId: string, runs: readonly string[]): Promise<void> {
  await tx.query('insert into quarantine_replay (run_id, runs) values ($1, $2) on conflict (run_id) do nothing', [
    runId,
    runs,
  ]);
}

/** The runs whose rejected rows a run reads again; undefined for one that reads what is new. */
export async function replayedRuns(db: Queryable, runId: string): Promise<string[] | undefined> {
  const { rows } = await db.query<{ runs: string[] }>('select runs from quarantine_replay where run_id = $1', [runId]);
  return rows[0]?.runs;
}

/** How many rows of a table the runs rejected; a row that two of them rejected counts twice. */
export async function countRejected(db: Queryable, runs: readonly string[], table: string): Promise<number> {
  const { rows } = await db.query<{ rejected: string }>(
    'select coalesce(sum(quarantined), 0) as rejected from slice where run_id = any($1) and table_name = $2',
    [runs, table],
  );
  return Number(rows[0]?.rejected ?? 0);
}

/** What slices of such a run came to. In the transaction that commits the slice; a slice that is done again is told anew. */
export async function recordFound(
  tx: Queryable,
  { runId, table }: { readonly runId: string; readonly table: string },
  slice: number,
  found: readonly Found[],
): Promise<void> {
  await tx.query('delete from replayed_rows where run_id = $1 and table_name = $2 and slice = $3', [
    runId,
    table,
    slice,
  ]);
  await tx.query(
    `insert into replayed_rows (run_id, table_name, slice, of_run, rows, gone, rejected)
     select $1, $2, $3, "ofRun", rows, gone, rejected
       from jsonb_to_recordset($4) as f ("ofRun" text, rows bigint, gone bigint, rejected bigint)`,
    [runId, table, slice, JSON.stringify(found)],
  );
}
