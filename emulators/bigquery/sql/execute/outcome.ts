import type { DuckDBConnection, DuckDBMaterializedResult } from '@duckdb/node-api';
import { unsupported } from '../../errors.ts';
import type { Resource } from '../../store/store.ts';
import type { Field } from '../../types/schema.ts';
import type { TableRef } from '../../store/names.ts';
import type { Change, Store } from '../../store/store.ts';
import { type Bindings, runSql } from '../../store/database.ts';
import { checkOnce } from '../functions/once.ts';
import type { SessionOptions } from './session.ts';

/** What running one statement came to. */
export interface Outcome {
  /** https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#JobStatistics2.FIELDS.statement_type */
  readonly statementType: string;
  /** Rows of a SELECT: in a table of `results` or, with a destination, of `data`. */
  readonly rows?: { readonly name: string; readonly fields: readonly Field[]; readonly count: number };
  readonly dml?: { readonly inserted: number; readonly updated: number; readonly deleted: number };
  readonly bytes: number;
  /** Google's statistics of DDL: ddlOperationPerformed, ddlTargetTable. */
  readonly ddl?: Resource;
}

/** Where the rows of a SELECT go when the job names a table. */
export interface Destination {
  readonly ref: TableRef;
  readonly createDisposition: string;
  readonly writeDisposition: string;
  readonly allowAddition: boolean;
  readonly allowRelaxation: boolean;
  readonly properties: Resource;
}

export interface Run {
  readonly store: Store;
  readonly session: SessionOptions;
  readonly bindings: Bindings;
  /** Aborts when the job is cancelled. */
  readonly signal: AbortSignal;
  readonly destination: Destination | undefined;
  /** The open transaction of a script, if one was begun. */
  readonly change: Change | undefined;
  /** Analyze only. */
  readonly dryRun: boolean;
}

/** Runs translated SQL. @throws ApiError 501 when it would draw a random value twice */
export async function runStatement(
  connection: DuckDBConnection,
  sql: string,
  run: Run,
): Promise<DuckDBMaterializedResult> {
  checkOnce(sql);
  return await runSql(connection, sql, run.bindings, run.signal);
}

/** Works in the script's open transaction, or in one of its own. */
export async function inChange<T>(run: Run, work: (change: Change) => Promise<T>): Promise<T> {
  return run.change ? await work(run.change) : await run.store.change(work);
}

/** BigQuery has no DDL inside a transaction but for temporary tables. */
export async function runDdl(run: Run, work: Parameters<Run['store']['change']>[0]): Promise<void> {
  if (run.change) throw unsupported('DDL inside a transaction');
  await run.store.change(work);
}
