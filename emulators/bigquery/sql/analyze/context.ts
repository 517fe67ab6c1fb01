import type { Node, Query, Window } from '../ast.ts';
import type { SqlType } from '../../types/types.ts';

/** A typed expression and the DuckDB SQL that computes it. */
export interface Expr {
  readonly sql: string;
  readonly type: SqlType;
  /** Literals, parameters, NULL and [] take on a type that the place asks for. */
  readonly loose?: 'literal' | 'null' | 'empty';
  /** The value of a literal or parameter as text, where a function needs it before it runs (formats, patterns). */
  readonly constant?: string;
  /** Elements of an array or struct literal, which are coerced one by one. */
  readonly items?: readonly Expr[];
}

export interface Column {
  readonly name: string;
  readonly type: SqlType;
  readonly sql: string;
}

/** One thing in FROM: a table, a subquery, or the elements of an array (`value`). */
export interface Source {
  readonly alias: string;
  readonly columns: readonly Column[];
  readonly value?: Expr;
  /** Told which columns are read, and whether a filter reads them. */
  readonly onRead?: (column: string, inFilter: boolean) => void;
}

export interface Scope {
  readonly sources: readonly Source[];
  /** Columns that JOIN … USING made one. */
  readonly merged: readonly Column[];
  readonly parent?: Scope;
  /** SELECT-list aliases, seen by HAVING, QUALIFY and ORDER BY. */
  readonly aliases?: ReadonlyMap<string, Expr>;
  /** ORDER BY looks at the aliases before the columns. */
  readonly aliasesFirst?: boolean;
}

export interface RelationColumn {
  readonly name: string;
  readonly type: SqlType;
  readonly sqlName: string;
  /** The literal that the column is in every row: INSERT … SELECT and UNION still let it take on another type. */
  readonly literal?: Expr;
}

/** A query or table as FROM sees it: SQL that yields these columns under these names. */
export interface Relation {
  readonly sql: string;
  readonly columns: readonly RelationColumn[];
  /** SELECT AS VALUE / AS STRUCT: one column, which is the row. */
  readonly asValue?: boolean;
  /** Set for a table, so that reads are counted. */
  readonly onRead?: (column: string, inFilter: boolean) => void;
}

/** What a statement may ask of the world outside it. */
export interface Session {
  /** A table or view by its path as written. @throws ApiError notFound */
  readonly table: (path: readonly string[], context: Context) => Relation;
  readonly parameter: (name: string, index: number) => Expr;
  /** A name that no other part of this statement has. */
  readonly unique: (prefix: string) => string;
  /** The instant that CURRENT_TIMESTAMP is throughout the statement, as DuckDB SQL. */
  readonly now: string;
}

export interface Context {
  readonly session: Session;
  readonly scope: Scope;
  readonly ctes: ReadonlyMap<string, Relation>;
  readonly windows: ReadonlyMap<string, Window>;
  /** Inside WHERE or ON, where reading a partition column prunes. */
  readonly inFilter: boolean;
  /** The analyzer's two halves contain each other; they meet here and their files need not. */
  readonly analyze: {
    readonly query: (query: Query, context: Context) => Relation;
    readonly expression: (node: Node, context: Context) => Expr;
  };
}

export const EMPTY_SCOPE: Scope = { sources: [], merged: [] };
