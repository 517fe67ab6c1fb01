import { invalidQuery, unsupported } from '../../errors.ts';
import { anonymousField, duckType, scalar, type SqlType, type StructType, typeName } from '../../types/types.ts';
import type { Node } from '../ast.ts';
import { renderOnce } from '../functions/once.ts';
import { analyzeCall } from './calls.ts';
import { castExpr, nullOf, resolveType } from './casts.ts';
import { coerce, mustCoerce, requireBool, structSql, supertype } from './coerce.ts';
import type { Context, Expr } from './context.ts';
import { extract } from './dates.ts';
import { literal } from './literals.ts';
import { analyzeOperator, comparison } from './operators.ts';
import { fieldOf, resolvePath } from './scope.ts';

type NodeOf<K extends Node['k']> = Extract<Node, { k: K }>;

/** Gives a node its type and its DuckDB SQL. @throws ApiError invalidQuery or 501 */
export function analyzeExpression(node: Node, context: Context): Expr {
  const of = (child: Node): Expr => analyzeExpression(child, context);
  switch (node.k) {
    case 'literal':
      return literal(node.kind, node.text);
    case 'path':
      return resolvePath(node.parts, context);
    case 'param':
      return context.session.parameter(node.name, node.index);
    case 'field':
      return fieldOf(of(node.value), node.name);
    case 'op':
      return analyzeOperator(node.op, node.args.map(of));
    case 'cast':
      return castExpr(of(node.value), resolveType(node.type), node.safe);
    case 'case':
      return analyzeCase(node, context);
    case 'in':
      return analyzeIn(node, context);
    case 'subquery':
      return analyzeSubquery(node, context);
    case 'array':
      return analyzeArray(node, context);
    case 'struct':
      return analyzeStruct(node, context);
    case 'index':
      return analyzeIndex(node, context);
    case 'extract':
      return extract(node.part, of(node.value), node.zone && of(node.zone));
    case 'call':
      return analyzeCall(node, context);
    case 'interval':
      throw unsupported('INTERVAL values outside of date functions');
    case 'star':
      throw invalidQuery('Syntax error: Unexpected "*"');
  }
}

function analyzeCase(node: NodeOf<'case'>, context: Context): Expr {
  const subject = node.subject && analyzeExpression(node.subject, context);
  const conditions = node.whens.map(({ when }) => {
    const value = analyzeExpression(when, context);
    return subject ? comparison('=', subject, value) : requireBool(value, 'WHEN clause');
  });
  const results = node.whens.map(({ then }) => analyzeExpression(then, context));
  const otherwise = node.otherwise ? analyzeExpression(node.otherwise, context) : undefined;
  const all = otherwise ? [...results, otherwise] : results;
  const type = supertype(all);
  if (!type)
    throw invalidQuery(
      `No matching signature for operator CASE; all THEN/ELSE arguments must be coercible to a common type but found: ${all.map((expr) => typeName(expr.type)).join(', ')}`,
    );
  const as = (expr: Expr): string => mustCoerce(expr, type, (from, to) => `CASE: ${from} is not ${to}`).sql;
  const whens = conditions.map((condition, i) => `WHEN ${condition.sql} THEN ${as(results[i] ?? nullOf(type))}`);
  return { sql: `(CASE ${whens.join(' ')} ELSE ${otherwise ? as(otherwise) : nullOf(type).sql} END)`, type };
}

function analyzeIn(node: NodeOf<'in'>, context: Context): Expr {
  const value = analyzeExpression(node.value, context);
  const not = node.not ? 'NOT ' : '';
  const type = scalar('BOOL');
  if ('list' in node.of) {
    const items = node.of.list.map((item) => analyzeExpression(item, context));
    return { sql: `(${not}(${items.map((item) => comparison('=', value, item).sql).join(' OR ')}))`, type };
  }
  if ('unnest' in node.of) {
    const array = analyzeExpression(node.of.unnest, context);
    if (array.type.kind !== 'ARRAY')
      throw invalidQuery(`Second argument of IN UNNEST must be an array but was ${typeName(array.type)}`);
    const element = unifyWith(value, { sql: array.sql, type: array.type.element }, 'IN UNNEST');
    const wanted: SqlType = { kind: 'ARRAY', element };
    const list = coerce(array, wanted)?.sql ?? `CAST(${array.sql} AS ${duckType(wanted)})`;
    const items = notNan(`SELECT unnest(${list}) AS "v"`, element);
    return { sql: `(${not}(${coerce(value, element)?.sql ?? value.sql} IN (${items})))`, type };
  }
  const relation = context.analyze.query(node.of.query, context);
  const [column] = relation.columns;
  if (!column || relation.columns.length > 1)
    throw invalidQuery('Subquery of type IN must have only one output column');
  const item: Expr = { sql: 's."v"', type: column.type };
  const as = unifyWith(value, item, 'IN');
  const [left, right] = [coerce(value, as)?.sql ?? value.sql, coerce(item, as)?.sql ?? item.sql];
  const items = notNan(`SELECT ${right} AS "v" FROM (${relation.sql}) AS s("v")`, as);
  return { sql: `(${not}(${left} IN (${items})))`, type };
}

/** NaN is equal to nothing; DuckDB holds it equal to itself. */
function notNan(items: string, type: SqlType): string {
  if (type.kind !== 'FLOAT64') return items;
  return `SELECT "v" FROM (${items}) AS i WHERE "v" IS NULL OR NOT isnan("v")`;
}

function unifyWith(a: Expr, b: Expr, operator: string): SqlType {
  const type = supertype([a, b]);
  // DuckDB would hold a NULL field equal to another, and NaN to NaN.
  if (type?.kind === 'STRUCT') throw unsupported(`${operator} with STRUCT values of a query or an array`);
  if (type) return type;
  throw invalidQuery(
    `No matching signature for operator ${operator} for argument types: ${typeName(a.type)}, ${typeName(b.type)}`,
  );
}

function analyzeSubquery(node: NodeOf<'subquery'>, context: Context): Expr {
  const relation = context.analyze.query(node.query, { ...context, inFilter: false });
  if (node.as === 'exists') return { sql: `EXISTS (${relation.sql})`, type: scalar('BOOL') };
  const [column] = relation.columns;
  if (!column || relation.columns.length > 1) {
    const what = node.as === 'array' ? 'ARRAY' : 'Scalar';
    throw invalidQuery(
      `${what} subquery cannot have more than one column unless using SELECT AS STRUCT to build STRUCT values`,
    );
  }
  if (node.as === 'scalar') return { sql: `(${relation.sql})`, type: column.type };
  if (column.type.kind === 'ARRAY')
    throw invalidQuery('Cannot use array subquery with column of type ARRAY because nested arrays are not supported');
  return { sql: `coalesce(ARRAY(${relation.sql}), [])`, type: { kind: 'ARRAY', element: column.type } };
}

function analyzeArray(node: NodeOf<'array'>, context: Context): Expr {
  const items = node.items.map((item) => analyzeExpression(item, context));
  const declared = node.element && resolveType(node.element);
  const element = declared ?? supertype(items);
  if (!element)
    throw invalidQuery(
      `Array elements of types {${items.map((item) => typeName(item.type)).join(', ')}} do not have a common supertype`,
    );
  if (element.kind === 'ARRAY')
    throw invalidQuery('Cannot construct array with element type ARRAY because nested arrays are not supported');
  const values = items.map((item) =>
    mustCoerce(item, element, (from, to) => `Array element type ${from} does not coerce to ${to}`),
  );
  const sql = `[${values.map((value) => value.sql).join(', ')}]`;
  const type = { kind: 'ARRAY', element } as const;
  if (declared) return { sql: `CAST(${sql} AS ${duckType(type)})`, type };
  if (items.length === 0) return { sql: '[]', type, loose: 'empty' };
  return items.every((item) => item.loose === undefined && !item.items) ? { sql, type } : { sql, type, items };
}

function analyzeStruct(node: NodeOf<'struct'>, context: Context): Expr {
  const items = node.items.map((item) => analyzeExpression(item.value, context));
  const declared = node.type && resolveType(node.type);
  const names = node.items.map((item, i) => item.alias ?? anonymousField(i));
  if (new Set(names.map((name) => name.toLowerCase())).size < names.length)
    throw unsupported('a STRUCT with two fields of one name');
  const type: StructType =
    declared?.kind === 'STRUCT'
      ? declared
      : { kind: 'STRUCT', fields: items.map((item, i) => ({ name: names[i] ?? '', type: item.type })) };
  if (type.fields.length !== items.length)
    throw invalidQuery(`STRUCT type has ${type.fields.length} fields but constructor call has ${items.length} fields`);
  if (items.length === 0) throw unsupported('an empty STRUCT');
  const values = type.fields.map((field, i) => {
    const item = items[i] ?? nullOf(field.type);
    return mustCoerce(
      item,
      field.type,
      (from, to) => `Struct field ${i + 1} has type ${from} which does not coerce to ${to}`,
    ).sql;
  });
  const sql = structSql(type, values);
  return declared || items.every((item) => item.loose === undefined && !item.items)
    ? { sql, type }
    : { sql, type, items };
}

function analyzeIndex(node: NodeOf<'index'>, context: Context): Expr {
  const value = analyzeExpression(node.value, context);
  const index = analyzeExpression(node.index, context);
  if (value.type.kind === 'JSON') {
    const path = index.type.kind === 'STRING' ? `'$."' || ${index.sql} || '"'` : `'$[' || ${index.sql} || ']'`;
    return { sql: `json_extract(${value.sql}, ${path})`, type: value.type };
  }
  if (value.type.kind !== 'ARRAY')
    throw invalidQuery(`Element access using [] is not supported on values of type ${typeName(value.type)}`);
  const at = mustCoerce(
    index,
    scalar('INT64'),
    (from) => `Array position in [] must be coercible to INT64 type, but has type ${from}`,
  );
  const safe = node.how.startsWith('SAFE_');
  const macro = node.how.endsWith('ORDINAL') ? 'bq_at_ordinal' : 'bq_at_offset';
  return {
    sql: renderOnce(
      [value.sql, at.sql],
      (args) => `${safe ? macro.replace('bq_', 'bq_safe_') : macro}(${args.join(', ')})`,
    ),
    type: value.type.element,
  };
}
