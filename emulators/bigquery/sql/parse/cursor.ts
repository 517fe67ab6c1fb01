import { invalidQuery } from '../../errors.ts';
import type { Node, Query } from '../ast.ts';
import { place, tokenize, type Token } from '../tokens.ts';

/** https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical#reserved_keywords */
const RESERVED = new Set(
  (
    'ALL AND ANY ARRAY AS ASC ASSERT_ROWS_MODIFIED AT BETWEEN BY CASE CAST COLLATE CONTAINS CREATE CROSS CUBE CURRENT ' +
    'DEFAULT DEFINE DESC DISTINCT ELSE END ENUM ESCAPE EXCEPT EXCLUDE EXISTS EXTRACT FALSE FETCH FOLLOWING FOR FROM FULL ' +
    'GROUP GROUPING GROUPS HASH HAVING IF IGNORE IN INNER INTERSECT INTERVAL INTO IS JOIN LATERAL LEFT LIKE LIMIT LOOKUP ' +
    'MERGE NATURAL NEW NO NOT NULL NULLS OF ON OR ORDER OUTER OVER PARTITION PRECEDING PROTO QUALIFY RANGE RECURSIVE ' +
    'RESPECT RIGHT ROLLUP ROWS SELECT SET SOME STRUCT TABLESAMPLE THEN TO TREAT TRUE UNBOUNDED UNION UNNEST USING WHEN ' +
    'WHERE WINDOW WITH WITHIN'
  ).split(' '),
);

/** The two halves of the grammar that contain each other; a cursor carries them, so their files need not. */
export interface Grammar {
  readonly query: (cursor: Cursor) => Query;
  readonly expression: (cursor: Cursor) => Node;
}

/** A place in a list of tokens, with the small questions that every part of the parser asks. */
export class Cursor {
  readonly sql: string;
  readonly grammar: Grammar;
  readonly #tokens: readonly Token[];
  #at = 0;
  #positional = 0;

  constructor(sql: string, grammar: Grammar) {
    this.sql = sql;
    this.grammar = grammar;
    this.#tokens = tokenize(sql);
  }

  peek(ahead = 0): Token {
    const token = this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)];
    if (!token) throw invalidQuery('Syntax error: Unexpected end of statement');
    return token;
  }

  next(): Token {
    const token = this.peek();
    this.#at++;
    return token;
  }

  mark(): number {
    return this.#at;
  }

  reset(mark: number): void {
    this.#at = mark;
  }

  /** Positional parameters count from 0 in the order they are written. */
  nextPositional(): number {
    return this.#positional++;
  }

  /** Whether the next tokens are these words or operators; words in any case, never quoted. */
  is(...words: string[]): boolean {
    return words.every((word, i) => isWord(this.peek(i), word));
  }

  take(...words: string[]): boolean {
    if (!this.is(...words)) return false;
    this.#at += words.length;
    return true;
  }

  takeOneOf<W extends string>(...words: W[]): W | undefined {
    return words.find((word) => this.take(...word.split(' ')));
  }

  expect(...words: string[]): void {
    for (const word of words) if (!this.take(word)) throw this.unexpected(`Expected ${quoteWord(word)}`);
  }

  /** A name: quoted, or a word that is not reserved. */
  name(what = 'identifier'): string {
    const token = this.peek();
    if (!this.isName()) throw this.unexpected(`Expected ${what}`);
    this.#at++;
    return token.value;
  }

  isName(ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'quoted' || (token.kind === 'name' && !RESERVED.has(token.value.toUpperCase()));
  }

  list<T>(item: () => T): T[] {
    const items = [item()];
    while (this.take(',')) items.push(item());
    return items;
  }

  /** `( item, item … )`, at least one. */
  listInParens<T>(item: () => T): T[] {
    this.expect('(');
    const items = this.list(item);
    this.expect(')');
    return items;
  }

  unexpected(expected: string): Error {
    const token = this.peek();
    const got =
      token.kind === 'end'
        ? 'end of script'
        : token.kind === 'name' && !RESERVED.has(token.value.toUpperCase())
          ? `identifier "${token.value}"`
          : token.kind === 'name'
            ? `keyword ${token.value.toUpperCase()}`
            : token.kind === 'string'
              ? `string literal ${token.text}`
              : `"${token.text}"`;
    return invalidQuery(`Syntax error: ${expected} but got ${got} at ${place(this.sql, token.start)}`);
  }
}

function isWord(token: Token, word: string): boolean {
  if (token.kind === 'op') return token.text === word;
  return token.kind === 'name' && token.value.toUpperCase() === word;
}

function quoteWord(word: string): string {
  return /^\w/.test(word) ? `keyword ${word}` : `"${word}"`;
}
