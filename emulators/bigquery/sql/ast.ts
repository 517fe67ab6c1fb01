/**
 * The syntax tree of GoogleSQL, as far as this emulator reads it. The parser builds it, the analyzer gives every
 * expression a type and renders DuckDB's SQL from it; nothing else looks inside.
 */
export type Node =
  | { readonly k: 'literal'; readonly kind: LiteralKind; readonly text: string }
  | { readonly k: 'path'; readonly parts: readonly string[] }
  | { readonly k: 'param'; readonly name: string; readonly index: number }
  | { readonly k: 'star'; readonly of?: Node; readonly except: readonly string[]; readonly replace: readonly Item[] }
  | Call
  | { readonly k: 'op'; readonly op: string; readonly args: readonly Node[] }
  | { readonly k: 'cast'; readonly value: Node; readonly type: TypeNode; readonly safe: boolean }
  | { readonly k: 'case'; readonly subject?: Node; readonly whens: readonly When[]; readonly otherwise?: Node }
  | { readonly k: 'in'; readonly not: boolean; readonly value: Node; readonly of: InSource }
  | { readonly k: 'subquery'; readonly as: 'scalar' | 'array' | 'exists'; readonly query: Query }
  | { readonly k: 'array'; readonly element?: TypeNode; readonly items: readonly Node[] }
  | { readonly k: 'struct'; readonly type?: TypeNode; readonly items: readonly Item[] }
  | { readonly k: 'index'; readonly value: Node; readonly index: Node; readonly how: string }
  | { readonly k: 'field'; readonly value: Node; readonly name: string }
  | { readonly k: 'interval'; readonly amount: Node; readonly part: string }
  | { readonly k: 'extract'; readonly part: string; readonly value: Node; readonly zone?: Node };

export type LiteralKind =
  | 'INT64'
  | 'FLOAT64'
  | 'STRING'
  | 'BYTES'
  | 'BOOL'
  | 'NULL'
  | 'DATE'
  | 'TIME'
  | 'DATETIME'
  | 'TIMESTAMP'
  | 'NUMERIC'
  | 'BIGNUMERIC'
  | 'JSON';

export interface Call {
  readonly k: 'call';
  /** Upper case, with its dots: `TO_HEX`, `NET.HOST`. */
  readonly name: string;
  readonly safe: boolean;
  readonly args: readonly Node[];
  readonly distinct: boolean;
  readonly ignoreNulls: boolean;
  readonly orderBy: readonly Order[];
  readonly limit?: Node;
  readonly having?: { readonly max: boolean; readonly by: Node };
  readonly over?: Window;
}

export type InSource = { readonly list: readonly Node[] } | { readonly query: Query } | { readonly unnest: Node };
export type When = { readonly when: Node; readonly then: Node };
export type Item = { readonly value: Node; readonly alias?: string };
export type Order = { readonly value: Node; readonly desc: boolean; readonly nulls?: 'FIRST' | 'LAST' };

export interface Window {
  readonly name?: string;
  readonly partitionBy: readonly Node[];
  readonly orderBy: readonly Order[];
  /** The frame clause, its offsets still nodes. */
  readonly frame?: { readonly unit: string; readonly from: FrameEnd; readonly to?: FrameEnd };
}
export type FrameEnd = { readonly edge: string; readonly offset?: Node };

/** A type as written: `ARRAY<STRUCT<a INT64, b NUMERIC(10, 2)>>`. */
export interface TypeNode {
  readonly name: string;
  readonly params: readonly number[];
  readonly fields: readonly { readonly name?: string; readonly type: TypeNode }[];
  readonly element?: TypeNode;
}

export interface Query {
  readonly ctes: readonly { readonly name: string; readonly query: Query }[];
  readonly body: Select | SetOperation | Query;
  readonly orderBy: readonly Order[];
  readonly limit?: Node;
  readonly offset?: Node;
}

export interface SetOperation {
  readonly op: 'UNION ALL' | 'UNION DISTINCT' | 'INTERSECT DISTINCT' | 'EXCEPT DISTINCT';
  readonly inputs: readonly (Select | SetOperation | Query)[];
}

export interface Select {
  readonly distinct: boolean;
  readonly as?: 'STRUCT' | 'VALUE';
  readonly items: readonly Item[];
  readonly from?: From;
  readonly where?: Node;
  readonly groupBy?: readonly Node[];
  readonly having?: Node;
  readonly qualify?: Node;
  readonly windows: readonly { readonly name: string; readonly window: Window }[];
}

export type From =
  | { readonly k: 'table'; readonly path: readonly string[]; readonly alias?: string }
  | { readonly k: 'query'; readonly query: Query; readonly alias?: string }
  | { readonly k: 'unnest'; readonly value: Node; readonly alias?: string; readonly offset?: string }
  | Join;

export interface Join {
  readonly k: 'join';
  readonly kind: 'CROSS' | 'INNER' | 'LEFT' | 'RIGHT' | 'FULL';
  readonly left: From;
  readonly right: From;
  readonly on?: Node;
  readonly using?: readonly string[];
}

export type Assignment = { readonly column: readonly string[]; readonly value: Node | 'DEFAULT' };
export type InsertRows = readonly (readonly (Node | 'DEFAULT')[])[];

export interface MergeClause {
  readonly on: 'MATCHED' | 'NOT MATCHED BY TARGET' | 'NOT MATCHED BY SOURCE';
  readonly and?: Node;
  readonly then:
    | { readonly do: 'UPDATE'; readonly set: readonly Assignment[] }
    | { readonly do: 'DELETE' }
    | {
        readonly do: 'INSERT';
        readonly columns?: readonly string[];
        readonly values: readonly (Node | 'DEFAULT')[] | 'ROW';
      };
}

export interface ColumnNode {
  readonly name: string;
  readonly type: TypeNode;
  readonly required: boolean;
  readonly options: Options;
}
export type Options = readonly { readonly name: string; readonly value: Node }[];

export interface CreateTable {
  readonly k: 'createTable';
  readonly path: readonly string[];
  readonly replace: boolean;
  readonly ifNotExists: boolean;
  readonly columns?: readonly ColumnNode[];
  readonly primaryKey?: readonly string[];
  readonly partitionBy?: Node;
  readonly clusterBy: readonly string[];
  readonly options: Options;
  readonly query?: Query;
}

export type Statement =
  | { readonly k: 'select'; readonly query: Query }
  | {
      readonly k: 'insert';
      readonly path: readonly string[];
      readonly columns?: readonly string[];
      readonly rows?: InsertRows;
      readonly query?: Query;
    }
  | {
      readonly k: 'update';
      readonly path: readonly string[];
      readonly alias?: string;
      readonly set: readonly Assignment[];
      readonly from?: From;
      readonly where: Node;
    }
  | { readonly k: 'delete'; readonly path: readonly string[]; readonly alias?: string; readonly where: Node }
  | {
      readonly k: 'merge';
      readonly path: readonly string[];
      readonly alias?: string;
      readonly source: From;
      readonly on: Node;
      readonly clauses: readonly MergeClause[];
    }
  | { readonly k: 'truncate'; readonly path: readonly string[] }
  | CreateTable
  | {
      readonly k: 'createView';
      readonly path: readonly string[];
      readonly replace: boolean;
      readonly ifNotExists: boolean;
      readonly text: string;
      readonly query: Query;
      readonly options: Options;
    }
  | {
      readonly k: 'createSchema';
      readonly path: readonly string[];
      readonly ifNotExists: boolean;
      readonly options: Options;
    }
  | {
      readonly k: 'drop';
      readonly what: 'TABLE' | 'VIEW' | 'SCHEMA';
      readonly path: readonly string[];
      readonly ifExists: boolean;
      readonly cascade: boolean;
    }
  | {
      readonly k: 'addColumns';
      readonly path: readonly string[];
      readonly columns: readonly (ColumnNode & { readonly ifNotExists: boolean })[];
    }
  | { readonly k: 'transaction'; readonly do: 'BEGIN' | 'COMMIT' | 'ROLLBACK' };

export type StatementOf<K extends Statement['k']> = Extract<Statement, { k: K }>;
