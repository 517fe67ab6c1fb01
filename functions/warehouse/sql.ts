/**
 * GoogleSQL as a small tree, and the one place that turns it into text. Identifiers are always quoted and values are
 * always literals of a known type, so nothing that came from outside is ever glued into a statement.
 * Lexical rules: https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical
 */
export type Expression =
  | { readonly kind: 'column'; readonly table?: string; readonly name: string }
  | {
      readonly kind: 'literal';
      readonly type: 'INT64' | 'FLOAT64' | 'DATE' | 'TIMESTAMP' | 'DATETIME';
      readonly value: string;
    }
  | {
      readonly kind: 'compare';
      readonly operator: '=' | '<' | '<=' | '>' | '>=';
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Expression[] }
  | { readonly kind: 'not'; readonly of: Expression }
  | { readonly kind: 'isNull'; readonly of: Expression }
  | { readonly kind: 'false' };

export interface TableName {
  readonly project: string;
  readonly dataset: string;
  readonly table: string;
}

/** Rows of `source`, one per key: of rows with the same key, the first in `order`. */
export interface Deduplicated {
  readonly source: TableName;
  readonly key: readonly string[];
  readonly order: readonly { readonly column: string; readonly descending: boolean }[];
}

export interface MergeStatement {
  readonly target: TableName;
  readonly using: Deduplicated;
  readonly on: Expression;
  readonly update: readonly string[];
  /** Columns of the target alone that an update sets to null; those of an inserted row are null by themselves. */
  readonly clear?: readonly string[];
  readonly insert: readonly string[];
}

/** What becomes of the rows of `target` for which `source` has none. */
export interface GoneStatement {
  readonly target: TableName;
  readonly source: TableName;
  /** How many rows `source` has; with any other number of them nothing happens, for it is not the one that was meant. */
  readonly sourceRows: number;
  readonly on: Expression;
  /** Only of those that meet this. */
  readonly where?: Expression;
  /** A column and what is written into it; without it the rows are deleted. */
  readonly set?: { readonly column: string; readonly value: Expression };
}

/** The aliases of a MERGE's two sides. */
export const TARGET = 'T';
export const SOURCE = 'S';

export function column(name: string, table?: string): Expression {
  return table === undefined ? { kind: 'column', name } : { kind: 'column', table, name };
}

export function compare(left: Expression, operator: '=' | '<' | '<=' | '>' | '>=', right: Expression): Expression {
  return { kind: 'compare', operator, left, right };
}

export function and(...of: Expression[]): Expression {
  return { kind: 'and', of };
}

export function or(...of: Expression[]): Expression {
  return { kind: 'or', of };
}

export function compileMerge(merge: MergeStatement): string {
  const { using } = merge;
  const key = using.key.map(quote).join(', ');
  const order = using.order.map((by) => `${quote(by.column)}${by.descending ? ' DESC' : ''}`).join(', ');
  const sets = [
    ...merge.update.map((name) => `${quote(name)} = ${SOURCE}.${quote(name)}`),
    ...(merge.clear ?? []).map((name) => `${quote(name)} = NULL`),
  ].join(', ');
  const names = merge.insert.map(quote).join(', ');
  const values = merge.insert.map((name) => `${SOURCE}.${quote(name)}`).join(', ');
  return [
    `MERGE INTO ${compileTable(merge.target)} AS ${TARGET}`,
    `USING (SELECT ${names} FROM ${compileTable(using.source)} WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY ${key} ORDER BY ${order}) = 1) AS ${SOURCE}`,
    `ON ${compileExpression(merge.on)}`,
    ...(sets === '' ? [] : [`WHEN MATCHED THEN UPDATE SET ${sets}`]),
    `WHEN NOT MATCHED BY TARGET THEN INSERT (${names}) VALUES (${values})`,
  ].join('\n');
}

/** https://cloud.google.com/bigquery/docs/reference/standard-sql/dml-syntax#delete_with_subquery */
export function compileGone({ target, source, sourceRows, on, where, set }: GoneStatement): string {
  const table = `${compileTable(target)} AS ${TARGET}`;
  const conditions = [
    `(SELECT COUNT(*) FROM ${compileTable(source)}) = ${compileLiteral({ kind: 'literal', type: 'INT64', value: String(sourceRows) })}`,
    ...(where ? [compileExpression(where)] : []),
    `NOT EXISTS (SELECT 1 FROM ${compileTable(source)} AS ${SOURCE} WHERE ${compileExpression(on)})`,
  ];
  return [
    ...(set
      ? [`UPDATE ${table}`, `SET ${quote(set.column)} = ${compileExpression(set.value)}`]
      : [`DELETE FROM ${table}`]),
    `WHERE ${conditions.join(' AND ')}`,
  ].join('\n');
}

export function compileTable({ project, dataset, table }: TableName): string {
  return [project, dataset, table].map(quote).join('.');
}

export function compileExpression(expression: Expression): string {
  switch (expression.kind) {
    case 'column':
      return expression.table === undefined ? quote(expression.name) : `${expression.table}.${quote(expression.name)}`;
    case 'literal':
      return compileLiteral(expression);
    case 'compare':
      return `${compileExpression(expression.left)} ${expression.operator} ${compileExpression(expression.right)}`;
    case 'and':
    case 'or':
      return `(${expression.of.map(compileExpression).join(` ${expression.kind.toUpperCase()} `)})`;
    case 'not':
      return `NOT (${compileExpression(expression.of)})`;
    case 'isNull':
      return `${compileExpression(expression.of)} IS NULL`;
    case 'false':
      return 'FALSE';
  }
}

/** What each literal may look like; anything else is a mistake of the caller and must not reach BigQuery. */
const LITERALS = {
  INT64: /^-?\d+$/,
  FLOAT64: /^-?\d+(\.\d+)?(e[+-]?\d+)?$/,
  DATE: /^\d{4}-\d\d-\d\d$/,
  DATETIME: /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?$/,
  TIMESTAMP: /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(\+00|Z)$/,
};

function compileLiteral({ type, value }: Extract<Expression, { kind: 'literal' }>): string {
  if (!LITERALS[type].test(value)) throw new TypeError(`${JSON.stringify(value)} is not a ${type} literal`);
  return type === 'INT64' || type === 'FLOAT64' ? value : `${type} '${value}'`;
}

/** A backtick-quoted identifier: https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical#quoted_identifiers */
export function quote(identifier: string): string {
  if (identifier === '' || /[`\\\p{Cc}]/u.test(identifier))
    throw new TypeError(`${JSON.stringify(identifier)} cannot be a BigQuery name`);
  return `\`${identifier}\``;
}
