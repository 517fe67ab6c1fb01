import { invalidQuery } from '../../errors.ts';
import { quoteName, type StructType } from '../../types/types.ts';
import type { Column, Context, Expr, Scope, Source } from './context.ts';

/** Resolves `a.b.c`: a column, an alias' column, or a range variable, and then fields of structs. Inner scopes hide outer ones. */
export function resolvePath(parts: readonly string[], context: Context): Expr {
  for (let scope: Scope | undefined = context.scope; scope; scope = scope.parent) {
    const found = resolveIn(scope, parts, context.inFilter);
    if (found) return found.rest.reduce<Expr>((value, name) => fieldOf(value, name), found.expr);
  }
  const [first = '', second] = parts;
  const aliased = context.scope.sources.some((source) => same(source.alias, first));
  if (aliased && second !== undefined) throw invalidQuery(`Name ${second} not found inside ${first}`);
  throw invalidQuery(`Unrecognized name: ${first}`);
}

interface Found {
  readonly expr: Expr;
  readonly rest: readonly string[];
}

function resolveIn(scope: Scope, parts: readonly string[], inFilter: boolean): Found | undefined {
  const [first = '', second, ...rest] = parts;
  const alias = parts.length === 1 || scope.aliasesFirst ? findAlias(scope, first) : undefined;
  if (alias && scope.aliasesFirst) return { expr: alias, rest: parts.slice(1) };
  const source = scope.sources.find((candidate) => same(candidate.alias, first));
  if (source && second !== undefined) {
    const column = findColumn([source], second, inFilter);
    if (column) return { expr: column, rest };
    if (source.value) return { expr: source.value, rest: parts.slice(1) };
  }
  const merged = scope.merged.find((column) => same(column.name, first));
  const column = merged ?? findColumn(scope.sources, first, inFilter);
  if (column) return { expr: column, rest: parts.slice(1) };
  if (source && second === undefined) return { expr: source.value ?? rowOf(source), rest: [] };
  return alias && { expr: alias, rest: [] };
}

function findAlias(scope: Scope, name: string): Expr | undefined {
  for (const [alias, expr] of scope.aliases ?? []) if (same(alias, name)) return expr;
  return undefined;
}

function findColumn(sources: readonly Source[], name: string, inFilter: boolean): Column | undefined {
  const found = sources.flatMap((source) =>
    source.columns.filter((column) => same(column.name, name)).map((column) => ({ source, column })),
  );
  if (found.length > 1) throw invalidQuery(`Column name ${name} is ambiguous`);
  const [only] = found;
  only?.source.onRead?.(only.column.name, inFilter);
  return only?.column;
}

/** A table's alias alone is the whole row as a struct. */
function rowOf(source: Source): Expr {
  for (const column of source.columns) source.onRead?.(column.name, false);
  const type: StructType = { kind: 'STRUCT', fields: source.columns.map(({ name, type: of }) => ({ name, type: of })) };
  return {
    sql: `struct_pack(${source.columns.map((column) => `${quoteName(column.name)} := ${column.sql}`).join(', ')})`,
    type,
  };
}

/** @throws ApiError invalidQuery for what is no struct or lacks the field */
export function fieldOf(value: Expr, name: string): Expr {
  if (value.type.kind === 'JSON') return { sql: `json_extract(${value.sql}, ${jsonKey(name)})`, type: value.type };
  if (value.type.kind !== 'STRUCT')
    throw invalidQuery(`Cannot access field ${name} on a value with type ${describeKind(value)}`);
  const found = value.type.fields.filter((field) => same(field.name, name));
  const [field] = found;
  if (!field) throw invalidQuery(`Field name ${name} does not exist in STRUCT`);
  if (found.length > 1) throw invalidQuery(`Field name ${name} is ambiguous`);
  return { sql: `struct_extract(${value.sql}, '${field.name.replaceAll("'", "''")}')`, type: field.type };
}

function jsonKey(name: string): string {
  return `'$."${name.replaceAll("'", "''").replaceAll('"', '\\"')}"'`;
}

function describeKind(value: Expr): string {
  return value.type.kind === 'ARRAY' ? `ARRAY<${value.type.element.kind}>` : value.type.kind;
}

/** Column names and aliases are case-insensitive: https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical#case_sensitivity */
export function same(a: string, b: string): boolean {
  return a === b || a.toLowerCase() === b.toLowerCase();
}
