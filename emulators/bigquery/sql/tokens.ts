import { invalidQuery } from '../errors.ts';
import { decodeString, decodeBytes } from './escapes.ts';

/**
 * GoogleSQL's lexical rules: https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical
 * `text` is the token as written; `value` what it stands for (a name without its quotes, a string without escapes).
 */
export interface Token {
  readonly kind: 'name' | 'quoted' | 'string' | 'bytes' | 'int' | 'float' | 'param' | 'op' | 'end';
  readonly text: string;
  readonly value: string;
  readonly start: number;
  /** True when nothing, not even a space, stands between this token and the one before. */
  readonly glued: boolean;
}

const SPACE = /(?:\s|--[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/)*/y;
const STRING =
  /([rRbB]{0,2})("""[\s\S]*?(?<!\\)(?:\\\\)*"""|'''[\s\S]*?(?<!\\)(?:\\\\)*'''|"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*')/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const QUOTED = /`((?:[^`\\]|\\.)+)`/y;
const INT = /(?:0[xX][0-9a-fA-F]+|\d+)(?![.\w])/y;
const FLOAT = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const DASHED_PART = /\w+/y;
const PARAM = /@([A-Za-z_][A-Za-z0-9_]*)|\?/y;
const OPERATOR = /<=|>=|<>|!=|\|\||<<|>>|=>|@@|[-+*/%=<>()[\]{},.;:&|^~]/y;

/** @throws ApiError invalidQuery with the place, as `[line:column]` */
export function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    const gap = match(SPACE, sql, at)?.[0].length ?? 0;
    at += gap;
    if (at >= sql.length) break;
    const token = readToken(sql, at, gap === 0, tokens);
    if (!token)
      throw invalidQuery(`Syntax error: Illegal input character ${JSON.stringify(sql[at])} at ${place(sql, at)}`);
    tokens.push(token);
    at += token.text.length;
  }
  tokens.push({ kind: 'end', text: '', value: '', start: sql.length, glued: false });
  return tokens;
}

/** `[line:column]`, both from 1, as in Google's messages. */
export function place(sql: string, at: number): string {
  const lines = sql.slice(0, at).split('\n');
  return `[${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}]`;
}

function readToken(sql: string, at: number, glued: boolean, before: readonly Token[]): Token | undefined {
  const make = (kind: Token['kind'], text: string, value: string): Token => ({ kind, text, value, start: at, glued });
  const string = match(STRING, sql, at);
  if (string) {
    const prefix = (string[1] ?? '').toLowerCase();
    const body = unquote(string[2] ?? '');
    const raw = prefix.includes('r');
    if (prefix.includes('b')) return make('bytes', string[0], decodeBytes(body, raw).toString('hex'));
    return make('string', string[0], decodeString(body, raw));
  }
  if (inDashedName(before, glued)) {
    const part = match(DASHED_PART, sql, at);
    if (part) return make('name', part[0], part[0]);
  }
  const name = match(NAME, sql, at);
  if (name) return make('name', name[0], name[0]);
  const quoted = match(QUOTED, sql, at);
  if (quoted) return make('quoted', quoted[0], decodeString(quoted[1] ?? '', false));
  const int = match(INT, sql, at);
  if (int) return make('int', int[0], int[0]);
  const float = match(FLOAT, sql, at);
  if (float) return make('float', float[0], float[0]);
  const param = match(PARAM, sql, at);
  if (param) return make('param', param[0], param[1]?.toLowerCase() ?? '');
  const operator = match(OPERATOR, sql, at);
  return operator ? make('op', operator[0], operator[0]) : undefined;
}

/** After `name-`, written without spaces, comes the next part of a dashed project id: `my-project-123.d.t`. */
function inDashedName(before: readonly Token[], glued: boolean): boolean {
  const dash = before.at(-1);
  return glued && dash?.text === '-' && dash.glued && before.at(-2)?.kind === 'name';
}

function unquote(text: string): string {
  const quotes = text.startsWith('"""') || text.startsWith("'''") ? 3 : 1;
  return text.slice(quotes, -quotes);
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
