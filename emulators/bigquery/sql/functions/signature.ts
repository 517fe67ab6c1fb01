import { unsupported } from '../../errors.ts';
import { type ScalarKind, scalar, scalarKind, type SqlType } from '../../types/types.ts';
import { coerce, supertype } from '../analyze/coerce.ts';
import type { Expr } from '../analyze/context.ts';
import { renderOnce } from './once.ts';

/**
 * Functions are data: a name, and for each overload its signature and the DuckDB SQL.
 *
 *     STARTS_WITH: { 'STRING STRING > BOOL': 'starts_with($1, $2)' }
 *
 * A signature lists the argument types, then `>` and the result's. `T` is any type, the same wherever it stands (and
 * `U` another); `T[]` an array; a last `T*` one or more. `$1` is the first argument, `$*` all of them.
 */
export type Template = string | ((args: readonly string[]) => string);
export type Overloads = Readonly<Record<string, Template>>;
export type FunctionTable = Readonly<Record<string, Overloads>>;

export interface Resolved {
  readonly template: Template;
  readonly args: readonly Expr[];
  readonly type: SqlType;
}

/** The overload that takes most of the arguments as they are and coerces the rest; of equals the first. */
export function resolveOverload(overloads: Overloads, args: readonly Expr[]): Resolved | undefined {
  let best: { readonly resolved: Resolved; readonly exact: number } | undefined;
  let refused: unknown;
  for (const [signature, template] of Object.entries(overloads)) {
    const entry = parseSignature(signature);
    if (args.length < entry.params.length || (args.length > entry.params.length && !entry.variadic)) continue;
    try {
      const resolved = bind({ ...entry, template }, args);
      const exact = args.filter((arg, i) => resolved?.args[i]?.type.kind === arg.type.kind).length;
      if (resolved && (!best || exact > best.exact)) best = { resolved, exact };
    } catch (error) {
      // A literal that is no DATE rules this overload out, not the others.
      refused = error;
    }
  }
  if (!best && refused) throw refused as Error;
  if (best) refuseLossyDecimals(best.resolved, args);
  return best?.resolved;
}

/**
 * A decimal becomes a FLOAT64 beside another FLOAT64, and nowhere else: where no overload takes it, Google has one that
 * answers a decimal and this table has none.
 */
function refuseLossyDecimals(resolved: Resolved, args: readonly Expr[]): void {
  const lossy = args.find((arg, i) => isDecimal(arg) && resolved.args[i]?.type.kind === 'FLOAT64');
  if (lossy && !args.some((arg) => arg.type.kind === 'FLOAT64'))
    throw unsupported(`this function or operator with ${lossy.type.kind} arguments`);
}

function isDecimal(expr: Expr): boolean {
  return expr.type.kind === 'NUMERIC' || expr.type.kind === 'BIGNUMERIC';
}

export function renderTemplate(template: Template, args: readonly string[]): string {
  return renderOnce(args, typeof template === 'string' ? (given) => fill(template, given) : template);
}

function fill(template: string, args: readonly string[]): string {
  return template.replace(/\$(\d|\*)/g, (_, which: string) =>
    which === '*' ? args.join(', ') : (args[Number(which) - 1] ?? 'NULL'),
  );
}

interface Entry {
  readonly params: readonly string[];
  readonly variadic: boolean;
  readonly result: string;
}

function parseSignature(signature: string): Entry {
  const [left = '', result = ''] = signature.split('>').map((part) => part.trim());
  const words = left === '' ? [] : left.split(' ');
  const variadic = words.at(-1)?.endsWith('*') ?? false;
  return { params: words.map((word) => word.replace('*', '')), variadic, result };
}

function paramFor(entry: Entry, index: number): string | undefined {
  return entry.params[index] ?? (entry.variadic ? entry.params.at(-1) : undefined);
}

function bind(entry: Entry & { template: Template }, args: readonly Expr[]): Resolved | undefined {
  const variables = new Map<string, SqlType>();
  for (const name of ['T', 'U']) {
    const type = bindVariable(entry, args, name);
    if (type) variables.set(name, type);
  }
  const coerced: Expr[] = [];
  for (const [i, arg] of args.entries()) {
    const type = typeOf(paramFor(entry, i) ?? '', variables);
    const expr = type && coerce(arg, type);
    if (!expr) return undefined;
    coerced.push(expr);
  }
  const type = typeOf(entry.result, variables);
  return type && { template: entry.template, args: coerced, type };
}

function bindVariable(entry: Entry, args: readonly Expr[], name: string): SqlType | undefined {
  const plain = args.filter((_, i) => paramFor(entry, i) === name);
  const elements = args.flatMap((arg, i): Expr[] =>
    paramFor(entry, i) === `${name}[]` && arg.type.kind === 'ARRAY' && !arg.loose
      ? [{ sql: '', type: arg.type.element }]
      : [],
  );
  if (plain.length === 0 && elements.length === 0) return scalar('INT64');
  return supertype([...plain, ...elements]);
}

function typeOf(word: string, variables: ReadonlyMap<string, SqlType>): SqlType | undefined {
  if (word.endsWith('[]')) {
    const element = typeOf(word.slice(0, -2), variables);
    return element && { kind: 'ARRAY', element };
  }
  const kind: ScalarKind | undefined = scalarKind(word);
  return kind ? scalar(kind) : variables.get(word);
}
