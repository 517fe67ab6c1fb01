import { unsupported } from '../../errors.ts';
import type { DatasetRef } from '../../store/names.ts';
import type { Store } from '../../store/store.ts';
import { type Field, fieldType } from '../../types/schema.ts';
import { quoteText, scalar, type ScalarKind, typeName } from '../../types/types.ts';
import type { Relation } from '../analyze/context.ts';

/** The columns that a person or a tool asks for first: https://cloud.google.com/bigquery/docs/information-schema-tables */
const TABLES: Readonly<Record<string, ScalarKind>> = {
  table_catalog: 'STRING',
  table_schema: 'STRING',
  table_name: 'STRING',
  table_type: 'STRING',
  creation_time: 'TIMESTAMP',
};
const COLUMNS: Readonly<Record<string, ScalarKind>> = {
  table_catalog: 'STRING',
  table_schema: 'STRING',
  table_name: 'STRING',
  column_name: 'STRING',
  ordinal_position: 'INT64',
  is_nullable: 'STRING',
  data_type: 'STRING',
};

/** INFORMATION_SCHEMA.TABLES and COLUMNS of one dataset, as rows of constants. */
export function informationSchema(store: Store, ref: DatasetRef, view: string): Relation {
  store.dataset(ref);
  const tables = store.tables(ref);
  if (view === 'TABLES') {
    const rows = tables.map((entry) => [
      ...names(entry.projectId, entry.datasetId, entry.tableId),
      quoteText(entry.view === undefined ? 'BASE TABLE' : 'VIEW'),
      `CAST('${new Date(entry.created).toISOString()}' AS TIMESTAMPTZ)`,
    ]);
    return relation(TABLES, rows);
  }
  if (view === 'COLUMNS') {
    const rows = tables.flatMap((entry) =>
      entry.fields.map((field, i) => [...names(entry.projectId, entry.datasetId, entry.tableId), ...column(field, i)]),
    );
    return relation(COLUMNS, rows);
  }
  throw unsupported(`INFORMATION_SCHEMA.${view}`);
}

function names(...parts: string[]): string[] {
  return parts.map(quoteText);
}

function column(field: Field, index: number): string[] {
  return [
    quoteText(field.name),
    `CAST(${index + 1} AS BIGINT)`,
    quoteText(field.mode === 'REQUIRED' ? 'NO' : 'YES'),
    quoteText(typeName(fieldType(field))),
  ];
}

function relation(columns: Readonly<Record<string, ScalarKind>>, rows: readonly (readonly string[])[]): Relation {
  const list = Object.keys(columns);
  const nothing = `SELECT ${list.map(() => 'NULL').join(', ')} WHERE FALSE`;
  const values = rows.length > 0 ? `VALUES ${rows.map((row) => `(${row.join(', ')})`).join(', ')}` : nothing;
  return {
    sql: `SELECT * FROM (${values}) AS i(${list.join(', ')})`,
    columns: Object.entries(columns).map(([name, kind]) => ({ name, type: scalar(kind), sqlName: name })),
  };
}
