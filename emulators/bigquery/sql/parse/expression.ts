import { invalidQuery, unsupported } from '../../errors.ts';
import type { InSource, Node } from '../ast.ts';
import { place } from '../tokens.ts';
import type { Cursor } from './cursor.ts';
import { parsePrimary } from './primary.ts';

/** Operators from the loosest; each level is left-associative: https://cloud.google.com/bigquery/docs/reference/standard-sql/operators */
const BINARY: readonly (readonly string[])[] = [['|'], ['^'], ['&'], ['<<', '>>'], ['+', '-'], ['*', '/', '||']];
const COMPARE = ['=', '!=', '<>', '<=', '>=', '<', '>'];

export function parseExpression(cursor: Cursor): Node {
  let left = parseAnd(cursor);
  while (cursor.take('OR')) left = op('OR', left, parseAnd(cursor));
  return left;
}

function parseAnd(cursor: Cursor): Node {
  let left = parseNot(cursor);
  while (cursor.take('AND')) left = op('AND', left, parseNot(cursor));
  return left;
}

function parseNot(cursor: Cursor): Node {
  return cursor.take('NOT') ? op('NOT', parseNot(cursor)) : parseComparison(cursor);
}

/** Comparisons do not chain: `a = b = c` is a syntax error in GoogleSQL. */
function parseComparison(cursor: Cursor): Node {
  const left = parseBinary(cursor, 0);
  const compare = cursor.takeOneOf(...COMPARE);
  if (compare) {
    const node = op(compare === '<>' ? '!=' : compare, left, parseBinary(cursor, 0));
    if (COMPARE.some((word) => cursor.is(word))) throw cursor.unexpected('Expected end of input');
    return node;
  }
  if (cursor.take('IS')) return parseIs(cursor, left);
  const not = cursor.is('NOT') && ['IN', 'LIKE', 'BETWEEN'].some((word) => cursor.is('NOT', word));
  if (not) cursor.next();
  const node = parsePredicate(cursor, left, not);
  return node ?? left;
}

function parseIs(cursor: Cursor, left: Node): Node {
  const not = cursor.take('NOT');
  if (cursor.take('DISTINCT', 'FROM')) {
    return op(not ? 'IS NOT DISTINCT FROM' : 'IS DISTINCT FROM', left, parseBinary(cursor, 0));
  }
  const what = cursor.takeOneOf('NULL', 'TRUE', 'FALSE');
  if (!what) throw cursor.unexpected('Expected keyword NULL');
  return op(`IS ${not ? 'NOT ' : ''}${what}`, left);
}

function parsePredicate(cursor: Cursor, left: Node, not: boolean): Node | undefined {
  const negate = (node: Node): Node => (not ? op('NOT', node) : node);
  if (cursor.take('LIKE')) {
    if (cursor.is('ANY') || cursor.is('ALL') || cursor.is('SOME')) throw unsupported('quantified LIKE');
    return negate(op('LIKE', left, parseBinary(cursor, 0)));
  }
  if (cursor.take('BETWEEN')) {
    const low = parseBinary(cursor, 0);
    cursor.expect('AND');
    return negate(op('BETWEEN', left, low, parseBinary(cursor, 0)));
  }
  if (cursor.take('IN')) return { k: 'in', not, value: left, of: parseInSource(cursor) };
  return undefined;
}

function parseInSource(cursor: Cursor): InSource {
  if (cursor.take('UNNEST')) {
    cursor.expect('(');
    const unnest = parseExpression(cursor);
    cursor.expect(')');
    return { unnest };
  }
  if (cursor.is('(', 'SELECT') || cursor.is('(', 'WITH')) {
    cursor.expect('(');
    const query = cursor.grammar.query(cursor);
    cursor.expect(')');
    return { query };
  }
  return { list: cursor.listInParens(() => parseExpression(cursor)) };
}

function parseBinary(cursor: Cursor, level: number): Node {
  const operators = BINARY[level];
  if (!operators) return parseUnary(cursor);
  let left = parseBinary(cursor, level + 1);
  for (;;) {
    const operator = cursor.takeOneOf(...operators);
    if (!operator) return left;
    left = op(operator, left, parseBinary(cursor, level + 1));
  }
}

function parseUnary(cursor: Cursor): Node {
  const sign = cursor.takeOneOf('-', '+', '~');
  if (!sign) return parsePostfix(cursor);
  const value = parseUnary(cursor);
  if (sign === '+') return value;
  const number = value.k === 'literal' && (value.kind === 'INT64' || value.kind === 'FLOAT64');
  if (sign === '-' && number && !value.text.startsWith('-')) return { ...value, text: `-${value.text}` };
  return op(sign === '-' ? 'NEG' : '~', value);
}

function parsePostfix(cursor: Cursor): Node {
  let node = parsePrimary(cursor);
  for (;;) {
    if (cursor.take('[')) node = parseIndex(cursor, node);
    else if (cursor.is('.') && cursor.peek(1).text === '*') return node;
    else if (cursor.is('.')) {
      cursor.next();
      const token = cursor.next();
      if (token.kind !== 'name' && token.kind !== 'quoted') {
        throw invalidQuery(`Syntax error: Unexpected "${token.text}" at ${place(cursor.sql, token.start)}`);
      }
      node = { k: 'field', value: node, name: token.value };
    } else return node;
  }
}

function parseIndex(cursor: Cursor, value: Node): Node {
  const how =
    cursor.peek(1).text === '(' ? cursor.takeOneOf('OFFSET', 'ORDINAL', 'SAFE_OFFSET', 'SAFE_ORDINAL') : undefined;
  const index = parseExpression(cursor);
  cursor.expect(']');
  return { k: 'index', value, index, how: how ?? '' };
}

function op(name: string, ...args: Node[]): Node {
  return { k: 'op', op: name, args };
}
