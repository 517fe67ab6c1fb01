import { invalidQuery, unsupported } from '../../errors.ts';
import { tableName } from '../../store/names.ts';
import { type Change, physicalName, type TableEntry } from '../../store/store.ts';
import type { Field } from '../../types/schema.ts';
import { quoteName } from '../../types/types.ts';
import { requireBool } from '../analyze/coerce.ts';
import type { Context, Expr, Source } from '../analyze/context.ts';
import { analyzeFrom } from '../analyze/from.ts';
import { columnExpr } from '../analyze/query.ts';
import { same } from '../analyze/scope.ts';
import type { Assignment, Node, StatementOf } from '../ast.ts';
import { assign, defaultOf } from './assign.ts';
import { inChange, type Outcome, type Run, runStatement } from './outcome.ts';
import { bytesRead } from './select.ts';
import { checkPartitionFilters, newContext, type Reads, tableRef, tableRelation } from './session.ts';

export const AMBIGUOUS_MATCH = 'UPDATE/MERGE must match at most one source row for each target row';

/** The table that a statement changes, as a source of its expressions. */
export interface Target {
  readonly entry: TableEntry;
  readonly source: Source;
  /** `data."t_…" AS "alias"` */
  readonly sql: string;
  readonly alias: string;
}

export function targetOf(
  path: readonly string[],
  alias: string | undefined,
  run: Run,
  context: Context,
  reads: Reads,
): Target {
  const entry = run.store.table(tableRef(path, run.session));
  if (entry.view !== undefined || entry.physical === undefined)
    throw invalidQuery(`${tableName(entry)} is a view; DML changes tables only`);
  const name = quoteName(context.session.unique('target'));
  const relation = tableRelation(entry, reads);
  const columns = relation.columns.map((column) => ({ ...column, sql: `${name}.${quoteName(column.sqlName)}` }));
  const source: Source = {
    alias: alias ?? path.at(-1) ?? '',
    columns,
    ...(relation.onRead ? { onRead: relation.onRead } : {}),
  };
  return { entry, source, sql: `${physicalName(entry.physical)} AS ${name}`, alias: name };
}

/** https://cloud.google.com/bigquery/docs/reference/standard-sql/dml-syntax#insert_statement */
export async function executeInsert(statement: StatementOf<'insert'>, run: Run): Promise<Outcome> {
  const { context, reads } = newContext(run.session);
  const { entry } = targetOf(statement.path, undefined, run, context, reads);
  const listed = insertColumns(entry, statement.columns);
  const all = entry.fields.map((field) => quoteName(field.name)).join(', ');
  const row = (values: readonly (Expr | 'DEFAULT')[]): string =>
    entry.fields.map((field) => valueFor(field, values[listed.indexOf(field)])).join(', ');
  const checkCount = (count: number): void => {
    if (count !== listed.length)
      throw invalidQuery(`Inserted row has wrong column count; Has ${count}, expected ${listed.length}`);
  };
  let rows: string;
  if (statement.query) {
    const relation = context.analyze.query(statement.query, context);
    checkCount(relation.columns.length);
    const values = relation.columns.map((_, i) => columnExpr(relation, i));
    rows = `SELECT ${row(values)} FROM (${relation.sql}) AS "q"`;
  } else {
    const lists = (statement.rows ?? []).map((values) => {
      checkCount(values.length);
      return `(${row(values.map((value) => (value === 'DEFAULT' ? value : context.analyze.expression(value, context))))})`;
    });
    rows = `VALUES ${lists.join(', ')}`;
  }
  const sql = `INSERT INTO ${physicalName(entry.physical ?? '')} (${all}) ${rows}`;
  return await executeDml('INSERT', entry, run, reads, async (change) => ({
    inserted: (await runStatement(change.connection, sql, run)).rowsChanged,
    updated: 0,
    deleted: 0,
  }));
}

/** The columns that an INSERT names, or all of them. */
export function insertColumns(entry: TableEntry, names: readonly string[] | undefined): Field[] {
  if (!names) return [...entry.fields];
  const fields = names.map((name) => columnOf(entry, name));
  if (new Set(fields).size < fields.length) throw invalidQuery('INSERT has columns with duplicate name');
  const missing = entry.fields.find((field) => field.mode === 'REQUIRED' && !fields.includes(field));
  if (missing) throw invalidQuery(`Required column ${missing.name} is missing from the INSERT column list`);
  return fields;
}

export function valueFor(field: Field, value: Expr | 'DEFAULT' | undefined): string {
  return value === undefined || value === 'DEFAULT' ? defaultOf(field) : assign(value, field);
}

export function columnOf(entry: TableEntry, name: string): Field {
  const field = entry.fields.find((candidate) => same(candidate.name, name));
  if (!field) throw invalidQuery(`Column ${name} is not present in table ${tableName(entry)}`);
  return field;
}

/** `SET a = …, b = …` for DuckDB. */
export function renderSet(set: readonly Assignment[], entry: TableEntry, context: Context): string {
  const seen = new Set<Field>();
  return set
    .map(({ column, value }) => {
      if (column.length > 1) throw unsupported(`SET of a nested field (${column.join('.')})`);
      const field = columnOf(entry, column[0] ?? '');
      if (seen.has(field)) throw invalidQuery(`Update item ${field.name} assigned more than once`);
      seen.add(field);
      return `${quoteName(field.name)} = ${valueFor(field, value === 'DEFAULT' ? value : context.analyze.expression(value, context))}`;
    })
    .join(', ');
}

export async function executeUpdate(statement: StatementOf<'update'>, run: Run): Promise<Outcome> {
  const { context, reads } = newContext(run.session);
  const target = targetOf(statement.path, statement.alias, run, context, reads);
  const from = statement.from && analyzeFrom(statement.from, context);
  const inside: Context = {
    ...context,
    scope: { sources: [target.source, ...(from?.sources ?? [])], merged: from?.merged ?? [] },
  };
  const where = renderWhere(statement.where, inside);
  const set = renderSet(statement.set, target.entry, inside);
  const sql = `UPDATE ${target.sql} SET ${set}${from ? ` FROM ${from.sql}` : ''} WHERE ${where}`;
  return await executeDml('UPDATE', target.entry, run, reads, async (change) => {
    if (from) await refuseAmbiguity(change, `${target.sql}, ${from.sql}`, where, target, run);
    return { inserted: 0, updated: (await runStatement(change.connection, sql, run)).rowsChanged, deleted: 0 };
  });
}

/** DuckDB would take any one of several matching source rows; GoogleSQL refuses. */
export async function refuseAmbiguity(
  change: Change,
  from: string,
  where: string,
  target: Target,
  run: Run,
): Promise<void> {
  const sql = `SELECT 1 FROM ${from} WHERE ${where} GROUP BY ${target.alias}.rowid HAVING count(*) > 1 LIMIT 1`;
  const found = await runStatement(change.connection, sql, run);
  if ((await found.getRows()).length > 0) throw invalidQuery(AMBIGUOUS_MATCH);
}

export async function executeDelete(statement: StatementOf<'delete'>, run: Run): Promise<Outcome> {
  const { context, reads } = newContext(run.session);
  const target = targetOf(statement.path, statement.alias, run, context, reads);
  const where = renderWhere(statement.where, { ...context, scope: { sources: [target.source], merged: [] } });
  const sql = `DELETE FROM ${target.sql} WHERE ${where}`;
  return await executeDml('DELETE', target.entry, run, reads, async (change) => ({
    inserted: 0,
    updated: 0,
    deleted: (await runStatement(change.connection, sql, run)).rowsChanged,
  }));
}

function renderWhere(node: Node, context: Context): string {
  return requireBool(context.analyze.expression(node, { ...context, inFilter: true }), 'WHERE clause').sql;
}

/** Checks, then runs `work` in a transaction that also marks the table as changed. */
export async function executeDml(
  statementType: string,
  entry: TableEntry,
  run: Run,
  reads: Reads,
  work: (change: Change) => Promise<NonNullable<Outcome['dml']>>,
): Promise<Outcome> {
  if (statementType !== 'INSERT') checkPartitionFilters(reads);
  const bytes = await bytesRead(run.store, reads);
  if (run.dryRun) return { statementType, bytes };
  const dml = await inChange(run, async (change) => {
    const counts = await work(change);
    await touch(change, run, entry);
    return counts;
  });
  return { statementType, bytes, dml };
}

export async function touch(change: Change, run: Run, entry: TableEntry): Promise<void> {
  const current = run.store.findTable(entry) ?? entry;
  await change.putTable({ ...current, modified: run.store.clock.now(), version: current.version + 1 });
}
