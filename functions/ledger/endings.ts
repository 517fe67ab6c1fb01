import type { LogEvent } from '../../pipelines/model/log-events.ts';
import type { AuditResult } from '../warehouse/expectations.ts';
import type { Queryable } from './queryable.ts';
import type { RunState } from './runs.ts';

type EndState = 'succeeded' | 'failed' | 'skipped';

interface EndedRow {
  pipeline: string;
  state: EndState;
  reason: string | null;
  seconds: number;
  result: Record<string, number> | null;
}

interface EndedTableRow extends Omit<EndedRow, 'result'> {
  extracted: string | null;
  encoded: string | null;
  quarantined: string | null;
  loaded: string | null;
  merged: string | null;
  bytes: string | null;
  audit: AuditResult[] | null;
}

const SECONDS = (ended: string): string => `extract(epoch from ${ended}.finished_at - run.tick)::float8 as seconds`;

/**
 * What there is to tell of a table run that this very transaction has ended: its audit, its end, and the end of its run
 * if it was the last one. Only one transaction ends a table run, so what it tells is told once; and as a run with an
 * open table goes on, a run that is over now has ended in this transaction too. Tell it when it has committed.
 */
export async function endingsOfTable(
  tx: Queryable,
  { runId, table }: { readonly runId: string; readonly table: string },
): Promise<LogEvent[]> {
  const { rows } = await tx.query<EndedTableRow>(
    `select t.pipeline, t.state, t.reason, ${SECONDS('t')}, extracted, encoded, quarantined, loaded, merged, bytes, audit
       from table_run t join run using (run_id) where run_id = $1 and table_name = $2`,
    [runId, table],
  );
  const row = rows[0];
  if (!row) return [];
  const of = { pipeline: row.pipeline, runId, table };
  const audit = (row.audit ?? []).map(({ severity, ...found }): LogEvent => {
    return { event: 'expectation-judged', ...of, demands: severity, ...found };
  });
  const ended: LogEvent = {
    event: 'table-run-ended',
    ...of,
    state: row.state,
    seconds: row.seconds,
    reason: row.reason ?? undefined,
    extracted: count(row.extracted),
    encoded: count(row.encoded),
    quarantined: count(row.quarantined),
    loaded: count(row.loaded),
    merged: count(row.merged),
    bytes: count(row.bytes),
  };
  return [...audit, ended, ...(await endingOfRun(tx, runId))];
}

/** The end of a run, if it is over. Ask in the transaction that may have ended it. */
export async function endingOfRun(tx: Queryable, runId: string): Promise<LogEvent[]> {
  const { rows } = await tx.query<EndedRow>(
    `select pipeline, state, reason, result, ${SECONDS('run')} from run where run_id = $1 and state <> $2`,
    [runId, 'running' satisfies RunState],
  );
  return rows.map(({ pipeline, state, reason, result, seconds }) => ({
    event: 'run-ended',
    pipeline,
    runId,
    state,
    seconds,
    reason: reason ?? undefined,
    result: result ?? undefined,
  }));
}

function count(value: string | null): number | undefined {
  return value === null ? undefined : Number(value);
}
