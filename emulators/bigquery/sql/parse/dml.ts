import { invalidQuery, unsupported } from '../../errors.ts';
import type { Assignment, MergeClause, Node, Statement } from '../ast.ts';
import type { Cursor } from './cursor.ts';
import { parseAlias, parseFrom, parseTablePath } from './query.ts';

/** https://cloud.google.com/bigquery/docs/reference/standard-sql/dml-syntax */
export function parseInsert(cursor: Cursor): Statement {
  cursor.take('INTO');
  const path = parseTablePath(cursor);
  const columns =
    cursor.is('(') && !cursor.is('(', 'SELECT') && !cursor.is('(', 'WITH')
      ? cursor.listInParens(() => cursor.name())
      : undefined;
  const head = { k: 'insert', path, ...(columns ? { columns } : {}) } as const;
  if (!cursor.take('VALUES')) return { ...head, query: cursor.grammar.query(cursor) };
  return { ...head, rows: cursor.list(() => cursor.listInParens(() => parseValue(cursor))) };
}

export function parseUpdate(cursor: Cursor): Statement {
  const path = parseTablePath(cursor);
  const alias = parseAlias(cursor);
  cursor.expect('SET');
  const set = parseAssignments(cursor);
  const from = cursor.take('FROM') ? parseFrom(cursor) : undefined;
  const where = parseRequiredWhere(cursor, 'UPDATE');
  return { k: 'update', path, set, where, ...(alias === undefined ? {} : { alias }), ...(from ? { from } : {}) };
}

export function parseDelete(cursor: Cursor): Statement {
  cursor.take('FROM');
  const path = parseTablePath(cursor);
  const alias = parseAlias(cursor);
  return { k: 'delete', path, where: parseRequiredWhere(cursor, 'DELETE'), ...(alias === undefined ? {} : { alias }) };
}

export function parseMerge(cursor: Cursor): Statement {
  cursor.take('INTO');
  const path = parseTablePath(cursor);
  const alias = parseAlias(cursor);
  cursor.expect('USING');
  const source = parseFrom(cursor);
  cursor.expect('ON');
  const on = cursor.grammar.expression(cursor);
  const clauses: MergeClause[] = [];
  while (cursor.take('WHEN')) clauses.push(parseClause(cursor));
  if (clauses.length === 0) throw cursor.unexpected('Expected keyword WHEN');
  return { k: 'merge', path, source, on, clauses, ...(alias === undefined ? {} : { alias }) };
}

function parseClause(cursor: Cursor): MergeClause {
  const words = cursor.takeOneOf('NOT MATCHED BY SOURCE', 'NOT MATCHED BY TARGET', 'NOT MATCHED', 'MATCHED');
  if (!words) throw cursor.unexpected('Expected keyword MATCHED');
  const on = words === 'NOT MATCHED' ? 'NOT MATCHED BY TARGET' : words;
  const and = cursor.take('AND') ? cursor.grammar.expression(cursor) : undefined;
  cursor.expect('THEN');
  const then = parseAction(cursor);
  if ((then.do === 'INSERT') !== (on === 'NOT MATCHED BY TARGET')) {
    throw invalidQuery(`Syntax error: ${then.do} is not allowed in a WHEN ${on} clause`);
  }
  return { on, then, ...(and ? { and } : {}) };
}

function parseAction(cursor: Cursor): MergeClause['then'] {
  if (cursor.take('DELETE')) return { do: 'DELETE' };
  if (cursor.take('UPDATE', 'SET')) return { do: 'UPDATE', set: parseAssignments(cursor) };
  cursor.expect('INSERT');
  if (cursor.take('ROW')) return { do: 'INSERT', values: 'ROW' };
  const columns = cursor.is('(') ? cursor.listInParens(() => cursor.name()) : undefined;
  const head = { do: 'INSERT', ...(columns ? { columns } : {}) } as const;
  if (cursor.take('ROW')) return { ...head, values: 'ROW' };
  cursor.expect('VALUES');
  return { ...head, values: cursor.listInParens(() => parseValue(cursor)) };
}

function parseAssignments(cursor: Cursor): Assignment[] {
  return cursor.list(() => {
    const column = [cursor.name()];
    while (cursor.take('.')) column.push(cursor.next().value);
    cursor.expect('=');
    return { column, value: parseValue(cursor) };
  });
}

function parseValue(cursor: Cursor): Node | 'DEFAULT' {
  return cursor.take('DEFAULT') ? 'DEFAULT' : cursor.grammar.expression(cursor);
}

/** "UPDATE and DELETE must have a WHERE clause": Google refuses them without. */
function parseRequiredWhere(cursor: Cursor, what: string): Node {
  if (cursor.is('RETURNING')) throw unsupported('RETURNING');
  if (!cursor.take('WHERE')) throw cursor.unexpected(`${what} must have a WHERE clause: expected keyword WHERE`);
  return cursor.grammar.expression(cursor);
}
