import { invalidQuery, unsupported } from '../../errors.ts';
import { scalar, type SqlType, typeName } from '../../types/types.ts';
import type { Call, FrameEnd, Order, Window } from '../ast.ts';
import { AGGREGATES, WINDOW_FUNCTIONS } from '../functions/aggregate.ts';
import { renderOnce } from '../functions/once.ts';
import { SCALAR_FUNCTIONS } from '../functions/scalar.ts';
import { type Overloads, renderTemplate, resolveOverload } from '../functions/signature.ts';
import { mustCoerce } from './coerce.ts';
import type { Context, Expr } from './context.ts';
import { analyzeDateFunction } from './dates.ts';
import { SPECIAL_FUNCTIONS } from './special.ts';

/** A function call of any kind: scalar, aggregate, window. */
export function analyzeCall(call: Call, context: Context): Expr {
  const expr = analyzePlain(call, context);
  return call.safe ? { sql: `TRY(${expr.sql})`, type: expr.type } : expr;
}

function analyzePlain(call: Call, context: Context): Expr {
  if (call.name === 'MAX_BY' || call.name === 'MIN_BY') return analyzePlain(asHaving(call), context);
  const aggregate = AGGREGATES[call.name];
  const overloads = aggregate ?? WINDOW_FUNCTIONS[call.name];
  if (overloads) return analyzeAggregate(call, overloads, aggregate !== undefined, context);
  if (call.over) throw invalidQuery(`Analytic function ${call.name} cannot be called with OVER`);
  if (call.distinct || call.orderBy.length > 0 || call.limit)
    throw invalidQuery(`Function ${call.name} is no aggregate`);
  const date = analyzeDateFunction(call, context);
  if (date) return date;
  const args = call.args.map((arg) => context.analyze.expression(arg, context));
  const special = SPECIAL_FUNCTIONS[call.name];
  if (special) return special(args, context);
  const found = SCALAR_FUNCTIONS[call.name];
  if (!found)
    throw unsupported(`the function ${call.name} (unknown, or not among those of emulators/bigquery/README.md)`);
  const resolved = resolveOverload(found, args);
  if (!resolved) throw noSignature(call.name, args);
  return {
    sql: renderTemplate(
      resolved.template,
      resolved.args.map((arg) => arg.sql),
    ),
    type: resolved.type,
  };
}

function analyzeAggregate(call: Call, overloads: Overloads, isAggregate: boolean, context: Context): Expr {
  if (!isAggregate && !call.over)
    throw invalidQuery(`Analytic function ${call.name} cannot be called without an OVER clause`);
  const star = call.args[0]?.k === 'star';
  const args = star ? [] : call.args.map((arg) => context.analyze.expression(arg, context));
  if (call.name === 'COUNT' && args.length === 0 && !star) throw noSignature('COUNT', args);
  const resolved = resolveOverload(overloads, args);
  if (!resolved) throw noSignature(call.name, args);
  const [of] = resolved.args;
  if ((call.name === 'MIN' || call.name === 'MAX') && of && !isOrderable(of.type))
    throw invalidQuery(`${call.name} is not defined for arguments of type ${typeName(of.type)}`);
  if (call.having) return havingExtreme(call, resolved.args, resolved.type, context);
  const over = call.over ? ` OVER ${renderWindow(call.over, context)}` : '';
  const order = call.orderBy.length > 0 ? ` ORDER BY ${renderOrder(call.orderBy, context)}` : '';
  const first = resolved.args[0]?.sql ?? '';
  const filter = call.ignoreNulls && isAggregate ? ` FILTER (WHERE ${first} IS NOT NULL)` : '';
  const nulls = call.ignoreNulls && !isAggregate ? ' IGNORE NULLS' : '';
  const sqlArgs = resolved.args.map((arg) => arg.sql);
  if (call.name === 'STRING_AGG' && sqlArgs.length === 1) sqlArgs.push("','");
  if (!isAggregate && sqlArgs[1] !== undefined) checkPositive(call.name, resolved.args[1]);
  const inside = (minus: string): string =>
    `${call.distinct ? 'DISTINCT ' : ''}${star ? '*' : minus === '' ? sqlArgs.join(', ') : `-(${first})`}${order}${nulls}`;
  const template = typeof resolved.template === 'string' ? resolved.template : '';
  const sql = template.replace(
    /@(\w+)\((-?)\)/g,
    (_, name: string, minus: string) => `${name}(${inside(minus)})${filter}${over}`,
  );
  if (call.limit) return { sql: limited(call, sql, context), type: resolved.type };
  // Google's sum of finite values is an error when it overflows; DuckDB does not tell one from a sum of infinities.
  const overflows = (call.name === 'SUM' || call.name === 'AVG') && resolved.type.kind === 'FLOAT64';
  return {
    sql: overflows ? renderOnce([sql], ([sum]) => `bq_finite_sum(${sum ?? ''})`) : sql,
    type: resolved.type,
  };
}

/** MAX_BY(x, y) is a synonym for ANY_VALUE(x HAVING MAX y). */
function asHaving(call: Call): Call {
  const [value, by] = call.args;
  if (!value || !by || call.args.length > 2)
    throw invalidQuery(`Number of arguments does not match for aggregate function ${call.name}`);
  return { ...call, name: 'ANY_VALUE', args: [value], having: { max: call.name === 'MAX_BY', by } };
}

/**
 * ANY_VALUE(x HAVING MAX y): NULL keys do not count, unless there are no others.
 * https://cloud.google.com/bigquery/docs/reference/standard-sql/aggregate-function-calls#max_min_clause
 */
function havingExtreme(call: Call, args: readonly Expr[], type: Expr['type'], context: Context): Expr {
  if (call.name !== 'ANY_VALUE' || !call.having) throw unsupported(`HAVING MAX/MIN in ${call.name}`);
  if (call.over ?? call.limit ?? (call.distinct || call.ignoreNulls || call.orderBy.length > 0))
    throw unsupported('HAVING MAX/MIN together with another clause');
  const by = context.analyze.expression(call.having.by, context);
  const key = by.type.kind === 'FLOAT64' ? `bq_not_nan(${by.sql})` : by.sql;
  const value = args[0]?.sql ?? 'NULL';
  const extreme = `${call.having.max ? 'arg_max' : 'arg_min'}_null(${value}, ${key})`;
  return { sql: `CASE WHEN count(${by.sql}) = 0 THEN any_value(${value}) ELSE ${extreme} END`, type };
}

function limited(call: Call, sql: string, context: Context): string {
  if (call.name !== 'ARRAY_AGG' || !call.limit) throw unsupported(`LIMIT in ${call.name}`);
  const limit = mustCoerce(
    context.analyze.expression(call.limit, context),
    scalar('INT64'),
    (from) => `LIMIT expects INT64, not ${from}`,
  );
  return `list_slice(${sql}, 1, ${limit.sql})`;
}

function checkPositive(name: string, arg: Expr | undefined): void {
  if (arg?.constant?.startsWith('-')) throw invalidQuery(`The second argument of ${name} must not be negative`);
}

function renderWindow(window: Window, context: Context): string {
  const named = window.name === undefined ? undefined : findWindow(window.name, context);
  const partitionBy = [...(named?.partitionBy ?? []), ...window.partitionBy];
  const orderBy = [...(named?.orderBy ?? []), ...window.orderBy];
  const frame = window.frame ?? named?.frame;
  const parts = [
    partitionBy.length > 0
      ? `PARTITION BY ${partitionBy.map((node) => context.analyze.expression(node, context).sql).join(', ')}`
      : '',
    orderBy.length > 0 ? `ORDER BY ${renderOrder(orderBy, context)}` : '',
    frame ? `${frame.unit} ${renderFrame(frame, context)}` : '',
  ];
  return `(${parts.filter((part) => part !== '').join(' ')})`;
}

function findWindow(name: string, context: Context): Window {
  const found = context.windows.get(name.toLowerCase());
  if (!found) throw invalidQuery(`Unrecognized window alias ${name}`);
  return found.name === undefined ? found : { ...findWindow(found.name, context), ...found };
}

function renderFrame(frame: NonNullable<Window['frame']>, context: Context): string {
  const end = (at: FrameEnd): string =>
    at.offset ? `${context.analyze.expression(at.offset, context).sql} ${at.edge}` : at.edge;
  return frame.to ? `BETWEEN ${end(frame.from)} AND ${end(frame.to)}` : end(frame.from);
}

/** GoogleSQL sorts NULL and NaN first going up and last going down; DuckDB has to be told. */
export function renderOrder(orders: readonly Order[], context: Context): string {
  return orders.map((order) => renderOrderItem(context.analyze.expression(order.value, context), order)).join(', ');
}

export function renderOrderItem(expr: Expr, order: Order): string {
  if (!isOrderable(expr.type)) {
    throw invalidQuery(`ORDER BY does not support expressions of type ${typeName(expr.type)}`);
  }
  const key = expr.type.kind === 'FLOAT64' ? renderOnce([expr.sql], ([sql]) => `bq_sort_key(${sql ?? ''})`) : expr.sql;
  const nulls = order.nulls ?? (order.desc ? 'LAST' : 'FIRST');
  return `${key} ${order.desc ? 'DESC' : 'ASC'} NULLS ${nulls}`;
}

function isOrderable(type: SqlType): boolean {
  return type.kind !== 'ARRAY' && type.kind !== 'STRUCT' && type.kind !== 'JSON';
}

function noSignature(name: string, args: readonly Expr[]): Error {
  const types = args.map((arg) => typeName(arg.type)).join(', ');
  return invalidQuery(`No matching signature for function ${name} for argument types: ${types}`);
}
