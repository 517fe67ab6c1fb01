import { unsupported } from '../../errors.ts';
import type { From, Item, Join, Node, Query, Select, SetOperation } from '../ast.ts';
import { parseOrderList, parseWindowOrName } from './call.ts';
import type { Cursor } from './cursor.ts';

/** https://cloud.google.com/bigquery/docs/reference/standard-sql/query-syntax */
export function parseQuery(cursor: Cursor): Query {
  const ctes = cursor.take('WITH') ? parseCtes(cursor) : [];
  const body = parseSetOperation(cursor);
  const orderBy = cursor.take('ORDER', 'BY') ? parseOrderList(cursor) : [];
  const limit = cursor.take('LIMIT') ? cursor.grammar.expression(cursor) : undefined;
  const offset = limit && cursor.take('OFFSET') ? cursor.grammar.expression(cursor) : undefined;
  return { ctes, body, orderBy, ...(limit ? { limit } : {}), ...(offset ? { offset } : {}) };
}

function parseCtes(cursor: Cursor): Query['ctes'] {
  if (cursor.is('RECURSIVE')) throw unsupported('WITH RECURSIVE');
  return cursor.list(() => {
    const name = cursor.name();
    cursor.expect('AS');
    return { name, query: parenthesized(cursor) };
  });
}

function parseSetOperation(cursor: Cursor): Select | SetOperation | Query {
  const inputs = [parseQueryPrimary(cursor)];
  let op: SetOperation['op'] | undefined;
  for (;;) {
    const found = cursor.takeOneOf('UNION ALL', 'UNION DISTINCT', 'INTERSECT DISTINCT', 'EXCEPT DISTINCT');
    if (!found) break;
    if (op && op !== found)
      throw cursor.unexpected(
        'Different set operations cannot be used in the same query without using parentheses for grouping: expected an opening bracket',
      );
    op = found;
    inputs.push(parseQueryPrimary(cursor));
  }
  const [only] = inputs;
  return op || !only ? { op: op ?? 'UNION ALL', inputs } : only;
}

function parseQueryPrimary(cursor: Cursor): Select | Query {
  return cursor.is('(') ? parenthesized(cursor) : parseSelect(cursor);
}

function parenthesized(cursor: Cursor): Query {
  cursor.expect('(');
  const query = parseQuery(cursor);
  cursor.expect(')');
  return query;
}

function parseSelect(cursor: Cursor): Select {
  cursor.expect('SELECT');
  const distinct = cursor.take('DISTINCT');
  if (!distinct) cursor.take('ALL');
  const as =
    cursor.is('AS', 'STRUCT') || cursor.is('AS', 'VALUE')
      ? (cursor.next(), cursor.takeOneOf('STRUCT', 'VALUE'))
      : undefined;
  const items: Item[] = [parseItem(cursor)];
  while (cursor.take(',')) if (!cursor.is('FROM')) items.push(parseItem(cursor));
  const from = cursor.take('FROM') ? parseFrom(cursor) : undefined;
  const where = cursor.take('WHERE') ? cursor.grammar.expression(cursor) : undefined;
  const groupBy = cursor.take('GROUP', 'BY') ? parseGroupBy(cursor) : undefined;
  const having = cursor.take('HAVING') ? cursor.grammar.expression(cursor) : undefined;
  const qualify = cursor.take('QUALIFY') ? cursor.grammar.expression(cursor) : undefined;
  const windows = cursor.take('WINDOW')
    ? cursor.list(() => {
        const name = cursor.name();
        cursor.expect('AS');
        return { name, window: parseWindowOrName(cursor) };
      })
    : [];
  return {
    distinct,
    items,
    windows,
    ...(as ? { as } : {}),
    ...(from ? { from } : {}),
    ...(where ? { where } : {}),
    ...(groupBy ? { groupBy } : {}),
    ...(having ? { having } : {}),
    ...(qualify ? { qualify } : {}),
  };
}

function parseGroupBy(cursor: Cursor): Node[] {
  for (const word of ['ROLLUP', 'CUBE', 'GROUPING', 'ALL']) {
    if (cursor.is(word)) throw unsupported(`GROUP BY ${word}`);
  }
  return cursor.list(() => cursor.grammar.expression(cursor));
}

function parseItem(cursor: Cursor): Item {
  if (cursor.take('*')) return { value: parseStarTail(cursor) };
  const value = cursor.grammar.expression(cursor);
  if (cursor.take('.', '*')) return { value: parseStarTail(cursor, value) };
  if (cursor.take('AS')) return { value, alias: cursor.name() };
  return cursor.isName() ? { value, alias: cursor.name() } : { value };
}

function parseStarTail(cursor: Cursor, of?: Node): Node {
  const except = cursor.take('EXCEPT') ? cursor.listInParens(() => cursor.name()) : [];
  const replace = cursor.take('REPLACE')
    ? cursor.listInParens(() => {
        const value = cursor.grammar.expression(cursor);
        cursor.expect('AS');
        return { value, alias: cursor.name() };
      })
    : [];
  return { k: 'star', except, replace, ...(of ? { of } : {}) };
}

export function parseFrom(cursor: Cursor): From {
  let left = parseFromItem(cursor);
  for (;;) {
    if (cursor.take(',')) {
      left = { k: 'join', kind: 'CROSS', left, right: parseFromItem(cursor) };
      continue;
    }
    const kind = parseJoinKind(cursor);
    if (!kind) return left;
    left = { k: 'join', kind, left, right: parseFromItem(cursor), ...(kind === 'CROSS' ? {} : parseJoinOn(cursor)) };
  }
}

function parseJoinKind(cursor: Cursor): Join['kind'] | undefined {
  if (cursor.take('JOIN')) return 'INNER';
  const kind = cursor.takeOneOf('CROSS', 'INNER', 'LEFT', 'RIGHT', 'FULL');
  if (!kind) return undefined;
  cursor.take('OUTER');
  cursor.expect('JOIN');
  return kind;
}

function parseJoinOn(cursor: Cursor): { on?: Node; using?: string[] } {
  if (cursor.take('ON')) return { on: cursor.grammar.expression(cursor) };
  if (cursor.take('USING')) return { using: cursor.listInParens(() => cursor.name()) };
  return {};
}

function parseFromItem(cursor: Cursor): From {
  if (cursor.take('UNNEST')) return parseUnnest(cursor);
  if (cursor.is('(')) return parseFromParens(cursor);
  const path = parseTablePath(cursor);
  if (cursor.is('(')) throw unsupported(`the table function ${path.join('.')}`);
  if (cursor.is('FOR', 'SYSTEM_TIME')) throw unsupported('time travel (FOR SYSTEM_TIME AS OF)');
  const alias = parseAlias(cursor);
  for (const word of ['TABLESAMPLE', 'PIVOT', 'UNPIVOT']) if (cursor.is(word)) throw unsupported(word);
  if (cursor.is('FOR', 'SYSTEM_TIME')) throw unsupported('time travel (FOR SYSTEM_TIME AS OF)');
  return { k: 'table', path, ...(alias === undefined ? {} : { alias }) };
}

function parseFromParens(cursor: Cursor): From {
  const mark = cursor.mark();
  cursor.next();
  if (cursor.is('SELECT') || cursor.is('WITH') || cursor.is('(')) {
    try {
      const query = parseQuery(cursor);
      cursor.expect(')');
      const alias = parseAlias(cursor);
      return { k: 'query', query, ...(alias === undefined ? {} : { alias }) };
    } catch (error) {
      if (cursor.peek(0).start >= 0 && !isNestedJoin(cursor, mark)) throw error;
    }
    cursor.reset(mark + 1);
  }
  const from = parseFrom(cursor);
  cursor.expect(')');
  return from;
}

/** `((SELECT …) a JOIN b)`: two brackets where the inner one alone is the query. */
function isNestedJoin(cursor: Cursor, mark: number): boolean {
  const here = cursor.mark();
  cursor.reset(mark);
  const nested = cursor.is('(', '(');
  cursor.reset(here);
  return nested;
}

function parseUnnest(cursor: Cursor): From {
  cursor.expect('(');
  const value = cursor.grammar.expression(cursor);
  cursor.expect(')');
  const alias = parseAlias(cursor);
  let offset: string | undefined;
  if (cursor.take('WITH', 'OFFSET')) offset = parseAlias(cursor) ?? 'offset';
  return { k: 'unnest', value, ...(alias === undefined ? {} : { alias }), ...(offset === undefined ? {} : { offset }) };
}

export function parseAlias(cursor: Cursor): string | undefined {
  if (cursor.take('AS')) return cursor.name('alias');
  const clause = ['PIVOT', 'UNPIVOT', 'WHEN'].some((word) => cursor.is(word));
  return cursor.isName() && !clause ? cursor.name() : undefined;
}

/** The parts of a table's path; dots inside backticks part it as well, and a project id may hold dashes unquoted. */
export function parseTablePath(cursor: Cursor): string[] {
  const parts: string[] = [];
  do {
    const quoted = cursor.peek().kind === 'quoted';
    let part = parts.length > 0 && cursor.peek().kind === 'name' ? cursor.next().value : cursor.name('a table name');
    while (!quoted && cursor.is('-') && cursor.peek().glued && cursor.peek(1).glued) {
      cursor.next();
      part += `-${cursor.next().value}`;
    }
    parts.push(...(quoted ? part.split('.') : [part]));
  } while (cursor.take('.'));
  return parts;
}
