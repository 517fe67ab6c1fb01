import { TerminalError } from '../runtime/errors.ts';
import { writeCounts } from './counts.ts';
import type { Queryable } from './queryable.ts';
import type { RejectedBounds } from './replays.ts';

/** Which of the run's rows a slice holds. */
export type SliceBounds = KeyBounds | BlockBounds | ClosingBounds;

/** A range of the key's first column, `from <= key < to`, as Postgres writes the values; an absent end is open. */
export interface KeyBounds {
  readonly from?: string;
  readonly to?: string;
}

/** A range of blocks of the table's file, `fromBlock <= block < toBlock`; the last range is open. */
export interface BlockBounds {
  readonly fromBlock: number;
  readonly toBlock?: number;
  /** Of `pg_relation_filenode`: in another file the same rows lie elsewhere. */
  readonly file: string;
}

/** What was written by this transaction or later ones. Such a slice is the last, and is read when all others are. */
export interface ClosingBounds {
  readonly since: string;
}

/** What one call of `encode` made of its slice. Counts in rows, `bytes` as stored in the lake. */
export interface EncodedSlice {
  readonly object: string;
  /** Generation of the object in the bucket: exactly this one is loaded. */
  readonly generation: string;
  readonly extracted: number;
  readonly encoded: number;
  readonly quarantined: number;
  readonly bytes: number;
}

type TableRunKey = { readonly runId: string; readonly table: string };

/** Writes down what `extract` decided: the cursor's both ends and the slices. In the caller's transaction. */
export async function recordSlices(
  tx: Queryable,
  { runId, table }: TableRunKey,
  planned: {
    readonly cursorFrom?: string;
    /** Left out by a run that moves no cursor. */
    readonly cursorTo?: string;
    /** When the final table was created. */
    readonly target?: string;
    readonly slices: readonly (SliceBounds | RejectedBounds)[];
    readonly atOnce?: number;
  },
): Promise<void> {
  await tx.query(
    `update table_run set cursor_from = $3, cursor_to = $4, slices = $5, target = $6, slices_at_once = $7
      where run_id = $1 and table_name = $2`,
    [
      ...[runId, table, planned.cursorFrom ?? null, planned.cursorTo ?? null, planned.slices.length],
      ...[planned.target ?? null, planned.atOnce ?? null],
    ],
  );
  await tx.query(
    `insert into slice (run_id, table_name, slice, bounds)
     select $1, $2, ordinality - 1, bounds from jsonb_array_elements($3::jsonb) with ordinality as s (bounds, ordinality)`,
    [runId, table, JSON.stringify(planned.slices)],
  );
}

export async function readBounds(
  db: Queryable,
  { runId, table }: TableRunKey,
  slice: number,
): Promise<SliceBounds | RejectedBounds | undefined> {
  const { rows } = await db.query<{ bounds: SliceBounds | RejectedBounds }>(
    'select bounds from slice where run_id = $1 and table_name = $2 and slice = $3',
    [runId, table, slice],
  );
  return rows[0]?.bounds;
}

/** @throws TerminalError COUNTS_DIFFER when a row was neither encoded nor rejected */
export async function recordEncoded(
  tx: Queryable,
  { runId, table }: TableRunKey,
  slice: number,
  done: EncodedSlice,
): Promise<void> {
  const { extracted, encoded, quarantined } = done;
  await writeCounts({ runId, table }, { slice, extracted, encoded, quarantined }, async () => {
    await tx.query(
      `update slice set object = $4, generation = $5, extracted = $6, encoded = $7, quarantined = $8, bytes = $9
        where run_id = $1 and table_name = $2 and slice = $3`,
      [runId, table, slice, done.object, done.generation, extracted, encoded, quarantined, done.bytes],
    );
  });
}

/**
 * Sums the slices up into the table run if all are encoded; says whether they are. Call it under a lock of the table
 * run's row: then of two slices that finish together, the later one sees both.
 * @throws TerminalError COUNTS_DIFFER when there are not as many slices as were planned
 */
export async function sumSlices(tx: Queryable, { runId, table }: TableRunKey): Promise<boolean> {
  const { rows } = await writeCounts({ runId, table }, {}, async () => {
    return await tx.query<{ planned: number | null; found: number }>(
      `with s as (select count(*) filter (where object is null) as open, sum(extracted) as extracted, sum(encoded) as encoded,
                         sum(quarantined) as quarantined, sum(bytes) as bytes, count(*)::int as found
                    from slice where run_id = $1 and table_name = $2)
       update table_run set extracted = s.extracted, encoded = s.encoded, quarantined = s.quarantined, bytes = s.bytes
         from s where run_id = $1 and table_name = $2 and s.open = 0 returning slices as planned, s.found`,
      [runId, table],
    );
  });
  const [summed] = rows;
  if (!summed || summed.planned === summed.found) return summed !== undefined;
  throw new TerminalError(
    'COUNTS_DIFFER',
    `${runId} / ${table} was cut into ${String(summed.planned)} slices, and the ledger has ${summed.found}. Nothing was loaded`,
  );
}

/** The encoded slices of a table run, in order. */
export async function readEncoded(db: Queryable, { runId, table }: TableRunKey): Promise<EncodedSlice[]> {
  const { rows } = await db.query<Record<keyof EncodedSlice, string>>(
    `select object, generation, extracted, encoded, quarantined, bytes from slice
      where run_id = $1 and table_name = $2 order by slice`,
    [runId, table],
  );
  return rows.map((row) => ({
    object: row.object,
    generation: row.generation,
    extracted: Number(row.extracted),
    encoded: Number(row.encoded),
    quarantined: Number(row.quarantined),
    bytes: Number(row.bytes),
  }));
}

/**
 * The slices `from <= slice < to` that are still to be encoded; and the closing slice, once it is the only one left.
 */
export async function openSlices(
  db: Queryable,
  { runId, table }: TableRunKey,
  [from, to]: readonly [from: number, to: number],
): Promise<number[]> {
  const { rows } = await db.query<{ slice: number }>(
    `select slice from (
       select slice, bounds ? 'since' as closing, count(*) over () as open from slice
        where run_id = $1 and table_name = $2 and object is null) s
      where case when closing then open = 1 else slice >= $3 and slice < $4 end order by slice`,
    [runId, table, from, to],
  );
  return rows.map((row) => row.slice);
}
