import { unsupported } from '../../errors.ts';
import type { Item, LiteralKind, Node, Query, When } from '../ast.ts';
import { parseCall } from './call.ts';
import type { Cursor } from './cursor.ts';
import { parseType } from './types.ts';

const TYPED_LITERALS: readonly LiteralKind[] = [
  'DATE',
  'TIME',
  'DATETIME',
  'TIMESTAMP',
  'NUMERIC',
  'BIGNUMERIC',
  'JSON',
];
const TYPE_SYNONYMS: Readonly<Record<string, LiteralKind>> = { DECIMAL: 'NUMERIC', BIGDECIMAL: 'BIGNUMERIC' };

/** Literals, names, calls, and all that starts with a keyword or a bracket. */
export function parsePrimary(cursor: Cursor): Node {
  const token = cursor.peek();
  if (token.kind === 'int') return literal(cursor, 'INT64');
  if (token.kind === 'float') return literal(cursor, 'FLOAT64');
  if (token.kind === 'string') return stringLiteral(cursor);
  if (token.kind === 'bytes') return literal(cursor, 'BYTES');
  if (token.kind === 'param') {
    cursor.next();
    return { k: 'param', name: token.value, index: token.text === '?' ? cursor.nextPositional() : -1 };
  }
  if (token.text === '(') return parseParens(cursor);
  if (token.text === '[') return parseArray(cursor);
  if (token.text === '@@') throw unsupported('system variables (@@…)');
  if (token.kind === 'name') return parseKeyword(cursor, token.value.toUpperCase()) ?? parseName(cursor);
  if (token.kind === 'quoted') return parseName(cursor);
  throw cursor.unexpected('Unexpected token: expected an expression');
}

function parseKeyword(cursor: Cursor, word: string): Node | undefined {
  const kind = TYPE_SYNONYMS[word] ?? TYPED_LITERALS.find((name) => name === word);
  if (kind && cursor.peek(1).kind === 'string') {
    cursor.next();
    return literal(cursor, kind);
  }
  switch (word) {
    case 'NULL':
      return literal(cursor, 'NULL');
    case 'TRUE':
    case 'FALSE':
      return literal(cursor, 'BOOL');
    case 'CASE':
      return parseCase(cursor);
    case 'CAST':
    case 'SAFE_CAST':
      return cursor.peek(1).text === '(' ? parseCast(cursor) : undefined;
    case 'INTERVAL':
      return parseInterval(cursor);
    case 'EXTRACT':
      return parseExtract(cursor);
    case 'EXISTS':
      cursor.next();
      return subquery(cursor, 'exists');
    case 'ARRAY':
      return parseArray(cursor);
    case 'STRUCT':
      return parseStruct(cursor);
    default:
      return undefined;
  }
}

function parseName(cursor: Cursor): Node {
  const call = parseCall(cursor);
  if (call) return call;
  const parts = [cursor.name('an expression')];
  while (cursor.is('.') && (cursor.peek(1).kind === 'name' || cursor.peek(1).kind === 'quoted')) {
    cursor.next();
    parts.push(cursor.next().value);
  }
  return { k: 'path', parts };
}

function literal(cursor: Cursor, kind: LiteralKind): Node {
  return { k: 'literal', kind, text: cursor.next().value };
}

/** Adjacent string literals are not joined in GoogleSQL, but a newline between them often means a forgotten comma. */
function stringLiteral(cursor: Cursor): Node {
  const node = literal(cursor, 'STRING');
  if (cursor.peek().kind === 'string') throw cursor.unexpected('Expected end of input');
  return node;
}

/** `(expr)`, `(SELECT …)`, or the struct `(a, b)`. */
function parseParens(cursor: Cursor): Node {
  if (startsQuery(cursor)) return subquery(cursor, 'scalar');
  const items = cursor.listInParens(() => cursor.grammar.expression(cursor));
  const [only] = items;
  return items.length === 1 && only ? only : { k: 'struct', items: items.map((value) => ({ value })) };
}

/** Looks through opening brackets: `((SELECT 1) UNION ALL …)` is a query as well. */
function startsQuery(cursor: Cursor): boolean {
  let ahead = 0;
  while (cursor.peek(ahead).text === '(') ahead++;
  const word = cursor.peek(ahead);
  if (word.kind !== 'name' || !['SELECT', 'WITH'].includes(word.value.toUpperCase())) return false;
  return ahead === 1 || closesAsQuery(cursor);
}

function closesAsQuery(cursor: Cursor): boolean {
  const mark = cursor.mark();
  try {
    cursor.next();
    cursor.grammar.query(cursor);
    return cursor.is(')');
  } catch {
    return false;
  } finally {
    cursor.reset(mark);
  }
}

function subquery(cursor: Cursor, as: 'scalar' | 'array' | 'exists'): Node {
  cursor.expect('(');
  const query: Query = cursor.grammar.query(cursor);
  cursor.expect(')');
  return { k: 'subquery', as, query };
}

function parseArray(cursor: Cursor): Node {
  const type = cursor.is('ARRAY', '<') ? parseType(cursor) : undefined;
  if (!type && cursor.take('ARRAY') && cursor.is('(')) return subquery(cursor, 'array');
  cursor.expect('[');
  const items = cursor.is(']') ? [] : cursor.list(() => cursor.grammar.expression(cursor));
  cursor.expect(']');
  return { k: 'array', items, ...(type?.element ? { element: type.element } : {}) };
}

function parseStruct(cursor: Cursor): Node {
  const type = cursor.is('STRUCT', '<') ? parseType(cursor) : undefined;
  if (!type) cursor.expect('STRUCT');
  if (cursor.take('(', ')')) return { k: 'struct', items: [], ...(type ? { type } : {}) };
  const items = cursor.listInParens((): Item => {
    const value = cursor.grammar.expression(cursor);
    if (cursor.take('AS')) return { value, alias: cursor.name() };
    const implied = value.k === 'path' ? value.parts.at(-1) : value.k === 'field' ? value.name : undefined;
    return !type && implied !== undefined ? { value, alias: implied } : { value };
  });
  return { k: 'struct', items, ...(type ? { type } : {}) };
}

function parseCase(cursor: Cursor): Node {
  cursor.expect('CASE');
  const subject = cursor.is('WHEN') ? undefined : cursor.grammar.expression(cursor);
  const whens: When[] = [];
  while (cursor.take('WHEN')) {
    const when = cursor.grammar.expression(cursor);
    cursor.expect('THEN');
    whens.push({ when, then: cursor.grammar.expression(cursor) });
  }
  const otherwise = cursor.take('ELSE') ? cursor.grammar.expression(cursor) : undefined;
  cursor.expect('END');
  return { k: 'case', whens, ...(subject ? { subject } : {}), ...(otherwise ? { otherwise } : {}) };
}

function parseCast(cursor: Cursor): Node {
  const safe = cursor.next().value.toUpperCase() === 'SAFE_CAST';
  cursor.expect('(');
  const value = cursor.grammar.expression(cursor);
  cursor.expect('AS');
  const type = parseType(cursor);
  if (cursor.is('FORMAT')) throw unsupported('CAST … FORMAT');
  cursor.expect(')');
  return { k: 'cast', value, type, safe };
}

function parseInterval(cursor: Cursor): Node {
  cursor.expect('INTERVAL');
  const amount = cursor.grammar.expression(cursor);
  const part = cursor.name('a date part').toUpperCase();
  if (cursor.is('TO')) throw unsupported('INTERVAL with a range of parts');
  return { k: 'interval', amount, part };
}

function parseExtract(cursor: Cursor): Node {
  cursor.expect('EXTRACT', '(');
  let part = cursor.name('a date part').toUpperCase();
  if (cursor.take('(')) {
    part = `${part}(${cursor.name().toUpperCase()})`;
    cursor.expect(')');
  }
  cursor.expect('FROM');
  const value = cursor.grammar.expression(cursor);
  const zone = cursor.take('AT', 'TIME', 'ZONE') ? cursor.grammar.expression(cursor) : undefined;
  cursor.expect(')');
  return { k: 'extract', part, value, ...(zone ? { zone } : {}) };
}
