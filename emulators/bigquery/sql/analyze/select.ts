import { invalidQuery } from '../../errors.ts';
import { quoteName, typeName } from '../../types/types.ts';
import type { Item, Node, Select } from '../ast.ts';
import { requireBool } from './coerce.ts';
import type { Column, Context, Expr, Relation, Scope, Source } from './context.ts';
import { type AnalyzedFrom, analyzeFrom } from './from.ts';
import { same } from './scope.ts';
import { asValueTable } from './value-table.ts';

export interface AnalyzedSelect {
  readonly relation: Relation;
  readonly distinct: boolean;
  readonly items: readonly Expr[];
  readonly context: Context;
  /** Where ORDER BY looks names up: the aliases of the SELECT list first, then FROM. */
  readonly orderContext: Context;
}

interface NamedExpr {
  readonly name: string | undefined;
  readonly expr: Expr;
}

export function analyzeSelect(select: Select, outer: Context): AnalyzedSelect {
  const from = select.from ? analyzeFrom(select.from, { ...outer, inFilter: false }) : undefined;
  const scope: Scope = { sources: from?.sources ?? [], merged: from?.merged ?? [], parent: outer.scope };
  const windows = new Map(select.windows.map(({ name, window }) => [name.toLowerCase(), window]));
  const context: Context = { ...outer, scope, windows, inFilter: false };
  const where =
    select.where &&
    requireBool(context.analyze.expression(select.where, { ...context, inFilter: true }), 'WHERE clause');
  const named = select.items.flatMap((item) => expandItem(item, from, context));
  if (named.length === 0) throw invalidQuery('SELECT * expands to zero columns');
  const items = named.map(({ expr }) => expr);
  const names = nameColumns(named);
  const aliases = new Map(select.items.flatMap((item, i) => aliasOf(item, i, select, items)));
  const late: Context = { ...context, scope: { ...scope, aliases } };
  const orderContext: Context = { ...context, scope: { ...scope, aliases, aliasesFirst: true } };
  const groupBy = select.groupBy?.map((node) => groupKey(node, items, orderContext));
  const condition = (node: Node | undefined, word: string): string =>
    node ? ` ${word} ${requireBool(context.analyze.expression(node, late), `${word} clause`).sql}` : '';

  const value = asValueTable(select, items, names);
  const sqlNames = uniqueNames(names);
  const list = value
    ? `${value.expr.sql} AS "v"`
    : items.map((item, i) => `${item.sql} AS ${quoteName(sqlNames[i] ?? '')}`).join(', ');
  const sql = [
    `SELECT ${select.distinct ? 'DISTINCT ' : ''}${list}`,
    from ? ` FROM ${from.sql}` : '',
    where ? ` WHERE ${where.sql}` : '',
    groupBy ? ` GROUP BY ${groupBy.join(', ')}` : '',
    condition(select.having, 'HAVING'),
    condition(select.qualify, 'QUALIFY'),
  ].join('');
  if (select.distinct) for (const item of items) checkGroupable(item, 'SELECT DISTINCT');
  const columns = value
    ? [{ name: 'v', type: value.expr.type, sqlName: 'v' }]
    : items.map((item, i) => ({
        name: names[i] ?? '',
        type: item.type,
        sqlName: sqlNames[i] ?? '',
        ...(item.loose ? { literal: item } : {}),
      }));
  return {
    relation: { sql, columns, ...(value ? { asValue: true } : {}) },
    distinct: select.distinct,
    items,
    context,
    orderContext,
  };
}

/** Only aliases that were written count; with a `*` before, the place in the list is another than in the text. */
function aliasOf(item: Item, index: number, select: Select, items: readonly Expr[]): [string, Expr][] {
  const starsBefore = select.items.slice(0, index + 1).some(({ value }) => value.k === 'star');
  const expr = starsBefore ? items[items.length - (select.items.length - index)] : items[index];
  const starsAfter = starsBefore && select.items.slice(index).some(({ value }) => value.k === 'star');
  return item.alias !== undefined && expr && !starsAfter ? [[item.alias, expr]] : [];
}

function expandItem(item: Item, from: AnalyzedFrom | undefined, context: Context): NamedExpr[] {
  if (item.value.k === 'star') return expandStar(item.value, from, context);
  const expr = context.analyze.expression(item.value, context);
  return [{ name: item.alias ?? impliedName(item.value), expr }];
}

function impliedName(node: Node): string | undefined {
  if (node.k === 'path') return node.parts.at(-1);
  return node.k === 'field' ? node.name : undefined;
}

/** https://cloud.google.com/bigquery/docs/reference/standard-sql/query-syntax#select_list */
function expandStar(star: Extract<Node, { k: 'star' }>, from: AnalyzedFrom | undefined, context: Context): NamedExpr[] {
  if (!from && !star.of) throw invalidQuery('SELECT * must have a FROM clause');
  const all = star.of ? starOf(star.of, context) : from ? starOfAll(from) : [];
  for (const name of star.except) {
    if (!all.some((column) => same(column.name, name)))
      throw invalidQuery(`Column ${name} in SELECT * EXCEPT list does not exist`);
  }
  const replaced = star.replace.map((item) => ({
    name: item.alias ?? '',
    expr: context.analyze.expression(item.value, context),
  }));
  for (const { name } of replaced) {
    if (!all.some((column) => same(column.name, name)))
      throw invalidQuery(`Column ${name} in SELECT * REPLACE list does not exist`);
  }
  return all
    .filter((column) => !star.except.some((name) => same(name, column.name)))
    .map((column) => ({
      name: column.name === '' ? undefined : column.name,
      expr: replaced.find((item) => same(item.name, column.name))?.expr ?? column,
    }));
}

function starOfAll(from: AnalyzedFrom): Column[] {
  const rest = from.sources
    .flatMap(starColumns)
    .filter((column) => !from.merged.some((merged) => same(merged.name, column.name)));
  return [...from.merged, ...rest];
}

function starColumns(source: Source): Column[] {
  for (const column of source.columns) source.onRead?.(column.name, false);
  const { value, alias, columns } = source;
  return value && value.type.kind !== 'STRUCT' ? [{ ...value, name: alias }, ...columns] : [...columns];
}

function starOf(node: Node, context: Context): Column[] {
  const alias = node.k === 'path' && node.parts.length === 1 ? node.parts[0] : undefined;
  const source =
    alias === undefined ? undefined : context.scope.sources.find((candidate) => same(candidate.alias, alias));
  if (source) return starColumns(source);
  const value = context.analyze.expression(node, context);
  if (value.type.kind !== 'STRUCT') throw invalidQuery(`Dot-star is not supported for type ${typeName(value.type)}`);
  return value.type.fields.map(({ name, type }) => ({
    name,
    type,
    sql: `struct_extract(${value.sql}, '${name.replaceAll("'", "''")}')`,
  }));
}

/** Columns without a name are f0_, f1_ … */
function nameColumns(named: readonly NamedExpr[]): string[] {
  let anonymous = 0;
  return named.map(({ name }) => name ?? `f${anonymous++}_`);
}

function uniqueNames(names: readonly string[]): string[] {
  const used = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let n = 1; used.has(unique.toLowerCase()); n++) unique = `${name}:${n}`;
    used.add(unique.toLowerCase());
    return unique;
  });
}

function groupKey(node: Node, items: readonly Expr[], context: Context): string {
  const ordinal = node.k === 'literal' && node.kind === 'INT64' ? Number(node.text) : undefined;
  const expr = ordinal === undefined ? context.analyze.expression(node, context) : items[ordinal - 1];
  if (!expr) throw invalidQuery(`GROUP BY column number item is out of range: ${String(ordinal)}`);
  checkGroupable(expr, 'GROUP BY');
  return expr.sql;
}

function checkGroupable(expr: Expr, where: string): void {
  if (expr.type.kind === 'ARRAY' || expr.type.kind === 'JSON') {
    throw invalidQuery(
      `${where === 'GROUP BY' ? 'Grouping by expressions' : `${where} for columns`} of type ${typeName(expr.type)} is not allowed`,
    );
  }
}
