import { invalidQuery, unsupported } from '../../errors.ts';
import type { Resource } from '../../store/store.ts';
import type { ColumnNode, CreateTable, Node, Options, TypeNode } from '../ast.ts';
import type { Context } from '../analyze/context.ts';

const DAY_MS = 86_400_000;

/** A column of a DDL statement as the REST API writes it; readFields checks it. */
export function columnField(column: ColumnNode): Resource {
  const description = column.options.find((option) => option.name === 'description')?.value;
  const unknown = column.options.find((option) => option.name !== 'description');
  if (unknown) throw unsupported(`the column option ${unknown.name}`);
  return {
    ...typeField(column.name, column.type),
    ...(column.required ? { mode: 'REQUIRED' } : {}),
    ...(description?.k === 'literal' ? { description: description.text } : {}),
  };
}

function typeField(name: string, type: TypeNode): Resource {
  if (type.name === 'ARRAY' && type.element) return { ...typeField(name, type.element), mode: 'REPEATED' };
  if (type.name === 'STRUCT')
    return { name, type: 'RECORD', fields: type.fields.map((field) => typeField(field.name ?? '', field.type)) };
  const [first, second] = type.params;
  if (first === undefined) return { name, type: type.name };
  if (type.name === 'STRING' || type.name === 'BYTES') return { name, type: type.name, maxLength: first };
  return { name, type: type.name, precision: first, ...(second === undefined ? {} : { scale: second }) };
}

/** PARTITION BY, CLUSTER BY and PRIMARY KEY as the table's resource holds them. */
export function layoutProperties(statement: CreateTable): Resource {
  const partition = statement.partitionBy && partitioning(statement.partitionBy);
  const days = statement.options.find((option) => option.name === 'partition_expiration_days')?.value;
  const time = partition?.['timePartitioning'];
  const withExpiry =
    time && days?.k === 'literal'
      ? { timePartitioning: { ...time, expirationMs: String(Number(days.text) * DAY_MS) } }
      : {};
  return {
    ...partition,
    ...withExpiry,
    ...(statement.clusterBy.length > 0 ? { clustering: { fields: statement.clusterBy } } : {}),
    ...(statement.primaryKey ? { tableConstraints: { primaryKey: { columns: statement.primaryKey } } } : {}),
  };
}

function partitioning(node: Node): Record<string, Resource> {
  if (node.k === 'path' && node.parts.length === 1) return { timePartitioning: { type: 'DAY', field: node.parts[0] } };
  if (node.k !== 'call')
    throw invalidQuery('PARTITION BY expression must be DATE(<column>), a column, <type>_TRUNC or RANGE_BUCKET');
  const [column, second] = node.args;
  const field = column?.k === 'path' ? column.parts[0] : undefined;
  if (field === undefined) throw invalidQuery('PARTITION BY must name a column');
  if (node.name === 'DATE' && !second) return { timePartitioning: { type: 'DAY', field } };
  if (/_TRUNC$/.test(node.name) && second?.k === 'path')
    return { timePartitioning: { type: (second.parts[0] ?? '').toUpperCase(), field } };
  if (node.name === 'RANGE_BUCKET' && second?.k === 'call' && second.name === 'GENERATE_ARRAY') {
    const [start = '0', end = '0', interval = '1'] = second.args.map((arg) => (arg.k === 'literal' ? arg.text : ''));
    return { rangePartitioning: { field, range: { start, end, interval } } };
  }
  throw unsupported('this PARTITION BY expression');
}

const OPTIONS: Readonly<Record<string, string>> = {
  description: 'description',
  friendly_name: 'friendlyName',
  location: 'location',
  require_partition_filter: 'requirePartitionFilter',
};

/** OPTIONS(…) of a table, a view or a schema as properties of its resource. */
export function readOptions(options: Options, context: Context): Resource {
  const properties: Record<string, unknown> = {};
  for (const { name, value } of options) {
    if (name === 'partition_expiration_days') continue;
    if (name === 'labels') properties['labels'] = readLabels(value);
    else if (name === 'expiration_timestamp') properties['expirationTime'] = readInstant(value, context);
    else if (name === 'default_table_expiration_days' && value.k === 'literal')
      properties['defaultTableExpirationMs'] = String(Number(value.text) * DAY_MS);
    else if (OPTIONS[name] !== undefined && value.k === 'literal')
      properties[OPTIONS[name]] = value.kind === 'BOOL' ? value.text.toLowerCase() === 'true' : value.text;
    else throw unsupported(`the option ${name}`);
  }
  return properties;
}

function readLabels(node: Node): Record<string, string> {
  if (node.k !== 'array') throw invalidQuery('labels must be an array of (key, value)');
  return Object.fromEntries(
    node.items.map((item) => {
      const [key, value] =
        item.k === 'struct' ? item.items.map(({ value: part }) => (part.k === 'literal' ? part.text : '')) : [];
      return [key ?? '', value ?? ''];
    }),
  );
}

function readInstant(node: Node, context: Context): string {
  if (node.k !== 'literal') throw unsupported('an expiration_timestamp that is no literal');
  context.analyze.expression({ ...node, kind: 'TIMESTAMP' }, context);
  const text = node.text
    .trim()
    .replace(' ', 'T')
    .replace(/ ?(UTC|Z)$/, '');
  const at = Date.parse(
    /[+-]\d\d(:?\d\d)?$/.test(text.slice(10)) ? text : `${text.length === 10 ? `${text}T00:00:00` : text}Z`,
  );
  if (Number.isNaN(at)) throw unsupported(`the timestamp ${node.text} in an option`);
  return String(at);
}
