import type { ErrorClass, ErrorCode } from '../runtime/errors.ts';
import type { Queryable } from './queryable.ts';
import type { AuditResult } from '../warehouse/expectations.ts';
import type { RunState, TableRunState } from './runs.ts';

/** A failure as the ledger keeps it; one of an older version has a reason alone. `text` is the error's own. */
export interface FailureStatus {
  readonly errorClass: ErrorClass;
  readonly code: ErrorCode;
  readonly text?: string;
}

/** A run as people look at it. */
export interface RunStatus {
  readonly runId: string;
  readonly pipeline: string;
  readonly tick: Date;
  readonly state: RunState;
  readonly reason: string | undefined;
  readonly failure: FailureStatus | undefined;
  readonly result: Readonly<Record<string, number>> | undefined;
  readonly seconds: number;
  /** A function is at work for it right now. */
  readonly working: boolean;
  readonly tables: readonly TableStatus[];
}

/** Counts are rows, `bytes` those of the Avro files; undefined until the stage that knows them is done. */
export interface TableStatus {
  readonly table: string;
  readonly state: TableRunState;
  readonly reason: string | undefined;
  readonly failure: FailureStatus | undefined;
  /** The newest error of the work that is under way; gone once that is done. */
  readonly lastError: FailureStatus | undefined;
  /** Calls of functions that took up work for it; more than there is work mean that some were tried again. */
  readonly attempts: number;
  /** The fingerprint of the contract, and BigQuery's jobs. */
  readonly contract: string | undefined;
  readonly loadJob: string | undefined;
  readonly mergeJob: string | undefined;
  readonly bytesBilled: number | undefined;
  readonly cursorFrom: string | undefined;
  readonly cursorTo: string | undefined;
  readonly extracted: number | undefined;
  readonly encoded: number | undefined;
  readonly quarantined: number | undefined;
  readonly bytes: number | undefined;
  readonly loaded: number | undefined;
  readonly merged: number | undefined;
  readonly audit: readonly AuditResult[];
  readonly seconds: number;
}

interface RunRow {
  run_id: string;
  pipeline: string;
  tick: Date;
  state: RunState;
  reason: string | null;
  error_class: ErrorClass | null;
  error_code: ErrorCode | null;
  result: Record<string, number> | null;
  seconds: number;
  working: boolean;
  tables: Record<string, unknown>[];
}

const SECONDS = `extract(epoch from coalesce(%.finished_at, clock_timestamp()) - %.started_at)::float8`;
const seconds = (table: string): string => SECONDS.replaceAll('%', table);

/** What the tasks of a table run say of it. */
const WORK = `(
  select jsonb_build_object('attempts', coalesce(sum(w.attempts), 0),
           'last_error', (array_agg(jsonb_build_object('error_class', w.error_class, 'error_code', w.error_code, 'error_text', w.error)
                                    order by w.claimed_until desc) filter (where w.error is not null))[1])
    from task w where w.run_id = t.run_id and w.table_name = t.table_name)`;

const SELECT = `
  select r.run_id, r.pipeline, r.tick, r.state, r.reason, r.error_class, r.error_code, r.result, ${seconds('r')} as seconds,
         exists (select from task where task.run_id = r.run_id and task.state = 'claimed'
                    and claimed_until > clock_timestamp()) as working,
         coalesce((select jsonb_agg(to_jsonb(t) || jsonb_build_object('seconds', ${seconds('t')}) || ${WORK} order by table_name)
                     from table_run t where t.run_id = r.run_id), '[]') as tables
    from run r`;

/** @returns undefined when the ledger has no such run */
export async function readRun(db: Queryable, runId: string): Promise<RunStatus | undefined> {
  const { rows } = await db.query<RunRow>(`${SELECT} where r.run_id = $1`, [runId]);
  return rows[0] && toRun(rows[0]);
}

/** The newest runs first. */
export async function readRuns(db: Queryable, limit: number): Promise<RunStatus[]> {
  const { rows } = await db.query<RunRow>(`${SELECT} order by r.started_at desc limit $1`, [limit]);
  return rows.map(toRun);
}

function toRun(row: RunRow): RunStatus {
  return {
    runId: row.run_id,
    pipeline: row.pipeline,
    tick: row.tick,
    state: row.state,
    reason: row.reason ?? undefined,
    failure: toFailure({ error_class: row.error_class, error_code: row.error_code }),
    result: row.result ?? undefined,
    seconds: row.seconds,
    working: row.working,
    tables: row.tables.map(toTable),
  };
}

function toTable(row: Record<string, unknown>): TableStatus {
  const number = (name: string): number | undefined => (row[name] === null ? undefined : Number(row[name]));
  const text = (name: string): string | undefined => (row[name] as string | null) ?? undefined;
  return {
    table: text('table_name') ?? '',
    state: row['state'] as TableRunState,
    reason: text('reason'),
    failure: toFailure(row),
    lastError: toFailure((row['last_error'] ?? {}) as Record<string, unknown>),
    attempts: number('attempts') ?? 0,
    contract: text('contract'),
    loadJob: text('load_job'),
    mergeJob: text('merge_job'),
    bytesBilled: number('bytes_billed'),
    cursorFrom: text('cursor_from'),
    cursorTo: text('cursor_to'),
    extracted: number('extracted'),
    encoded: number('encoded'),
    quarantined: number('quarantined'),
    bytes: number('bytes'),
    loaded: number('loaded'),
    merged: number('merged'),
    audit: (row['audit'] as AuditResult[] | null) ?? [],
    seconds: number('seconds') ?? 0,
  };
}

function toFailure(row: Readonly<Record<string, unknown>>): FailureStatus | undefined {
  const code = row['error_code'] as ErrorCode | null | undefined;
  if (code === null || code === undefined) return undefined;
  const text = row['error_text'] as string | null | undefined;
  return { errorClass: row['error_class'] as ErrorClass, code, ...(typeof text === 'string' ? { text } : {}) };
}
