import { invalidQuery, unsupported } from '../../errors.ts';
import { quoteName, scalar, typeName } from '../../types/types.ts';
import type { From, Join } from '../ast.ts';
import { requireBool } from './coerce.ts';
import type { Column, Context, Expr, Relation, Scope, Source } from './context.ts';
import { comparison } from './operators.ts';
import { resolvePath, same } from './scope.ts';

export interface AnalyzedFrom {
  readonly sql: string;
  readonly sources: readonly Source[];
  readonly merged: readonly Column[];
}

/** `left` is what stands before in the same FROM: UNNEST may read its columns. */
export function analyzeFrom(from: From, context: Context, left?: AnalyzedFrom): AnalyzedFrom {
  switch (from.k) {
    case 'join':
      return analyzeJoin(from, context, left);
    case 'unnest':
      return unnest(context.analyze.expression(from.value, lateral(context, left)), from.alias, from.offset, context);
    case 'query':
      return fromRelation(context.analyze.query(from.query, context), from.alias ?? '', context);
    case 'table': {
      const correlated =
        left && from.path.length > 1 && left.sources.some((source) => same(source.alias, from.path[0] ?? ''));
      if (correlated)
        return unnest(
          resolvePath(from.path, lateral(context, left)),
          from.alias ?? from.path.at(-1),
          undefined,
          context,
        );
      const cte = from.path.length === 1 ? context.ctes.get((from.path[0] ?? '').toLowerCase()) : undefined;
      return fromRelation(
        cte ?? context.session.table(from.path, context),
        from.alias ?? from.path.at(-1) ?? '',
        context,
      );
    }
  }
}

/** A relation under an alias that no other part of the statement has; columns are always written with it. */
export function fromRelation(relation: Relation, alias: string, context: Context): AnalyzedFrom {
  const name = quoteName(context.session.unique(alias === '' ? 'q' : alias));
  const columns = relation.columns.map((column): Column => ({
    ...column,
    sql: `${name}.${quoteName(column.sqlName)}`,
  }));
  const [row] = columns;
  const source: Source =
    relation.asValue && row
      ? valueSource(alias, row, [])
      : { alias, columns, ...(relation.onRead ? { onRead: relation.onRead } : {}) };
  return { sql: `(${relation.sql}) AS ${name}`, sources: [source], merged: [] };
}

function valueSource(alias: string, value: Expr, more: readonly Column[]): Source {
  const fields = value.type.kind === 'STRUCT' ? value.type.fields : [];
  const columns = fields.map(({ name, type }): Column => ({
    name,
    type,
    sql: `struct_extract(${value.sql}, '${name.replaceAll("'", "''")}')`,
  }));
  return { alias, value, columns: [...columns, ...more] };
}

function unnest(array: Expr, alias: string | undefined, offset: string | undefined, context: Context): AnalyzedFrom {
  if (array.type.kind !== 'ARRAY')
    throw invalidQuery(
      `Values referenced in UNNEST must be arrays. UNNEST contains expression of type ${typeName(array.type)}`,
    );
  const name = quoteName(context.session.unique(alias ?? 'unnest'));
  const offsets: Column[] = offset === undefined ? [] : [{ name: offset, type: scalar('INT64'), sql: `${name}."o"` }];
  const subscripts = offset === undefined ? '' : `, generate_subscripts(${array.sql}, 1) - 1 AS "o"`;
  const value = { sql: `${name}."v"`, type: array.type.element };
  return {
    sql: `LATERAL (SELECT unnest(${array.sql}) AS "v"${subscripts}) AS ${name}`,
    sources: [valueSource(alias ?? '', value, offsets)],
    merged: [],
  };
}

function lateral(context: Context, left: AnalyzedFrom | undefined): Context {
  if (!left) return context;
  return { ...context, scope: { sources: left.sources, merged: left.merged, parent: context.scope } };
}

function analyzeJoin(join: Join, context: Context, before: AnalyzedFrom | undefined): AnalyzedFrom {
  const left = analyzeFrom(join.left, context, before);
  const right = analyzeFrom(join.right, context, left);
  const sources = [...left.sources, ...right.sources];
  checkAliases(sources);
  if (join.using) return joinUsing(join, left, right, join.using);
  const merged = [...left.merged, ...right.merged];
  const isUnnest = right.sql.startsWith('LATERAL');
  if (join.kind === 'CROSS' || (isUnnest && !join.on && join.kind === 'INNER'))
    return { sql: `${left.sql} CROSS JOIN ${right.sql}`, sources, merged };
  if (!join.on && !isUnnest)
    throw invalidQuery(`${join.kind} JOIN must have an immediately following ON or USING clause`);
  if (isUnnest && (join.kind === 'RIGHT' || join.kind === 'FULL')) throw unsupported(`${join.kind} JOIN with UNNEST`);
  const scope: Scope = { sources, merged, parent: context.scope };
  const on = join.on
    ? requireBool(context.analyze.expression(join.on, { ...context, scope, inFilter: true }), 'JOIN ON clause').sql
    : 'TRUE';
  return { sql: `${left.sql} ${join.kind} JOIN ${right.sql} ON ${on}`, sources, merged };
}

/** The named columns become one each: the left one's, the right one's, or whichever is there in a FULL JOIN. */
function joinUsing(join: Join, left: AnalyzedFrom, right: AnalyzedFrom, names: readonly string[]): AnalyzedFrom {
  const pairs = names.map((name) => ({ name, a: columnOf(left, name), b: columnOf(right, name) }));
  const on = pairs.map(({ a, b }) => comparison('=', a, b).sql).join(' AND ');
  const merged = pairs.map(({ name, a, b }): Column => {
    const sql = join.kind === 'FULL' ? `coalesce(${a.sql}, ${b.sql})` : join.kind === 'RIGHT' ? b.sql : a.sql;
    return { name, type: a.type, sql };
  });
  const others = [...left.merged, ...right.merged].filter((column) => !names.some((name) => same(name, column.name)));
  return {
    sql: `${left.sql} ${join.kind} JOIN ${right.sql} ON ${on}`,
    sources: [...left.sources, ...right.sources],
    merged: [...merged, ...others],
  };
}

function columnOf(side: AnalyzedFrom, name: string): Column {
  const merged = side.merged.find((column) => same(column.name, name));
  const found = side.sources.flatMap((source) => source.columns.filter((column) => same(column.name, name)));
  const column = merged ?? found[0];
  if (!column) throw invalidQuery(`Column ${name} in USING clause not found on one side of join`);
  if (!merged && found.length > 1) throw invalidQuery(`Column ${name} in USING clause is ambiguous`);
  for (const source of side.sources) if (source.columns.includes(column)) source.onRead?.(column.name, true);
  return column;
}

function checkAliases(sources: readonly Source[]): void {
  const seen = new Set<string>();
  for (const { alias } of sources) {
    if (alias !== '' && seen.has(alias.toLowerCase()))
      throw invalidQuery(`Duplicate table alias ${alias} in the same FROM clause`);
    seen.add(alias.toLowerCase());
  }
}
