import { invalidQuery } from '../../errors.ts';
import { quoteName, scalar, typeName } from '../../types/types.ts';
import type { Order, Query, Select, SetOperation } from '../ast.ts';
import { renderOrderItem } from './calls.ts';
import { coerce, mustCoerce, supertype } from './coerce.ts';
import type { Context, Expr, Relation } from './context.ts';
import { type AnalyzedSelect, analyzeSelect } from './select.ts';

/** A query's SQL and columns. The scope of `context` is what a correlated subquery sees around it. */
export function analyzeQuery(query: Query, outer: Context): Relation {
  let context = outer;
  const withs: string[] = [];
  for (const cte of query.ctes) {
    const relation = analyzeQuery(cte.query, context);
    const name = quoteName(context.session.unique('cte'));
    withs.push(`${name} AS (${relation.sql})`);
    const ctes = new Map(context.ctes).set(cte.name.toLowerCase(), { ...relation, sql: `SELECT * FROM ${name}` });
    context = { ...context, ctes };
  }
  const body = analyzeBody(query, context);
  const prefix = withs.length > 0 ? `WITH ${withs.join(', ')} ` : '';
  return { ...body, sql: `${prefix}${body.sql}${renderLimit(query, context)}` };
}

function analyzeBody(query: Query, context: Context): Relation {
  if ('items' in query.body) {
    const select = analyzeSelect(query.body, context);
    // After DISTINCT only the columns are left to sort by.
    if (select.distinct) return orderOutput(select.relation, query, context);
    const order = query.orderBy.map((item) => orderOfSelect(item, select));
    return { ...select.relation, sql: `${select.relation.sql}${orderClause(order)}` };
  }
  return orderOutput(analyzeInput(query.body, context), query, context);
}

function orderOutput(relation: Relation, query: Query, context: Context): Relation {
  if (query.orderBy.length === 0) return { ...relation, sql: `(${relation.sql})` };
  const order = query.orderBy.map((item) => orderByColumn(item, relation, context));
  return { ...relation, sql: `SELECT * FROM (${relation.sql}) AS ${quoteName('q')}${orderClause(order)}` };
}

function orderClause(items: readonly string[]): string {
  return items.length > 0 ? ` ORDER BY ${items.join(', ')}` : '';
}

/** Aliases and ordinals become the item itself, so that a NULL's or NaN's place can be given. */
function orderOfSelect(order: Order, select: AnalyzedSelect): string {
  const ordinal = order.value.k === 'literal' && order.value.kind === 'INT64' ? Number(order.value.text) : undefined;
  if (ordinal === undefined) {
    return renderOrderItem(select.context.analyze.expression(order.value, select.orderContext), order);
  }
  const item = select.items[ordinal - 1];
  if (!item)
    throw invalidQuery(
      `ORDER BY column number item is out of range. Column numbers must be between one and ${select.items.length}, inclusive`,
    );
  return renderOrderItem(item, order);
}

function orderByColumn(order: Order, relation: Relation, context: Context): string {
  const source = {
    alias: '',
    columns: relation.columns.map((column) => ({ ...column, sql: `"q".${quoteName(column.sqlName)}` })),
  };
  if (order.value.k === 'literal' && order.value.kind === 'INT64') {
    const column = source.columns[Number(order.value.text) - 1];
    if (!column) throw invalidQuery('ORDER BY column number item is out of range');
    return renderOrderItem(column, order);
  }
  const scope = {
    sources: [source],
    merged: [],
    ...(context.scope.sources.length > 0 ? { parent: context.scope } : {}),
  };
  return renderOrderItem(context.analyze.expression(order.value, { ...context, scope }), order);
}

function renderLimit(query: Query, context: Context): string {
  const number = (node: Query['limit'], what: string): string => {
    if (!node) return '';
    const expr = context.analyze.expression(node, context);
    if (expr.constant === undefined || expr.constant.startsWith('-'))
      throw invalidQuery(`${what} expects a non-negative integer literal or parameter`);
    return ` ${what} ${mustCoerce(expr, scalar('INT64'), () => `${what} expects an integer literal or parameter`).sql}`;
  };
  return `${number(query.limit, 'LIMIT')}${number(query.offset, 'OFFSET')}`;
}

function analyzeInput(node: Select | SetOperation | Query, context: Context): Relation {
  if ('ctes' in node) return analyzeQuery(node, context);
  if ('items' in node) return analyzeSelect(node, context).relation;
  return analyzeSetOperation(node, context);
}

/** Columns meet by place and take their common supertype; the first input names them. */
function analyzeSetOperation(node: SetOperation, context: Context): Relation {
  const inputs = node.inputs.map((input) => analyzeInput(input, context));
  const [first] = inputs;
  if (!first) throw invalidQuery('a set operation needs two queries');
  for (const relation of inputs) {
    if (relation.columns.length !== first.columns.length) {
      throw invalidQuery(
        `Queries in ${node.op} have mismatched column count; query 1 has ${first.columns.length} column(s), query 2 has ${relation.columns.length} column(s)`,
      );
    }
  }
  const types = first.columns.map((_, i) => {
    const exprs = inputs.map((relation) => columnExpr(relation, i));
    const type = supertype(exprs);
    if (type) return type;
    throw invalidQuery(
      `Column ${i + 1} in ${node.op} has incompatible types: ${exprs.map((expr) => typeName(expr.type)).join(', ')}`,
    );
  });
  const parts = inputs.map((relation) => {
    const columns = types.map((type, i) => {
      const expr = columnExpr(relation, i);
      return `${coerce(expr, type)?.sql ?? expr.sql} AS ${quoteName(first.columns[i]?.sqlName ?? '')}`;
    });
    return `SELECT ${columns.join(', ')} FROM (${relation.sql}) AS "q"`;
  });
  const columns = first.columns.map(({ name, sqlName }, i) => ({ name, sqlName, type: types[i] ?? scalar('INT64') }));
  return { sql: parts.map((part) => `(${part})`).join(` ${node.op.replace(' DISTINCT', '')} `), columns };
}

/** A column of `(relation) AS "q"`, or the literal that it is. */
export function columnExpr(relation: Relation, index: number): Expr {
  const column = relation.columns[index];
  if (!column) throw invalidQuery(`a query lacks column ${index + 1}`);
  return column.literal ?? { sql: `"q".${quoteName(column.sqlName)}`, type: column.type };
}
