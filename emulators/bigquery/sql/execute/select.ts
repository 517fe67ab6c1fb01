import type { DuckDBConnection } from '@duckdb/node-api';
import { randomUUID } from 'node:crypto';
import { invalidQuery, notFound, unsupported } from '../../errors.ts';
import { tableName } from '../../store/names.ts';
import { publish } from '../../store/publish.ts';
import { measure } from '../../store/rows.ts';
import { createPhysical, newPhysical, physicalName, type Store } from '../../store/store.ts';
import { type Field, toField } from '../../types/schema.ts';
import { quoteName, quoteText } from '../../types/types.ts';
import type { Context, Relation } from '../analyze/context.ts';
import type { Query } from '../ast.ts';
import { type Outcome, type Run, runStatement } from './outcome.ts';
import { checkPartitionFilters, newContext, type Reads } from './session.ts';

export interface AnalyzedQuery {
  readonly sql: string;
  readonly fields: readonly Field[];
}

/** Runs a SELECT into a table of `results`, from which pages are read, or into the destination table. */
export async function executeSelect(query: Query, run: Run): Promise<Outcome> {
  const { context, reads } = newContext(run.session);
  const analyzed = analyzeOutput(query, context);
  checkPartitionFilters(reads);
  const bytes = await bytesRead(run.store, reads);
  const outcome = { statementType: 'SELECT', bytes };
  if (run.dryRun) return { ...outcome, rows: { name: '', fields: analyzed.fields, count: 0 } };
  if (run.destination) return { ...outcome, rows: await intoDestination(analyzed, run) };
  const name = newResults();
  const fill = async (connection: DuckDBConnection): Promise<number> =>
    await fillTable(connection, name, analyzed, run);
  const count = await (run.change ? fill(run.change.connection) : run.store.database.use(fill));
  return { ...outcome, rows: { name, fields: analyzed.fields, count } };
}

export async function fillTable(
  connection: DuckDBConnection,
  name: string,
  analyzed: AnalyzedQuery,
  run: Run,
): Promise<number> {
  await createPhysical(connection, name, analyzed.fields);
  return (await runStatement(connection, `INSERT INTO ${name} ${analyzed.sql}`, run)).rowsChanged;
}

async function intoDestination(analyzed: AnalyzedQuery, run: Run): Promise<NonNullable<Outcome['rows']>> {
  const { destination, store } = run;
  if (!destination) throw new Error('no destination');
  if (run.change) throw unsupported('a destination table of a query in a transaction');
  if (!store.findTable(destination.ref) && destination.createDisposition === 'CREATE_NEVER')
    throw notFound(`Table ${tableName(destination.ref)}`);
  return await store.change(async (change) => {
    const staging = newPhysical();
    const count = await fillTable(change.connection, physicalName(staging), analyzed, run);
    // Pages of the job's rows are read from a copy: the table may change or go before they are.
    const name = newResults();
    await change.connection.run(`CREATE TABLE ${name} AS SELECT * FROM ${physicalName(staging)}`);
    await publish(store, change, { ...destination, fields: analyzed.fields, staging });
    return { name, fields: analyzed.fields, count };
  });
}

function newResults(): string {
  return `results.${quoteName(`r_${randomUUID().replaceAll('-', '')}`)}`;
}

/** The query as a table's rows: named columns, no NULL in arrays. @throws ApiError invalidQuery */
export function analyzeOutput(query: Query, context: Context): AnalyzedQuery {
  const relation = expandValue(context.analyze.query(query, context));
  const names = relation.columns.map((column) => column.name.toLowerCase());
  const duplicates = [...new Set(names.filter((name, i) => names.indexOf(name) !== i))];
  if (duplicates.length > 0) {
    throw invalidQuery(
      `Duplicate column names in the result are not supported when a destination table is present. Found duplicate(s): ${duplicates.join(', ')}`,
    );
  }
  const fields = relation.columns.map((column) => toField(column.name, column.type));
  if (!relation.columns.some((column) => column.type.kind === 'ARRAY')) return { sql: relation.sql, fields };
  const columns = relation.columns.map((column) => {
    const sql = `"q".${quoteName(column.sqlName)}`;
    return column.type.kind === 'ARRAY' ? `bq_no_nulls(${sql}, ${quoteText(column.name)})` : sql;
  });
  return { sql: `SELECT ${columns.join(', ')} FROM (${relation.sql}) AS "q"`, fields };
}

/** SELECT AS STRUCT at the top gives the struct's fields as columns. */
function expandValue(relation: Relation): Relation {
  const [column] = relation.columns;
  if (!relation.asValue || column?.type.kind !== 'STRUCT') return relation;
  const columns = column.type.fields.map(({ name, type }) => ({ name, type, sqlName: name }));
  const list = columns.map(({ name }) => `struct_extract("q"."v", ${quoteText(name)}) AS ${quoteName(name)}`);
  return { sql: `SELECT ${list.join(', ')} FROM (${relation.sql}) AS "q"`, columns };
}

/** Bytes of the columns that a statement names, whole: partitions and clusters are not pruned here. */
export async function bytesRead(store: Store, reads: Reads): Promise<number> {
  let bytes = 0;
  for (const [entry, { columns }] of reads.tables) {
    const sizes = await measure(store, entry);
    for (const column of columns) bytes += sizes.columns.get(column) ?? 0;
  }
  return bytes;
}
