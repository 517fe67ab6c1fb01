import type { Rejected } from '../quarantine/reasons.ts';
import type { Queryable } from './queryable.ts';
import type { TableRunState } from './runs.ts';

type SliceKey = { readonly runId: string; readonly table: string };

/** Why rows of a slice were rejected. In the transaction that commits the slice; a slice that is done again is told anew. */
export async function recordRejections(
  tx: Queryable,
  { runId, table }: SliceKey,
  slice: number,
  groups: readonly Rejected[],
): Promise<void> {
  await tx.query('delete from rejection where run_id = $1 and table_name = $2 and slice = $3', [runId, table, slice]);
  await tx.query(
    `insert into rejection (run_id, table_name, slice, rule, rows, example)
     select $1, $2, $3, rule, rows, example from jsonb_to_recordset($4) as g (rule text, rows bigint, example text)`,
    [runId, table, slice, JSON.stringify(groups)],
  );
}

/** What a table run read and rejected so far, and by which rule most. Counts in rows. */
export interface RejectedShare {
  readonly extracted: number;
  readonly rejected: number;
  readonly most: Rejected | undefined;
}

export async function readShare(db: Queryable, { runId, table }: SliceKey): Promise<RejectedShare> {
  const { rows } = await db.query<{ extracted: string; rejected: string }>(
    `select coalesce(sum(extracted), 0) as extracted, coalesce(sum(quarantined), 0) as rejected
       from slice where run_id = $1 and table_name = $2`,
    [runId, table],
  );
  const [most] = await readGroups(db, { runId, table });
  return { extracted: Number(rows[0]?.extracted), rejected: Number(rows[0]?.rejected), most };
}

/** The reasons of a table run over all its slices, the most frequent first. */
export async function readGroups(db: Queryable, { runId, table }: SliceKey): Promise<Rejected[]> {
  const { rows } = await db.query<{ rule: string; rows: string; example: string }>(
    `select rule, sum(rows) as rows, (array_agg(example order by slice))[1] as example
       from rejection where run_id = $1 and table_name = $2 group by rule order by 2 desc, rule`,
    [runId, table],
  );
  return rows.map((row) => ({ ...row, rows: Number(row.rows) }));
}

/** A table run that rejected rows, and what became of them. */
export interface RejectingRun {
  readonly runId: string;
  readonly pipeline: string;
  readonly table: string;
  readonly tick: Date;
  readonly state: TableRunState;
  readonly rejected: number;
  /** It read what other runs had rejected. */
  readonly isReplay: boolean;
  /** The newest run that reads them again and has not failed. */
  readonly replay: Replay | undefined;
}

/** Counts in rows, each counted once however often it was rejected; those that are not told of came through. */
export interface Replay {
  readonly runId: string;
  readonly state: TableRunState;
  readonly rows: number;
  readonly gone: number;
  readonly rejected: number;
}

interface RejectingRow {
  run_id: string;
  pipeline: string;
  table_name: string;
  tick: Date;
  state: TableRunState;
  rejected: string;
  is_replay: boolean;
  replay: { run_id: string; state: TableRunState; rows: number; gone: number; rejected: number } | null;
}

export interface RejectingFilter {
  readonly pipeline?: string | undefined;
  readonly table?: string | undefined;
  readonly runId?: string | undefined;
  readonly since?: Date | undefined;
}

/** The newest first. */
export async function readRejecting(db: Queryable, filter: RejectingFilter): Promise<RejectingRun[]> {
  const { rows } = await db.query<RejectingRow>(
    `select t.run_id, t.pipeline, t.table_name, r.tick, t.state, s.rejected,
            exists (select from quarantine_replay q where q.run_id = t.run_id) as is_replay,
            (select to_jsonb(again) from (
               select p.run_id, p.state, coalesce(sum(f.rows), 0) as rows, coalesce(sum(f.gone), 0) as gone,
                      coalesce(sum(f.rejected), 0) as rejected
                 from quarantine_replay q join table_run p on p.run_id = q.run_id
                 left join replayed_rows f on f.run_id = p.run_id and f.table_name = p.table_name and f.of_run = t.run_id
                where t.run_id = any(q.runs) and p.table_name = t.table_name and p.state not in ('failed', 'skipped')
                group by p.run_id, p.state, p.started_at order by p.started_at desc nulls first limit 1) again) as replay
       from table_run t join run r using (run_id)
       join (select run_id, table_name, sum(quarantined) as rejected from slice
              group by run_id, table_name having sum(quarantined) > 0) s using (run_id, table_name)
      where ($1::text is null or t.pipeline = $1) and ($2::text is null or t.table_name = $2)
        and ($3::text is null or t.run_id = $3) and r.tick >= coalesce($4::timestamptz, '-infinity')
      order by r.tick desc, t.run_id, t.table_name`,
    [filter.pipeline ?? null, filter.table ?? null, filter.runId ?? null, filter.since ?? null],
  );
  return rows.map((row) => ({
    runId: row.run_id,
    pipeline: row.pipeline,
    table: row.table_name,
    tick: row.tick,
    state: row.state,
    rejected: Number(row.rejected),
    isReplay: row.is_replay,
    replay: row.replay ? toReplay(row.replay) : undefined,
  }));
}

function toReplay({ run_id, ...replay }: NonNullable<RejectingRow['replay']>): Replay {
  return { runId: run_id, ...replay };
}

/** The slices of a table run that rejected rows. */
export async function rejectingSlices(db: Queryable, { runId, table }: SliceKey): Promise<number[]> {
  const { rows } = await db.query<{ slice: number }>(
    'select slice from slice where run_id = $1 and table_name = $2 and quarantined > 0 order by slice',
    [runId, table],
  );
  return rows.map((row) => row.slice);
}
