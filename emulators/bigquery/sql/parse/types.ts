import { unsupported } from '../../errors.ts';
import type { TypeNode } from '../ast.ts';
import type { Cursor } from './cursor.ts';

const NONE = { params: [], fields: [] } as const;

/** A type as it stands in CAST, a column list, `ARRAY<…>[…]`. */
export function parseType(cursor: Cursor): TypeNode {
  if (cursor.take('ARRAY')) {
    cursor.expect('<');
    const element = parseType(cursor);
    closeAngle(cursor);
    return { ...NONE, name: 'ARRAY', element };
  }
  if (cursor.take('STRUCT')) {
    cursor.expect('<');
    const fields = cursor.take('>') ? [] : cursor.list(() => parseField(cursor));
    if (fields.length > 0) closeAngle(cursor);
    return { ...NONE, name: 'STRUCT', fields };
  }
  const name = cursor.name('type').toUpperCase();
  const params = cursor.is('(') ? cursor.listInParens(() => Number(cursor.next().value)) : [];
  if (params.some((param) => !Number.isInteger(param))) throw unsupported(`the type parameters of ${name}`);
  return { ...NONE, name, params };
}

function parseField(cursor: Cursor): { name?: string; type: TypeNode } {
  const named = cursor.isName() && !['<', '(', ',', '>', '>>'].includes(cursor.peek(1).text);
  return named || (cursor.isName() && cursor.peek(1).kind === 'name')
    ? { name: cursor.name(), type: parseType(cursor) }
    : { type: parseType(cursor) };
}

/** `ARRAY<STRUCT<a INT64>>` ends in the token `>>`, which closes two types: the first takes none of it. */
const halves = new WeakMap<Cursor, boolean>();
function closeAngle(cursor: Cursor): void {
  if (!cursor.is('>>')) {
    cursor.expect('>');
    return;
  }
  const half = halves.get(cursor) ?? false;
  halves.set(cursor, !half);
  if (half) cursor.expect('>>');
}
