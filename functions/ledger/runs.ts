import { type Failure, TerminalError } from '../runtime/errors.ts';
import { writeCounts } from './counts.ts';
import type { Deletes } from './deletes.ts';
import type { Queryable } from './queryable.ts';
import { type EndState, isOver, mayEndFrom, OVER, type TableRunState } from './states.ts';

export { isOver, type TableRunState } from './states.ts';

export type RunState = 'running' | 'succeeded' | 'failed' | 'skipped';

export interface Run {
  readonly runId: string;
  readonly pipeline: string;
  readonly tick: Date;
  readonly manual: boolean;
}

export interface TableRun {
  readonly runId: string;
  readonly table: string;
  readonly pipeline: string;
  readonly tick: Date;
  readonly state: TableRunState;
  readonly cursorFrom: string | undefined;
  readonly cursorTo: string | undefined;
  readonly encoded: number;
  /** How many slices are read at once; undefined before they are planned. */
  readonly slicesAtOnce?: number | undefined;
  /** Of a run that looks for rows that are gone; undefined for one that moves rows. */
  readonly deletes?: Deletes | undefined;
}

/**
 * Records a run and its tables. A run that is there already stays as it is: a tick that fires twice is one run.
 * @returns true when it was not there
 */
export async function startRun(tx: Queryable, run: Run, tables: readonly string[]): Promise<boolean> {
  const { rowCount } = await tx.query(
    `insert into run (run_id, pipeline, tick, manual) values ($1, $2, $3, $4) on conflict (run_id) do nothing`,
    [run.runId, run.pipeline, run.tick, run.manual],
  );
  await tx.query(
    `insert into table_run (run_id, table_name, pipeline) select $1, name, $2 from unnest($3::text[]) as name
     on conflict (run_id, table_name) do nothing`,
    [run.runId, run.pipeline, tables],
  );
  return rowCount === 1;
}

export async function readTableRun(db: Queryable, runId: string, table: string): Promise<TableRun | undefined> {
  const { rows } = await db.query<{
    pipeline: string;
    tick: Date;
    state: TableRunState;
    cursor_from: string | null;
    cursor_to: string | null;
    encoded: string | null;
    slices_at_once: number | null;
    deletes: Deletes | null;
  }>(
    `select t.pipeline, r.tick, t.state, t.cursor_from, t.cursor_to, t.encoded, t.slices_at_once,
            (select jsonb_strip_nulls(jsonb_build_object('accept', d.accept)) from delete_run d where d.run_id = t.run_id) as deletes
       from table_run t join run r using (run_id) where run_id = $1 and table_name = $2`,
    [runId, table],
  );
  const row = rows[0];
  if (!row) return undefined;
  return {
    runId,
    table,
    pipeline: row.pipeline,
    tick: row.tick,
    state: row.state,
    cursorFrom: row.cursor_from ?? undefined,
    cursorTo: row.cursor_to ?? undefined,
    encoded: Number(row.encoded ?? 0),
    slicesAtOnce: row.slices_at_once ?? undefined,
    deletes: row.deletes ?? undefined,
  };
}

/**
 * Compare-and-set of a table run's state; false when it was not in any of the `from` states. `endTableRun` ends it.
 * @throws TerminalError COUNTS_DIFFER when the stage that is left has not counted its rows
 */
export async function moveTableRun(
  tx: Queryable,
  { runId, table }: { runId: string; table: string },
  from: readonly TableRunState[],
  to: TableRunState,
): Promise<boolean> {
  const moved = await writeCounts({ runId, table }, { state: to }, async () => {
    return await tx.query(
      `update table_run set state = $4
        where run_id = $1 and table_name = $2 and state = any($3)`,
      [runId, table, from, to],
    );
  });
  return moved.rowCount === 1;
}

/**
 * Every transaction that changes a run's tables or slices locks the run first: of two that finish at the same moment,
 * the later one sees what the earlier one did, so that exactly one of them is the last. Not `for update`: that would keep
 * out whoever inserts a row that names the run, and a claim does so when it has the lease that a commit is about to take.
 */
export async function lockRun(tx: Queryable, runId: string): Promise<void> {
  await tx.query('select 1 from run where run_id = $1 for no key update', [runId]);
}

/**
 * Ends a table run that is not over yet, frees its table, and ends the run when this was its last.
 * @returns false when it is over already, and stays as it is
 * @throws TerminalError STATE_UNEXPECTED when it is in a state in which it cannot end so; COUNTS_DIFFER
 */
export async function endTableRun(
  tx: Queryable,
  key: { runId: string; table: string },
  outcome: { state: EndState; reason?: string; failure?: Failure | undefined },
): Promise<boolean> {
  await lockRun(tx, key.runId);
  const { state, reason, failure } = outcome;
  const ended = await writeCounts(key, { state }, async () => {
    return await tx.query(
      `update table_run set state = $3, reason = $4, finished_at = clock_timestamp(),
              error_class = $6, error_code = $7, error_text = $8
        where run_id = $1 and table_name = $2 and state = any($5)`,
      [key.runId, key.table, state, reason ?? null, mayEndFrom(state), ...columnsOf(failure)],
    );
  });
  if (ended.rowCount !== 1) {
    const now = (await readTableRun(tx, key.runId, key.table))?.state;
    if (now === undefined || isOver(now)) return false;
    throw new TerminalError(
      'STATE_UNEXPECTED',
      `${key.runId} / ${key.table} is ${now}, and cannot be ${state} from there`,
    );
  }
  await tx.query(
    `update lease set run_id = null, expires_at = null
      where run_id = $1 and table_name = $2
        and pipeline = (select pipeline from run where run_id = $1)`,
    [key.runId, key.table],
  );
  await endRunIfComplete(tx, key.runId);
  return true;
}

function columnsOf(failure: Failure | undefined): (string | null)[] {
  return [failure?.errorClass ?? null, failure?.code ?? null, failure?.text ?? null];
}

/** A run fails if any table failed, is skipped if all were, and has succeeded otherwise. */
async function endRunIfComplete(tx: Queryable, runId: string): Promise<void> {
  await tx.query(
    `with t as (select count(*) filter (where not (state = any($2))) as open,
                       count(*) filter (where state = 'failed') as failed,
                       count(*) filter (where state <> 'skipped') as worked,
                       min(reason) as reason
                  from table_run where run_id = $1),
          f as (select reason, error_class, error_code from table_run
                 where run_id = $1 and state = 'failed' order by reason limit 1)
     update run set finished_at = clock_timestamp(),
            state = case when t.failed > 0 then 'failed' when t.worked = 0 then 'skipped' else 'succeeded' end,
            reason = coalesce(f.reason, t.reason), error_class = f.error_class, error_code = f.error_code
       from t left join f on true where run_id = $1 and state = 'running' and t.open = 0`,
    [runId, OVER],
  );
}

/** Ends a run that has no open tables; one that has ended already, or still has some, stays as it is. */
export async function endRun(
  tx: Queryable,
  runId: string,
  outcome: { state: 'succeeded' | 'failed'; reason?: string; result?: unknown; failure?: Failure | undefined },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update run set state = $2, reason = $3, result = $4, error_class = $6, error_code = $7,
            finished_at = clock_timestamp()
      where run_id = $1 and state = 'running'
        and not exists (select from table_run t where t.run_id = $1 and not (t.state = any($5)))`,
    [
      ...[runId, outcome.state, outcome.reason ?? null, outcome.result ?? null, OVER],
      ...columnsOf(outcome.failure).slice(0, 2),
    ],
  );
  return rowCount === 1;
}

/** The oldest of the runs that wait for the table of this one; undefined while any run holds it, and where none waits. */
export async function nextInLine(db: Queryable, key: { runId: string; table: string }): Promise<string | undefined> {
  const { rows } = await db.query<{ run_id: string }>(
    `select waiting.run_id
       from table_run as mine
       join table_run as waiting on waiting.pipeline = mine.pipeline and waiting.table_name = mine.table_name
       join run on run.run_id = waiting.run_id
      where mine.run_id = $1 and mine.table_name = $2 and waiting.state = 'queued'
        and not exists (select from lease where lease.pipeline = mine.pipeline and lease.table_name = mine.table_name
                                            and lease.run_id is not null)
      order by run.tick, run.run_id limit 1`,
    [key.runId, key.table],
  );
  return rows[0]?.run_id;
}

/** Tables of a run that nobody has begun with. */
export async function pendingTables(db: Queryable, runId: string): Promise<string[]> {
  const { rows } = await db.query<{ table_name: string }>(
    `select table_name from table_run where run_id = $1 and state = 'pending' order by table_name`,
    [runId],
  );
  return rows.map((row) => row.table_name);
}

/**
 * How many rows a stage brought to where it brings them. In the transaction that commits the stage.
 * @throws TerminalError COUNTS_DIFFER when it loaded others than were encoded
 */
export async function recordCount(
  tx: Queryable,
  { runId, table }: { runId: string; table: string },
  count: { readonly loaded: number } | { readonly merged: number },
): Promise<void> {
  const [column, rows] = 'loaded' in count ? ['loaded', count.loaded] : ['merged', count.merged];
  await writeCounts({ runId, table }, count, async () => {
    await tx.query(`update table_run set ${column} = $3 where run_id = $1 and table_name = $2`, [runId, table, rows]);
  });
}

/** What the audit found, kept whatever it says. */
export async function recordAudit(
  db: Queryable,
  { runId, table }: { runId: string; table: string },
  results: readonly unknown[],
): Promise<void> {
  await db.query('update table_run set audit = $3 where run_id = $1 and table_name = $2', [
    runId,
    table,
    JSON.stringify(results),
  ]);
}
