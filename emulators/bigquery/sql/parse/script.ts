import { unsupported } from '../../errors.ts';
import type { Statement } from '../ast.ts';
import { Cursor } from './cursor.ts';
import { parseAlter, parseCreate, parseDrop } from './ddl.ts';
import { parseDelete, parseInsert, parseMerge, parseUpdate } from './dml.ts';
import { parseExpression } from './expression.ts';
import { parseQuery, parseTablePath } from './query.ts';

const GRAMMAR = { query: parseQuery, expression: parseExpression };

const STATEMENTS: Readonly<Record<string, (cursor: Cursor) => Statement>> = {
  INSERT: parseInsert,
  UPDATE: parseUpdate,
  DELETE: parseDelete,
  MERGE: parseMerge,
  CREATE: parseCreate,
  DROP: parseDrop,
  ALTER: parseAlter,
  TRUNCATE: (cursor) => {
    cursor.expect('TABLE');
    return { k: 'truncate', path: parseTablePath(cursor) };
  },
  BEGIN: (cursor) => {
    if (!cursor.take('TRANSACTION') && !cursor.is(';')) throw unsupported('BEGIN … END blocks');
    return { k: 'transaction', do: 'BEGIN' };
  },
  COMMIT: (cursor) => (cursor.take('TRANSACTION'), { k: 'transaction', do: 'COMMIT' }),
  ROLLBACK: (cursor) => (cursor.take('TRANSACTION'), { k: 'transaction', do: 'ROLLBACK' }),
};
const SCRIPTING = [
  'DECLARE',
  'SET',
  'EXECUTE',
  'CALL',
  'LOOP',
  'WHILE',
  'REPEAT',
  'FOR',
  'IF',
  'RAISE',
  'ASSERT',
  'EXPORT',
  'LOAD',
  'GRANT',
  'REVOKE',
];

/**
 * Reads a script: one statement, or several parted by `;`.
 * @throws ApiError invalidQuery for what is no GoogleSQL, 501 for what is and is not supported
 */
export function parseScript(sql: string): Statement[] {
  const cursor = new Cursor(sql, GRAMMAR);
  const statements: Statement[] = [];
  for (;;) {
    while (cursor.take(';'));
    if (cursor.peek().kind === 'end') break;
    statements.push(parseStatement(cursor));
    if (cursor.peek().kind !== 'end' && !cursor.is(';')) throw cursor.unexpected('Expected end of input');
  }
  if (statements.length === 0) throw cursor.unexpected('Unexpected end of statement: expected a statement');
  return statements;
}

function parseStatement(cursor: Cursor): Statement {
  const word = cursor.peek().kind === 'name' ? cursor.peek().value.toUpperCase() : '';
  const parse = STATEMENTS[word];
  if (parse) {
    cursor.next();
    return parse(cursor);
  }
  if (SCRIPTING.includes(word)) throw unsupported(`the statement ${word}`);
  if (cursor.is('SELECT') || cursor.is('WITH') || cursor.is('(')) return { k: 'select', query: parseQuery(cursor) };
  throw cursor.unexpected('Unexpected token: expected a statement');
}
