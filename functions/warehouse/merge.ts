import type { Contract, ContractField } from '../../schemas/contract.ts';
import { resolveCursor } from '../../pipelines/model/cursor.ts';
import type { TableSpec } from '../../pipelines/model/pipeline.ts';
import { deletedColumn } from '../../pipelines/model/plan-deletes.ts';
import {
  and,
  column,
  compare,
  compileTable,
  type Expression,
  type MergeStatement,
  or,
  quote,
  SOURCE,
  type TableName,
  TARGET,
} from './sql.ts';

type PartitionUnit = NonNullable<TableSpec['partition']>['by'];

/** One partition of the staging table, by its first instant in seconds since 1970, UTC. */
export type PartitionStart = number;

/**
 * The partitions that a staging table holds, as one column `start` of PartitionStart. Where rows are deleted in the
 * source a key may come back in another partition than it was in, so those of the final table's rows with these keys
 * are among them: `known` is that table.
 */
export function partitionsQuery(
  staging: TableName,
  { field, by }: NonNullable<TableSpec['partition']>,
  known?: { readonly target: TableName; readonly key: readonly string[] },
): string {
  const start = `UNIX_SECONDS(TIMESTAMP_TRUNC(TIMESTAMP(${quote(field)}), ${by.toUpperCase()}))`;
  const query = `SELECT DISTINCT ${start} AS start FROM ${compileTable(staging)}`;
  if (!known) return query;
  const keys = known.key.map(quote).join(', ');
  return `${query}\nUNION DISTINCT\nSELECT ${start} AS start FROM ${compileTable(known.target)} JOIN (SELECT DISTINCT ${keys} FROM ${compileTable(staging)}) USING (${keys})`;
}

/**
 * The upsert of one table run: one row per key from staging, the newest by cursor; updated where the final table has the
 * key and inserted where it has not. `partitions` (those that staging holds) confine the scan of the final table; they
 * are given only where the partition field of a row never changes, for a row that moved would not be found again.
 */
export function upsert(
  table: Pick<TableSpec, 'key' | 'cursor' | 'partition' | 'deletes'>,
  contract: Contract,
  names: { readonly target: TableName; readonly staging: TableName },
  partitions?: readonly PartitionStart[],
): MergeStatement {
  const columns = contract.fields.map((field) => field.name);
  const deleted = deletedColumn(table);
  const onKey = table.key.map((name) => compare(column(name, TARGET), '=', column(name, SOURCE)));
  const scope = partitions && table.partition ? [partitionFilter(contract, table.partition, partitions)] : [];
  return {
    target: names.target,
    using: { source: names.staging, key: table.key, order: totalOrder(table, contract) },
    on: and(...onKey, ...scope),
    update: columns.filter((name) => !table.key.includes(name)),
    // What the source has again is live again.
    ...(deleted ? { clear: [deleted.name] } : {}),
    insert: columns,
  };
}

/** GoogleSQL orders by everything but JSON, records and arrays. */
function isOrderable(field: ContractField): boolean {
  if (typeof field.type === 'string') return true;
  if ('scalar' in field.type) return field.type.scalar !== 'json';
  return 'decimal' in field.type || 'enum' in field.type;
}

/**
 * Newest first by cursor; the other scalar columns break ties, so that the same staging always gives the same rows. A
 * cursor that is no column of the contract gives no order, and needs none: such a run reads each key once (slices.ts).
 * What is all key, or has nothing else that can be ordered, is ordered by its key, for GoogleSQL wants an order.
 */
function totalOrder(
  table: Pick<TableSpec, 'key' | 'cursor'>,
  contract: Contract,
): { column: string; descending: boolean }[] {
  const cursor = resolveCursor(table.cursor);
  const newest = contract.fields.filter((field) => cursor.kind === 'column' && field.name === cursor.column);
  const ties = contract.fields.filter(
    (field) => isOrderable(field) && !newest.includes(field) && !table.key.includes(field.name),
  );
  const order = [...newest, ...ties].map((field) => field.name);
  return (order.length > 0 ? order : table.key).map((name) => ({ column: name, descending: true }));
}

function partitionFilter(
  contract: Contract,
  partition: { readonly field: string; readonly by: PartitionUnit },
  starts: readonly PartitionStart[],
): Expression {
  const field = contract.fields.find((candidate) => candidate.name === partition.field);
  const type = LITERAL_TYPES[typeof field?.type === 'string' ? field.type : ''];
  if (!type) throw new TypeError(`field ${partition.field} of contract ${contract.id} cannot partition a table`);
  if (starts.length === 0) return { kind: 'false' };
  const mergeField = column(partition.field, TARGET);
  return or(
    ...mergeRanges(starts, partition.by).map(([from, to]) =>
      and(
        compare(mergeField, '>=', literal(type, from)),
        // BigQuery's time ends with the year 9999, and no literal stands beyond it.
        ...(to.getUTCFullYear() > 9999 ? [] : [compare(mergeField, '<', literal(type, to))]),
      ),
    ),
  );
}

const LITERAL_TYPES: Readonly<Record<string, 'DATE' | 'TIMESTAMP' | 'DATETIME'>> = {
  date: 'DATE',
  'timestamp-micros': 'TIMESTAMP',
  'local-timestamp-micros': 'DATETIME',
};

function literal(type: 'DATE' | 'TIMESTAMP' | 'DATETIME', at: Date): Expression {
  const iso = at.toISOString();
  const value = { DATE: iso.slice(0, 10), DATETIME: iso.slice(0, 19), TIMESTAMP: `${iso.slice(0, 19)}Z` }[type];
  return { kind: 'literal', type, value };
}

/** Partitions that follow one another become one range; BigQuery prunes by comparisons with constants. */
export function mergeRanges(starts: readonly PartitionStart[], by: PartitionUnit): [from: Date, to: Date][] {
  const ranges: [Date, Date][] = [];
  for (const start of [...new Set(starts)].sort((a, b) => a - b)) {
    const from = new Date(start * 1000);
    const to = partitionEnd(from, by);
    const last = ranges.at(-1);
    if (last?.[1].getTime() === from.getTime()) last[1] = to;
    else ranges.push([from, to]);
  }
  return ranges;
}

function partitionEnd(from: Date, by: PartitionUnit): Date {
  const to = new Date(from);
  if (by === 'hour') to.setUTCHours(to.getUTCHours() + 1);
  if (by === 'day') to.setUTCDate(to.getUTCDate() + 1);
  if (by === 'month') to.setUTCMonth(to.getUTCMonth() + 1);
  if (by === 'year') to.setUTCFullYear(to.getUTCFullYear() + 1);
  return to;
}
