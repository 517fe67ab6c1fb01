import { unsupported } from '../../errors.ts';
import type { Call, FrameEnd, Node, Order, Window } from '../ast.ts';
import type { Cursor } from './cursor.ts';

/** Function names that are reserved words or need none of their brackets. */
const KEYWORD_CALLS = new Set(['IF', 'LEFT', 'RIGHT', 'GROUPING']);
const BARE_CALLS = new Set(['CURRENT_DATE', 'CURRENT_TIMESTAMP', 'CURRENT_DATETIME', 'CURRENT_TIME']);
const NAMESPACES = new Set(['SAFE', 'NET', 'HLL_COUNT', 'KEYS', 'AEAD']);

/** A function call at the cursor, or `undefined` and the cursor unmoved. */
export function parseCall(cursor: Cursor): Call | undefined {
  const first = cursor.peek();
  if (first.kind !== 'name') return undefined;
  const word = first.value.toUpperCase();
  if (NAMESPACES.has(word) && cursor.peek(1).text === '.' && isCallAfterNamespace(cursor)) {
    cursor.next();
    cursor.next();
    const name = cursor.next().value.toUpperCase();
    return finishCall(cursor, word === 'SAFE' ? name : `${word}.${name}`, word === 'SAFE');
  }
  if (cursor.peek(1).text === '(' && (cursor.isName() || KEYWORD_CALLS.has(word))) {
    cursor.next();
    return finishCall(cursor, word, false);
  }
  if (!BARE_CALLS.has(word)) return undefined;
  cursor.next();
  return emptyCall(word);
}

function isCallAfterNamespace(cursor: Cursor): boolean {
  return cursor.peek(2).kind === 'name' && cursor.peek(3).text === '(';
}

function emptyCall(name: string): Call {
  return { k: 'call', name, safe: false, args: [], distinct: false, ignoreNulls: false, orderBy: [] };
}

function finishCall(cursor: Cursor, name: string, safe: boolean): Call {
  cursor.expect('(');
  const distinct = cursor.take('DISTINCT');
  const args = cursor.is(')') ? [] : cursor.list(() => parseArgument(cursor, name));
  const inner = parseAggregateClauses(cursor);
  cursor.expect(')');
  const outerNulls = cursor.takeOneOf('IGNORE NULLS', 'RESPECT NULLS') === 'IGNORE NULLS';
  const over = cursor.take('OVER') ? parseWindowOrName(cursor) : undefined;
  const ignoreNulls = inner.ignoreNulls || outerNulls;
  return { ...emptyCall(name), ...inner, safe, distinct, args, ignoreNulls, ...(over ? { over } : {}) };
}

function parseArgument(cursor: Cursor, name: string): Node {
  if (name === 'COUNT' && cursor.take('*')) return { k: 'star', except: [], replace: [] };
  if (cursor.peek(1).text === '=>') throw unsupported('named arguments (=>)');
  return cursor.grammar.expression(cursor);
}

function parseAggregateClauses(cursor: Cursor): Pick<Call, 'ignoreNulls' | 'orderBy' | 'limit' | 'having'> {
  const ignoreNulls = cursor.takeOneOf('IGNORE NULLS', 'RESPECT NULLS') === 'IGNORE NULLS';
  let having: Call['having'];
  if (cursor.take('HAVING')) {
    const max = cursor.takeOneOf('MAX', 'MIN') === 'MAX';
    having = { max, by: cursor.grammar.expression(cursor) };
  }
  const orderBy = cursor.take('ORDER', 'BY') ? parseOrderList(cursor) : [];
  const limit = cursor.take('LIMIT') ? cursor.grammar.expression(cursor) : undefined;
  return { ignoreNulls, orderBy, ...(having ? { having } : {}), ...(limit ? { limit } : {}) };
}

export function parseOrderList(cursor: Cursor): Order[] {
  return cursor.list(() => {
    const value = cursor.grammar.expression(cursor);
    const desc = cursor.takeOneOf('ASC', 'DESC') === 'DESC';
    const nulls = cursor.takeOneOf('NULLS FIRST', 'NULLS LAST');
    return { value, desc, ...(nulls ? { nulls: nulls === 'NULLS FIRST' ? 'FIRST' : 'LAST' } : {}) };
  });
}

export function parseWindowOrName(cursor: Cursor): Window {
  if (!cursor.is('(')) return { name: cursor.name(), partitionBy: [], orderBy: [] };
  cursor.expect('(');
  const name = cursor.isName() && !cursor.is('PARTITION') && !cursor.is('ORDER') ? cursor.name() : undefined;
  const partitionBy = cursor.take('PARTITION', 'BY') ? cursor.list(() => cursor.grammar.expression(cursor)) : [];
  const orderBy = cursor.take('ORDER', 'BY') ? parseOrderList(cursor) : [];
  const unit = cursor.takeOneOf('ROWS', 'RANGE');
  const frame = unit ? parseFrame(cursor, unit) : undefined;
  cursor.expect(')');
  return { partitionBy, orderBy, ...(name === undefined ? {} : { name }), ...(frame ? { frame } : {}) };
}

function parseFrame(cursor: Cursor, unit: string): NonNullable<Window['frame']> {
  if (!cursor.take('BETWEEN')) return { unit, from: parseFrameEnd(cursor) };
  const from = parseFrameEnd(cursor);
  cursor.expect('AND');
  return { unit, from, to: parseFrameEnd(cursor) };
}

function parseFrameEnd(cursor: Cursor): FrameEnd {
  const fixed = cursor.takeOneOf('UNBOUNDED PRECEDING', 'UNBOUNDED FOLLOWING', 'CURRENT ROW');
  if (fixed) return { edge: fixed };
  const offset = cursor.grammar.expression(cursor);
  const edge = cursor.takeOneOf('PRECEDING', 'FOLLOWING');
  if (!edge) throw cursor.unexpected('Expected keyword PRECEDING');
  return { edge, offset };
}
