import { invalidQuery, unsupported } from '../../errors.ts';
import { quoteText, scalar, type SqlType, typeName } from '../../types/types.ts';
import { renderOnce, volatileCall } from '../functions/once.ts';
import { toText } from './casts.ts';
import { mustCoerce } from './coerce.ts';
import type { Context, Expr } from './context.ts';
import { formatTime, parseTime } from './formats.ts';
import { toJson } from './json.ts';

/** Functions that a signature and a template cannot say, mostly because they read a constant argument before they run. */
type Special = (args: readonly Expr[], context: Context) => Expr;

export const SPECIAL_FUNCTIONS: Readonly<Record<string, Special>> = {
  CURRENT_TIMESTAMP: (_, context) => ({ sql: context.session.now, type: scalar('TIMESTAMP') }),
  CURRENT_DATETIME: ([zone], context) => ({ sql: nowIn(zone, context), type: scalar('DATETIME') }),
  CURRENT_DATE: ([zone], context) => ({ sql: `CAST(${nowIn(zone, context)} AS DATE)`, type: scalar('DATE') }),
  CURRENT_TIME: ([zone], context) => ({ sql: `CAST(${nowIn(zone, context)} AS TIME)`, type: scalar('TIME') }),
  RAND: (args, context) => ({ sql: volatile('RAND', 'random()', args, context), type: scalar('FLOAT64') }),
  GENERATE_UUID: (args, context) => ({
    sql: `CAST(${volatile('GENERATE_UUID', 'uuid()', args, context)} AS VARCHAR)`,
    type: scalar('STRING'),
  }),
  TO_JSON_STRING: ([value, pretty]) => {
    if (!value || pretty) throw unsupported('TO_JSON_STRING with pretty_print');
    const sql = renderOnce([value.sql], ([once]) => toJson(once ?? '', value.type));
    return { sql, type: scalar('STRING') };
  },
  TO_JSON: ([value, ...rest]) => {
    if (!value || rest.length > 0) throw unsupported('TO_JSON with options');
    return { sql: `CAST(${toJson(value.sql, value.type)} AS JSON)`, type: scalar('JSON') };
  },
  FORMAT: ([format, ...values]) => analyzeFormat(format, values),
  REGEXP_EXTRACT: (args) => regexpExtract(args, false),
  REGEXP_SUBSTR: (args) => regexpExtract(args, false),
  REGEXP_EXTRACT_ALL: (args) => regexpExtract(args, true),
  FORMAT_DATE: ([format, value]) => formatTime('DATE', format, value, undefined),
  FORMAT_DATETIME: ([format, value]) => formatTime('DATETIME', format, value, undefined),
  FORMAT_TIMESTAMP: ([format, value, zone]) => formatTime('TIMESTAMP', format, value, zone),
  PARSE_DATE: ([format, text]) => parseTime('DATE', format, text, undefined),
  PARSE_DATETIME: ([format, text]) => parseTime('DATETIME', format, text, undefined),
  PARSE_TIMESTAMP: ([format, text, zone]) => parseTime('TIMESTAMP', format, text, zone),
};

function volatile(name: string, sql: string, args: readonly Expr[], context: Context): string {
  if (args.length > 0) throw invalidQuery(`No matching signature for function ${name}: it takes no arguments`);
  return volatileCall(sql, context.session.unique);
}

function nowIn(zone: Expr | undefined, context: Context): string {
  return `timezone(${zone ? asString(zone, 'time zone').sql : "'UTC'"}, ${context.session.now})`;
}

function asString(expr: Expr | undefined, what: string): Expr {
  if (!expr) throw invalidQuery(`Number of arguments does not match: ${what} is missing`);
  return mustCoerce(expr, scalar('STRING'), (from) => `${what} must be STRING, not ${from}`);
}

/** The match, or its one group; NULL where nothing matches (DuckDB would answer ''). */
function regexpExtract(args: readonly Expr[], all: boolean): Expr {
  const [text, pattern, ...rest] = args;
  if (rest.length > 0) throw unsupported('REGEXP_EXTRACT with a position');
  const [value, regex] = [asString(text, 'value'), asString(pattern, 'regular expression')];
  if (regex.constant === undefined) throw unsupported('REGEXP_EXTRACT with a pattern that is no literal');
  const groups = countGroups(regex.constant);
  if (groups > 1) throw invalidQuery(`Regular expression must contain at most one capturing group: ${regex.constant}`);
  if (all)
    return {
      sql: `regexp_extract_all(${value.sql}, ${regex.sql}, ${groups})`,
      type: { kind: 'ARRAY', element: scalar('STRING') },
    };
  return {
    sql: `CASE WHEN regexp_matches(${value.sql}, ${regex.sql}) THEN regexp_extract(${value.sql}, ${regex.sql}, ${groups}) END`,
    type: scalar('STRING'),
  };
}

function countGroups(pattern: string): number {
  const plain = pattern.replace(/\\[\s\S]/g, '').replace(/\[\^?\]?[^\]]*\]/g, '');
  return (plain.match(/\((?!\?)|\(\?P?</g) ?? []).length;
}

const SPECIFIER = /%(-?0?)(\d*)(?:\.(\d+))?([a-zA-Z%])/g;

/** https://cloud.google.com/bigquery/docs/reference/standard-sql/format-elements — the part that README.md lists. */
function analyzeFormat(format: Expr | undefined, values: readonly Expr[]): Expr {
  const text = format?.constant;
  if (format?.type.kind !== 'STRING' || text === undefined)
    throw unsupported('FORMAT with a format that is no literal');
  const parts: string[] = [];
  let from = 0;
  let used = 0;
  for (const found of text.matchAll(SPECIFIER)) {
    if (found.index > from) parts.push(quoteText(text.slice(from, found.index)));
    from = found.index + found[0].length;
    parts.push(found[4] === '%' ? "'%'" : formatOne(found, values[used++]));
  }
  if (from < text.length) parts.push(quoteText(text.slice(from)));
  if (used !== values.length)
    throw invalidQuery(`Invalid FORMAT string: ${used} specifiers for ${values.length} arguments`);
  return { sql: `(${parts.length === 0 ? "''" : parts.join(' || ')})`, type: scalar('STRING') };
}

function formatOne(found: RegExpExecArray, value: Expr | undefined): string {
  const [whole, flags = '', width = '', precision, letter] = found;
  if (!value) throw invalidQuery('Invalid FORMAT string: too few arguments');
  if ((letter === 'd' || letter === 'i') && precision === undefined) {
    expectType(value.type, 'INT64', whole);
    return `printf('%${flags}${width}d', ${value.sql})`;
  }
  if (letter === 'f' || letter === 'F') {
    const double = mustCoerce(value, scalar('FLOAT64'), (from) => `FORMAT ${whole} cannot be applied to ${from}`);
    return `printf('%${flags}${width}.${precision ?? '6'}f', ${double.sql})`;
  }
  if (flags !== '' || width !== '' || precision !== undefined) throw unsupported(`the format specifier ${whole}`);
  if (letter === 's') {
    expectType(value.type, 'STRING', whole);
    return value.sql;
  }
  if (letter === 't' && value.type.kind !== 'ARRAY' && value.type.kind !== 'STRUCT')
    return `coalesce(${toText(value)}, 'NULL')`;
  throw unsupported(`the format specifier ${whole}`);
}

function expectType(type: SqlType, kind: SqlType['kind'], specifier: string): void {
  if (type.kind !== kind)
    throw invalidQuery(`Invalid type for argument to FORMAT; ${specifier} expects ${kind}, got ${typeName(type)}`);
}
