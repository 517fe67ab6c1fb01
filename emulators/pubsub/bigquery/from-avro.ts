import { invalid } from '../checks.ts';
import type { Field, Node } from '../schemas/nodes.ts';
import { branchName } from '../schemas/nodes.ts';
import { type Render, scalarColumns } from './scalars.ts';
import { byName, type Column, kindOf } from './table.ts';

/** Renders the cells of one row, without the braces. */
export type RenderCells = (record: Readonly<Record<string, unknown>>) => string[];

/**
 * How a record of the topic's schema becomes a row of the table: https://cloud.google.com/pubsub/docs/bigquery#schema_compatibility
 * @param dropUnknown fields that the table has not are left out
 * @throws ApiError INVALID_ARGUMENT when the two do not fit
 */
export function compileRecord(
  fields: readonly Field[],
  columns: readonly Column[],
  dropUnknown: boolean,
  path = '',
): RenderCells {
  const wanted = byName(columns);
  const cells = fields.flatMap(({ name, node }) => {
    const column = wanted.get(name.toLowerCase());
    wanted.delete(name.toLowerCase());
    if (column) return { name, column: column.name, render: compileColumn(node, column, dropUnknown, path + name) };
    if (dropUnknown) return [];
    throw invalid(`Incompatible schema: field ${path}${name} of the topic is not in the BigQuery table.`);
  });
  const missing = [...wanted.values()].find(({ mode }) => mode === 'REQUIRED');
  if (missing) {
    throw invalid(`Incompatible schema: required field ${path}${missing.name} of the table is not in the topic.`);
  }
  return (record) => cells.map(({ name, column, render }) => `${JSON.stringify(column)}:${render(record[name])}`);
}

function compileColumn(node: Node, column: Column, dropUnknown: boolean, path: string): Render {
  if (node.kind === 'union') return compileUnion(node.branches, column, dropUnknown, path);
  const repeated = column.mode === 'REPEATED';
  if (node.kind === 'array' || node.kind === 'map') {
    if (!repeated) throw incompatibleMode(path, column, 'REPEATED');
    const one = { ...column, mode: 'REQUIRED' };
    if (node.kind === 'map') return compileMap(node.values, one, dropUnknown, path);
    if (node.items.kind === 'union' || node.items.kind === 'array') throw incompatibleType(path, column, node.items);
    const item = compileColumn(node.items, one, dropUnknown, path);
    return (value) => `[${(value as unknown[]).map(item).join(',')}]`;
  }
  if (repeated) throw incompatibleMode(path, column, 'REQUIRED');
  if (node.kind === 'record') {
    if (kindOf(column) !== 'STRUCT') throw incompatibleType(path, column, node);
    const cells = compileRecord(node.fields, column.fields ?? [], dropUnknown, `${path}.`);
    return (value) => `{${cells(value as Readonly<Record<string, unknown>>).join(',')}}`;
  }
  if (node.kind === 'null') {
    if (column.mode === 'REQUIRED') throw incompatibleMode(path, column, 'NULLABLE');
    return () => 'null';
  }
  const render = scalarColumns(node)[kindOf(column)];
  if (!render) throw incompatibleType(path, column, node);
  return render;
}

function compileUnion(branches: readonly Node[], column: Column, dropUnknown: boolean, path: string): Render {
  const [branch, ...others] = branches.filter(({ kind }) => kind !== 'null');
  if (!branch || others.length > 0 || branches.length !== 2) {
    throw invalid(`Incompatible schema type for field ${path}: a union other than of null and one type is unmappable.`);
  }
  if (column.mode === 'REQUIRED' || column.mode === 'REPEATED') throw incompatibleMode(path, column, 'NULLABLE');
  const inner = compileColumn(branch, column, dropUnknown, path);
  const name = branchName(branch);
  return (value) => (value === null ? 'null' : inner((value as Readonly<Record<string, unknown>>)[name]));
}

/** A map is a list of entries. */
function compileMap(values: Node, column: Column, dropUnknown: boolean, path: string): Render {
  if (kindOf(column) !== 'STRUCT') throw incompatibleType(path, column, { kind: 'map', values });
  const fields: Field[] = [
    { name: 'key', node: { kind: 'string' } },
    { name: 'value', node: values },
  ];
  const cells = compileRecord(fields, column.fields ?? [], dropUnknown, `${path}.`);
  return (map) =>
    `[${Object.entries(map as object)
      .map(([key, value]) => `{${cells({ key, value }).join(',')}}`)
      .join(',')}]`;
}

function incompatibleType(path: string, column: Column, node: Node): Error {
  const logical = 'logical' in node && node.logical ? ` (${node.logical.name})` : '';
  return invalid(`Incompatible schema type for field ${path}: expected ${kindOf(column)}, got ${node.kind}${logical}.`);
}

function incompatibleMode(path: string, { mode = 'NULLABLE' }: Column, got: string): Error {
  return invalid(`Incompatible schema mode for field ${path}: expected ${mode}, got ${got}.`);
}
