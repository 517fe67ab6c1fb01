import { unsupported } from '../../errors.ts';

/**
 * RAND() and GENERATE_UUID() give another value each time they run, and the translation may write an argument more than
 * once. So each call carries a mark of its own, `renderOnce` gives a function's arguments names before the function uses
 * them, and `checkOnce` refuses a statement that would still draw a value twice.
 */
const MARK = '/*once_';
const MARKS = /\/\*once_\d+\*\//g;
const CONSTANT = /^(?:NULL|'(?:[^']|'')*'|-?\d+|CAST\(-?\d+ AS BIGINT\))$/;
const QUOTED = /'(?:[^']|'')*'|"(?:[^"]|"")*"/g;

/** @param unique of the statement's session */
export function volatileCall(sql: string, unique: (prefix: string) => string): string {
  return `${sql}/*${unique('once')}*/`;
}

/**
 * `render` with the arguments, or with names for their values where an argument is volatile. Or has a subquery, of which
 * there would be as many as the macros within each other write it: DuckDB plans every one of them.
 */
export function renderOnce(args: readonly string[], render: (args: readonly string[]) => string): string {
  const isVolatile = args.some((arg) => arg.includes(MARK));
  if (!isVolatile && !args.some((arg) => arg.includes('(SELECT '))) return render(args);
  // A constant stays where it is, for some of DuckDB's functions want one.
  const names = args.map((arg, i) => (CONSTANT.test(arg) ? arg : `once.a${i}`));
  const named = render(names);
  const isRepeated =
    named.includes('bq_') || names.some((name) => name.startsWith('once.') && named.split(name).length > 2);
  if (!isVolatile && !isRepeated) return render(args);
  const values = args.flatMap((arg, i) => (names[i] === arg ? [] : [`a${i} := ${arg}`])).join(', ');
  return `list_transform([struct_pack(${values})], lambda once: ${named})[1]`;
}

/** @throws ApiError 501 when a volatile call stands twice in a statement, or in a macro, which may use it twice */
export function checkOnce(sql: string): void {
  if (!sql.includes(MARK)) return;
  const bare = sql.replace(QUOTED, "''");
  const marks = bare.match(MARKS) ?? [];
  if (new Set(marks).size === marks.length && !macroCalls(bare).some((call) => call.includes(MARK))) return;
  throw unsupported(
    'RAND() or GENERATE_UUID() here, for it would be drawn more than once; give it a name in a subquery and use that',
  );
}

function macroCalls(sql: string): string[] {
  return [...sql.matchAll(/\bbq_\w+\(/g)].map(({ index }) => {
    let depth = 0;
    for (let at = sql.indexOf('(', index); at < sql.length; at++) {
      if (sql[at] === '(') depth++;
      else if (sql[at] === ')' && --depth === 0) return sql.slice(index, at);
    }
    return sql.slice(index);
  });
}
