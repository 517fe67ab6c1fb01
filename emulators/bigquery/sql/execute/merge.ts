import { invalidQuery } from '../../errors.ts';
import { quoteName } from '../../types/types.ts';
import { requireBool } from '../analyze/coerce.ts';
import type { Context, Expr, Scope } from '../analyze/context.ts';
import { analyzeFrom, type AnalyzedFrom } from '../analyze/from.ts';
import { same } from '../analyze/scope.ts';
import type { MergeClause, StatementOf } from '../ast.ts';
import { executeDml, insertColumns, refuseAmbiguity, renderSet, type Target, targetOf, valueFor } from './dml.ts';
import { type Outcome, type Run, runStatement } from './outcome.ts';
import { newContext } from './session.ts';

/**
 * MERGE runs as DuckDB's own, whose clauses mean the same; beforehand a query looks for target rows that several source
 * rows would change, which GoogleSQL refuses and DuckDB does not.
 * https://cloud.google.com/bigquery/docs/reference/standard-sql/dml-syntax#merge_statement
 */
export async function executeMerge(statement: StatementOf<'merge'>, run: Run): Promise<Outcome> {
  const { context, reads } = newContext(run.session);
  const target = targetOf(statement.path, statement.alias, run, context, reads);
  const source = analyzeFrom(statement.source, context);
  const both: Scope = { sources: [target.source, ...source.sources], merged: source.merged };
  const scopes: Readonly<Record<MergeClause['on'], Scope>> = {
    MATCHED: both,
    'NOT MATCHED BY TARGET': { sources: source.sources, merged: source.merged },
    'NOT MATCHED BY SOURCE': { sources: [target.source], merged: [] },
  };
  const on = requireBool(
    context.analyze.expression(statement.on, { ...context, scope: both, inFilter: true }),
    'ON clause',
  ).sql;
  const clauses = statement.clauses.map((clause) =>
    renderClause(clause, target, source, { ...context, scope: scopes[clause.on] }),
  );
  const sql = `MERGE INTO ${target.sql} USING ${source.sql} ON ${on} ${clauses.map((clause) => clause.sql).join(' ')} RETURNING merge_action`;
  const changing = statement.clauses.flatMap((clause, i) =>
    clause.on === 'MATCHED' ? [clauses[i]?.condition ?? 'TRUE'] : [],
  );
  return await executeDml('MERGE', target.entry, run, reads, async (change) => {
    if (changing.length > 0)
      await refuseAmbiguity(
        change,
        `${target.sql} JOIN ${source.sql} ON ${on}`,
        `(${changing.join(' OR ')})`,
        target,
        run,
      );
    const done = await runStatement(change.connection, sql, run);
    const counts = { inserted: 0, updated: 0, deleted: 0 };
    for (const [action] of await done.getRows()) {
      if (action === 'INSERT') counts.inserted++;
      else if (action === 'UPDATE') counts.updated++;
      else counts.deleted++;
    }
    return counts;
  });
}

function renderClause(
  clause: MergeClause,
  target: Target,
  source: AnalyzedFrom,
  context: Context,
): { sql: string; condition: string } {
  const condition = clause.and
    ? requireBool(context.analyze.expression(clause.and, { ...context, inFilter: true }), 'WHEN clause').sql
    : 'TRUE';
  const head = `WHEN ${clause.on}${clause.and ? ` AND ${condition}` : ''} THEN`;
  const { then } = clause;
  if (then.do === 'DELETE') return { sql: `${head} DELETE`, condition };
  if (then.do === 'UPDATE')
    return { sql: `${head} UPDATE SET ${renderSet(then.set, target.entry, context)}`, condition };
  const listed = insertColumns(target.entry, then.columns);
  const values =
    then.values === 'ROW'
      ? rowValues(source)
      : then.values.map((value) => (value === 'DEFAULT' ? value : context.analyze.expression(value, context)));
  if (values.length !== listed.length)
    throw invalidQuery(`Inserted row has wrong column count; Has ${values.length}, expected ${listed.length}`);
  const columns = target.entry.fields.map((field) => quoteName(field.name));
  const row = target.entry.fields.map((field) => valueFor(field, values[listed.indexOf(field)]));
  return { sql: `${head} INSERT (${columns.join(', ')}) VALUES (${row.join(', ')})`, condition };
}

/** INSERT ROW takes the source's columns in their order, whatever their names. */
function rowValues(source: AnalyzedFrom): Expr[] {
  const rest = source.sources.flatMap((each) => {
    for (const column of each.columns) each.onRead?.(column.name, false);
    return each.columns.filter((column) => !source.merged.some((merged) => same(merged.name, column.name)));
  });
  return [...source.merged, ...rest];
}
