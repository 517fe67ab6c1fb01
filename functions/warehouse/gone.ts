import type { DeletesSpec } from '../../pipelines/model/deletes.ts';
import { and, column, compare, compileExpression, compileTable, type Expression, type GoneStatement } from './sql.ts';
import { quote, SOURCE, type TableName, TARGET } from './sql.ts';

/** What the keys of a source, in a staging table of their own, are compared with. */
export interface KeysAndRows {
  readonly key: readonly string[];
  readonly deletes: DeletesSpec;
  readonly names: { readonly target: TableName; readonly staging: TableName };
}

/**
 * Counts the live rows of the final table, and those of them whose key the source no longer has: columns `live` and
 * `gone`. Keys that stand twice in staging count once.
 */
export function goneQuery({ key, deletes, names }: KeysAndRows): string {
  const keys = key.map(quote).join(', ');
  const where = isLive(deletes);
  return [
    `SELECT COUNT(*) AS live, COUNTIF(${SOURCE}.${quote(key[0] ?? '')} IS NULL) AS gone`,
    `FROM ${compileTable(names.target)} AS ${TARGET}`,
    `LEFT JOIN (SELECT DISTINCT ${keys} FROM ${compileTable(names.staging)}) AS ${SOURCE}`,
    `ON ${compileExpression(onKey(key))}`,
    ...(where ? [`WHERE ${compileExpression(where)}`] : []),
  ].join('\n');
}

/**
 * Marks those rows, or deletes them. One that is marked already keeps the time at which it was first found gone.
 * @param keys how many rows staging has: dropped by a later run and made anew by a call that slept, it would be empty, and
 * every row would be gone
 */
export function goneStatement({ key, deletes, names }: KeysAndRows, keys: number, tick: Date): GoneStatement {
  const where = isLive(deletes);
  const value: Expression = { kind: 'literal', type: 'TIMESTAMP', value: tick.toISOString() };
  return {
    target: names.target,
    source: names.staging,
    sourceRows: keys,
    on: onKey(key),
    ...(where ? { where, set: { column: deletes.column, value } } : {}),
  };
}

/** Undefined where every row is live, for none is ever marked. */
function isLive({ mode, column: name }: DeletesSpec): Expression | undefined {
  return mode === 'soft' ? { kind: 'isNull', of: column(name, TARGET) } : undefined;
}

function onKey(key: readonly string[]): Expression {
  return and(...key.map((name) => compare(column(name, TARGET), '=', column(name, SOURCE))));
}
