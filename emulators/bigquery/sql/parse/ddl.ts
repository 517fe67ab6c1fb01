import { unsupported } from '../../errors.ts';
import type { ColumnNode, Options, Statement } from '../ast.ts';
import type { Cursor } from './cursor.ts';
import { parseTablePath } from './query.ts';
import { parseType } from './types.ts';

/** https://cloud.google.com/bigquery/docs/reference/standard-sql/data-definition-language */
export function parseCreate(cursor: Cursor): Statement {
  const replace = cursor.take('OR', 'REPLACE');
  if (cursor.take('SCHEMA')) {
    const head = {
      k: 'createSchema',
      ifNotExists: cursor.take('IF', 'NOT', 'EXISTS'),
      path: parseTablePath(cursor),
    } as const;
    return { ...head, options: parseOptions(cursor) };
  }
  if (cursor.take('VIEW')) return parseCreateView(cursor, replace);
  if (!cursor.take('TABLE')) throw unsupported(`CREATE ${cursor.peek().text.toUpperCase()}`);
  const ifNotExists = cursor.take('IF', 'NOT', 'EXISTS');
  const path = parseTablePath(cursor);
  for (const word of ['LIKE', 'COPY', 'CLONE', 'DEFAULT'])
    if (cursor.is(word)) throw unsupported(`CREATE TABLE … ${word}`);
  const body = cursor.is('(') ? parseTableBody(cursor) : {};
  const partitionBy = cursor.take('PARTITION', 'BY') ? cursor.grammar.expression(cursor) : undefined;
  const clusterBy = cursor.take('CLUSTER', 'BY') ? cursor.list(() => cursor.name()) : [];
  const options = parseOptions(cursor);
  const query = cursor.take('AS') ? cursor.grammar.query(cursor) : undefined;
  return {
    k: 'createTable',
    path,
    replace,
    ifNotExists,
    clusterBy,
    options,
    ...body,
    ...(partitionBy ? { partitionBy } : {}),
    ...(query ? { query } : {}),
  };
}

function parseCreateView(cursor: Cursor, replace: boolean): Statement {
  const ifNotExists = cursor.take('IF', 'NOT', 'EXISTS');
  const path = parseTablePath(cursor);
  if (cursor.is('(')) throw unsupported('CREATE VIEW with a column list');
  const options = parseOptions(cursor);
  cursor.expect('AS');
  const start = cursor.peek().start;
  const query = cursor.grammar.query(cursor);
  return {
    k: 'createView',
    path,
    replace,
    ifNotExists,
    options,
    query,
    text: cursor.sql.slice(start, cursor.peek().start).trim(),
  };
}

function parseTableBody(cursor: Cursor): { columns: ColumnNode[]; primaryKey?: string[] } {
  const columns: ColumnNode[] = [];
  let primaryKey: string[] | undefined;
  cursor.listInParens(() => {
    if (cursor.take('PRIMARY', 'KEY')) {
      primaryKey = cursor.listInParens(() => cursor.name());
      cursor.expect('NOT', 'ENFORCED');
    } else if (cursor.is('CONSTRAINT') || cursor.is('FOREIGN', 'KEY'))
      throw unsupported('table constraints other than PRIMARY KEY');
    else columns.push(parseColumn(cursor));
  });
  return { columns, ...(primaryKey ? { primaryKey } : {}) };
}

function parseColumn(cursor: Cursor): ColumnNode {
  const name = cursor.name('a column name');
  const type = parseType(cursor);
  if (cursor.is('DEFAULT') || cursor.is('COLLATE') || cursor.is('PRIMARY'))
    throw unsupported(`${cursor.peek().text} on a column`);
  const required = cursor.take('NOT', 'NULL');
  return { name, type, required, options: parseOptions(cursor) };
}

function parseOptions(cursor: Cursor): Options {
  if (!cursor.take('OPTIONS')) return [];
  if (cursor.take('(', ')')) return [];
  return cursor.listInParens(() => {
    const name = cursor.name().toLowerCase();
    cursor.expect('=');
    return { name, value: cursor.grammar.expression(cursor) };
  });
}

export function parseDrop(cursor: Cursor): Statement {
  const what = cursor.takeOneOf('TABLE', 'VIEW', 'SCHEMA');
  if (!what) throw unsupported(`DROP ${cursor.peek().text.toUpperCase()}`);
  const ifExists = cursor.take('IF', 'EXISTS');
  const path = parseTablePath(cursor);
  const cascade = cursor.takeOneOf('CASCADE', 'RESTRICT') === 'CASCADE';
  return { k: 'drop', what, path, ifExists, cascade };
}

export function parseAlter(cursor: Cursor): Statement {
  if (!cursor.take('TABLE')) throw unsupported(`ALTER ${cursor.peek().text.toUpperCase()}`);
  const path = parseTablePath(cursor);
  const columns = cursor.list(() => {
    if (!cursor.take('ADD', 'COLUMN')) throw unsupported('ALTER TABLE other than ADD COLUMN');
    const ifNotExists = cursor.take('IF', 'NOT', 'EXISTS');
    return { ...parseColumn(cursor), ifNotExists };
  });
  return { k: 'addColumns', path, columns };
}
