import { invalidQuery, unsupported } from '../../errors.ts';
import { quoteName, type StructType } from '../../types/types.ts';
import type { Select } from '../ast.ts';
import type { Expr } from './context.ts';
import { same } from './scope.ts';

/** SELECT AS STRUCT and AS VALUE make one column of the row. */
export function asValueTable(
  select: Select,
  items: readonly Expr[],
  names: readonly string[],
): { expr: Expr } | undefined {
  if (!select.as) return undefined;
  if (select.as === 'VALUE') {
    const [only] = items;
    if (!only || items.length > 1) throw invalidQuery('SELECT AS VALUE query must have exactly one column');
    return { expr: only };
  }
  if (names.some((name, i) => names.findIndex((other) => same(other, name)) !== i))
    throw unsupported('SELECT AS STRUCT with two fields of one name');
  const type: StructType = {
    kind: 'STRUCT',
    fields: items.map((item, i) => ({ name: names[i] ?? '', type: item.type })),
  };
  return {
    expr: {
      sql: `struct_pack(${items.map((item, i) => `${quoteName(names[i] ?? '')} := ${item.sql}`).join(', ')})`,
      type,
    },
  };
}
