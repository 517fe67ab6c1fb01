import { invalidQuery, notFound, unsupported } from '../../errors.ts';
import type { DatasetRef, TableRef } from '../../store/names.ts';
import { tableName } from '../../store/names.ts';
import { physicalName, type Store, type TableEntry } from '../../store/store.ts';
import { requiredFilter } from '../../store/tables.ts';
import { fieldType } from '../../types/schema.ts';
import { analyzeExpression } from '../analyze/expression.ts';
import { type Context, EMPTY_SCOPE, type Expr, type Relation, type Session } from '../analyze/context.ts';
import { analyzeQuery } from '../analyze/query.ts';
import { parseScript } from '../parse/script.ts';
import { informationSchema } from './information-schema.ts';

export interface SessionOptions {
  readonly store: Store;
  readonly projectId: string;
  readonly defaultDataset: DatasetRef | undefined;
  readonly parameter: (name: string, index: number) => Expr;
}

/** What a statement read: for its bytes, and for tables that demand a filter on their partitions. */
export interface Reads {
  readonly tables: Map<TableEntry, { readonly columns: Set<string>; readonly filtered: Set<string> }>;
}

/** A context for one statement, and the record of what it reads. */
export function newContext(options: SessionOptions): { context: Context; reads: Reads } {
  const reads: Reads = { tables: new Map() };
  let names = 0;
  const session: Session = {
    table: (path, context) => resolveTable(path, options, reads, context),
    parameter: options.parameter,
    unique: (prefix) => `${prefix.slice(0, 40)}_${names++}`,
    now: `CAST('${options.store.clock.date().toISOString()}' AS TIMESTAMPTZ)`,
  };
  const analyze = { query: analyzeQuery, expression: analyzeExpression };
  return {
    context: { session, scope: EMPTY_SCOPE, ctes: new Map(), windows: new Map(), inFilter: false, analyze },
    reads,
  };
}

/** The table that a path means: `table` of the default dataset, `dataset.table` of the project, or all three. */
export function tableRef(path: readonly string[], options: SessionOptions): TableRef {
  const parts = [...path];
  const tableId = parts.pop() ?? '';
  const datasetId = parts.pop() ?? options.defaultDataset?.datasetId;
  const projectId =
    parts.pop() ?? (path.length === 1 ? options.defaultDataset?.projectId : undefined) ?? options.projectId;
  if (parts.length > 0) throw invalidQuery(`Invalid table name: ${path.join('.')}`);
  if (datasetId === undefined) {
    throw invalidQuery(`Table "${tableId}" must be qualified with a dataset (e.g. dataset.table).`);
  }
  return { projectId, datasetId, tableId };
}

function resolveTable(path: readonly string[], options: SessionOptions, reads: Reads, context: Context): Relation {
  const at = path.findIndex((part) => part.toUpperCase() === 'INFORMATION_SCHEMA');
  if (at >= 0) {
    const view = (path[at + 1] ?? '').toUpperCase();
    if (at === 0) throw unsupported('INFORMATION_SCHEMA without a dataset');
    const { projectId, datasetId } = tableRef([...path.slice(0, at), view], options);
    return informationSchema(options.store, { projectId, datasetId }, view);
  }
  const ref = tableRef(path, options);
  if (ref.tableId.endsWith('*')) throw unsupported('wildcard tables');
  const entry = options.store.table(ref);
  if (entry.view !== undefined) return resolveView(entry, options, reads, context);
  return tableRelation(entry, reads);
}

export function tableRelation(entry: TableEntry, reads: Reads): Relation {
  const read = reads.tables.get(entry) ?? { columns: new Set<string>(), filtered: new Set<string>() };
  reads.tables.set(entry, read);
  return {
    sql: `SELECT * FROM ${physicalName(entry.physical ?? '')}`,
    columns: entry.fields.map((field) => ({ name: field.name, type: fieldType(field), sqlName: field.name })),
    onRead: (column, inFilter) => {
      read.columns.add(column);
      if (inFilter) read.filtered.add(column.toLowerCase());
    },
  };
}

/** A view is its query, read anew; it sees neither the caller's CTEs nor its default dataset. */
function resolveView(entry: TableEntry, options: SessionOptions, reads: Reads, context: Context): Relation {
  const [statement] = parseScript(entry.view ?? '');
  if (statement?.k !== 'select') throw notFound(`View ${tableName(entry)}`);
  const inner: SessionOptions = { ...options, defaultDataset: undefined, projectId: entry.projectId };
  const session: Session = { ...context.session, table: (path, at) => resolveTable(path, inner, reads, at) };
  return analyzeQuery(statement.query, {
    ...context,
    session,
    scope: EMPTY_SCOPE,
    ctes: new Map(),
    windows: new Map(),
  });
}

/** @throws ApiError invalidQuery when a table that demands it was read without a filter on its partitions */
export function checkPartitionFilters(reads: Reads): void {
  for (const [entry, read] of reads.tables) {
    const column = requiredFilter(entry.properties);
    if (column === undefined || read.filtered.has(column.toLowerCase())) continue;
    throw invalidQuery(
      `Cannot query over table '${entry.projectId}.${entry.datasetId}.${entry.tableId}' without a filter over column(s) '${column}' that can be used for partition elimination`,
    );
  }
}
