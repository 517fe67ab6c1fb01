import type { DuckDBConnection } from '@duckdb/node-api';
import { alreadyExists, invalid, invalidQuery, notFound } from '../../errors.ts';
import { checkTableId, tableName, type TableRef } from '../../store/names.ts';
import { reshape } from '../../store/publish.ts';
import { createPhysical, newPhysical, physicalName, type Resource, type TableEntry } from '../../store/store.ts';
import { checkLayout, expiryOf } from '../../store/tables.ts';
import { type Field, readFields } from '../../types/schema.ts';
import type { ColumnNode, CreateTable, StatementOf } from '../ast.ts';
import { columnField, layoutProperties, readOptions } from './ddl-options.ts';
import { executeDropSchema } from './ddl-schema.ts';
import { inChange, type Outcome, type Run, runDdl, runStatement } from './outcome.ts';
import { analyzeOutput, bytesRead, fillTable, type AnalyzedQuery } from './select.ts';
import { newContext, tableRef } from './session.ts';
import { touch } from './dml.ts';

/** https://cloud.google.com/bigquery/docs/reference/standard-sql/data-definition-language#create_table_statement */
export async function executeCreateTable(statement: CreateTable, run: Run): Promise<Outcome> {
  const ref = tableRef(statement.path, run.session);
  checkTableId(ref.tableId);
  const { context, reads } = newContext(run.session);
  const query = statement.query && analyzeOutput(statement.query, context);
  const fields = tableFields(statement.columns, query);
  const statementType = statement.query ? 'CREATE_TABLE_AS_SELECT' : 'CREATE_TABLE';
  const options = readOptions(statement.options, context);
  const properties: Resource = { ...options, ...layoutProperties(statement) };
  checkLayout(properties, fields);
  const bytes = await bytesRead(run.store, reads);
  const existing = existingTable(run, ref, statement);
  if (run.dryRun || existing === 'skip') return outcome(statementType, 'SKIP', ref, bytes);
  await runDdl(run, async (change) => {
    const dataset = run.store.dataset(ref);
    const physical = newPhysical();
    await createPhysical(change.connection, physicalName(physical), fields);
    if (query) await fillInto(change.connection, physical, query, fields, run);
    if (existing) await change.deleteTable(existing);
    const now = run.store.clock.now();
    const { expirationTime, ...rest } = properties;
    const expires = expiryOf(dataset, expirationTime, now);
    await change.putTable({
      ...ref,
      fields,
      physical,
      properties: rest,
      created: now,
      modified: now,
      version: 1,
      ...(expires === undefined ? {} : { expires }),
    });
  });
  return outcome(statementType, existing ? 'REPLACE' : 'CREATE', ref, bytes);
}

async function fillInto(
  connection: DuckDBConnection,
  physical: string,
  query: AnalyzedQuery,
  fields: readonly Field[],
  run: Run,
): Promise<void> {
  if (fields === query.fields) {
    await runStatement(connection, `INSERT INTO ${physicalName(physical)} ${query.sql}`, run);
    return;
  }
  const temporary = physicalName(newPhysical());
  await fillTable(connection, temporary, query, run);
  await connection.run(`INSERT INTO ${physicalName(physical)} SELECT * FROM ${temporary}`);
  await connection.run(`DROP TABLE ${temporary}`);
}

function tableFields(columns: readonly ColumnNode[] | undefined, query: AnalyzedQuery | undefined): readonly Field[] {
  if (!columns) {
    if (!query) throw invalidQuery('CREATE TABLE needs a column list or AS SELECT');
    readFields(query.fields);
    return query.fields;
  }
  const fields = readFields(columns.map(columnField));
  if (query && fields.length !== query.fields.length)
    throw invalidQuery(
      `The number of columns in the column definition list does not match the number of columns produced by the query`,
    );
  for (const [i, field] of query?.fields.entries() ?? []) {
    if (field.type !== fields[i]?.type)
      throw invalidQuery(
        `Column ${field.name} of the query has type ${field.type}, which is not that of column ${fields[i]?.name ?? ''}, ${fields[i]?.type ?? ''}`,
      );
  }
  return fields;
}

function existingTable(
  run: Run,
  ref: TableRef,
  statement: { replace: boolean; ifNotExists: boolean },
): TableEntry | 'skip' | undefined {
  run.store.dataset(ref);
  const existing = run.store.findTable(ref);
  if (!existing) return undefined;
  if (statement.ifNotExists) return 'skip';
  if (!statement.replace) throw alreadyExists(`Table ${tableName(ref)}`);
  return existing;
}

export async function executeCreateView(statement: StatementOf<'createView'>, run: Run): Promise<Outcome> {
  const ref = tableRef(statement.path, run.session);
  checkTableId(ref.tableId);
  const { context } = newContext(run.session);
  const { fields } = analyzeOutput(statement.query, context);
  const existing = existingTable(run, ref, statement);
  if (run.dryRun || existing === 'skip') return outcome('CREATE_VIEW', 'SKIP', ref, 0);
  await runDdl(run, async (change) => {
    if (existing) await change.deleteTable(existing);
    const now = run.store.clock.now();
    await change.putTable({
      ...ref,
      fields,
      view: statement.text,
      properties: readOptions(statement.options, context),
      created: now,
      modified: now,
      version: 1,
    });
  });
  return outcome('CREATE_VIEW', existing ? 'REPLACE' : 'CREATE', ref, 0);
}

export async function executeDrop(statement: StatementOf<'drop'>, run: Run): Promise<Outcome> {
  if (statement.what === 'SCHEMA') return await executeDropSchema(statement, run);
  const ref = tableRef(statement.path, run.session);
  const statementType = `DROP_${statement.what}`;
  const entry = run.store.findDataset(ref) && run.store.findTable(ref);
  if (!entry) {
    if (!statement.ifExists) throw notFound(`${statement.what === 'VIEW' ? 'View' : 'Table'} ${tableName(ref)}`);
    return outcome(statementType, 'SKIP', ref, 0);
  }
  if ((entry.view !== undefined) !== (statement.what === 'VIEW')) {
    throw invalid(
      `${tableName(ref)} is ${entry.view === undefined ? 'a table' : 'a view'}: DROP ${statement.what} cannot drop it`,
    );
  }
  if (!run.dryRun)
    await runDdl(run, async (change) => {
      await change.deleteTable(entry);
    });
  return outcome(statementType, 'DROP', ref, 0);
}

export async function executeTruncate(statement: StatementOf<'truncate'>, run: Run): Promise<Outcome> {
  const entry = run.store.table(tableRef(statement.path, run.session));
  if (entry.physical === undefined) throw invalidQuery(`${tableName(entry)} is a view and cannot be truncated`);
  const sql = `DELETE FROM ${physicalName(entry.physical)}`;
  if (run.dryRun) return { statementType: 'TRUNCATE_TABLE', bytes: 0 };
  const deleted = await inChange(run, async (change) => {
    const count = (await change.connection.run(sql)).rowsChanged;
    await touch(change, run, entry);
    return count;
  });
  return { statementType: 'TRUNCATE_TABLE', bytes: 0, dml: { inserted: 0, updated: 0, deleted } };
}

export async function executeAddColumns(statement: StatementOf<'addColumns'>, run: Run): Promise<Outcome> {
  const entry = run.store.table(tableRef(statement.path, run.session));
  const known = (name: string): boolean =>
    entry.fields.some((field) => field.name.toLowerCase() === name.toLowerCase());
  const added = statement.columns.filter((column) => !(column.ifNotExists && known(column.name)));
  for (const column of added) {
    if (known(column.name)) throw invalidQuery(`Column already exists: ${column.name}`);
    if (column.required)
      throw invalidQuery(`Cannot add required fields to an existing schema. (field: ${column.name})`);
  }
  const fields = readFields([...entry.fields, ...added.map(columnField)]);
  if (!run.dryRun && added.length > 0) {
    await runDdl(run, async (change) => {
      await change.putTable({
        ...(await reshape(change, entry, fields)),
        modified: run.store.clock.now(),
        version: entry.version + 1,
      });
    });
  }
  return outcome('ALTER_TABLE', 'ALTER', entry, 0);
}

function outcome(
  statementType: string,
  operation: string,
  { projectId, datasetId, tableId }: TableRef,
  bytes: number,
): Outcome {
  return {
    statementType,
    bytes,
    ddl: { ddlOperationPerformed: operation, ddlTargetTable: { projectId, datasetId, tableId } },
  };
}
