import type { DuckDBConnection } from '@duckdb/node-api';
import { type Field, fieldType } from '../types/schema.ts';
import { duckType, quoteName } from '../types/types.ts';

/** Copies rows from one table to another, column by column's name; columns that the source lacks are NULL or empty. */
export async function copyRows(
  connection: DuckDBConnection,
  from: { readonly sql: string; readonly fields: readonly Field[] },
  to: { readonly sql: string; readonly fields: readonly Field[] },
): Promise<number> {
  const columns = to.fields.map((field) =>
    convert(
      quoteName(field.name),
      from.fields.find((other) => same(other, field)),
      field,
    ),
  );
  const names = to.fields.map((field) => quoteName(field.name)).join(', ');
  const result = await connection.run(`INSERT INTO ${to.sql} (${names}) SELECT ${columns.join(', ')} FROM ${from.sql}`);
  return result.rowsChanged;
}

function convert(sql: string, from: Field | undefined, to: Field, depth = 0): string {
  const type = duckType(fieldType(to));
  if (!from) return to.mode === 'REPEATED' ? `CAST([] AS ${type})` : `CAST(NULL AS ${type})`;
  if (!to.fields || duckType(fieldType(from)) === type) return sql;
  if (to.mode === 'REPEATED') {
    const element = `e${depth}`;
    return `list_transform(${sql}, lambda ${element}: ${struct(element, from, to, depth + 1)})`;
  }
  return struct(sql, from, to, depth);
}

function struct(sql: string, from: Field, to: Field, depth: number): string {
  const parts = (to.fields ?? []).map((field) => {
    const source = from.fields?.find((other) => same(other, field));
    const value = convert(
      `struct_extract(${sql}, '${(source ?? field).name.replaceAll("'", "''")}')`,
      source,
      field,
      depth,
    );
    return `${quoteName(field.name)} := ${value}`;
  });
  return `CASE WHEN ${sql} IS NOT NULL THEN struct_pack(${parts.join(', ')}) END`;
}

function same(a: Field, b: Field): boolean {
  return a.name.toLowerCase() === b.name.toLowerCase();
}
