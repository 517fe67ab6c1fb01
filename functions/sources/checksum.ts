import type pg from 'pg';
import type { Contract, ContractField } from '../../schemas/contract.ts';
import { type Comparable, comparableOf } from '../warehouse/comparable.ts';
import { quote, quoteTable } from './postgres.ts';

/** What two copies of a table must agree on. */
export interface Checksum {
  readonly rows: number;
  /** Sum over all rows of a hash of the row's canonical text: independent of order, sensitive to every value. */
  readonly checksum: string;
}

/**
 * How Postgres prints a value for the checksum; `functions/warehouse/checksum.ts` prints the same in GoogleSQL. Every
 * value is hashed by itself before they are joined, so that no separator can be forged.
 */
const CANONICAL: Readonly<Record<Comparable, (value: string) => string>> = {
  boolean: (value) => `${value}::text`,
  int: (value) => `${value}::text`,
  long: (value) => `${value}::text`,
  string: (value) => `${value}::text`,
  bytes: (value) => `encode(${value}, 'hex')`,
  date: (value) => `${value}::text`,
  'timestamp-micros': printMicros,
  'local-timestamp-micros': printMicros,
  // BigQuery prints no zeros at the end; money and the like become numbers first.
  decimal: (value) => `trim_scale(${value}::numeric)::text`,
  enum: (value) => `${value}::text`,
  uuid: (value) => `${value}::text`,
  'time-micros': (value) => `(extract(epoch from ${value}) * 1000000)::bigint::text`,
};

/** Infinity has no microseconds; BigQuery has no infinity, so any text will do that differs from a number. */
function printMicros(value: string): string {
  return `case when isfinite(${value}) then (extract(epoch from ${value}) * 1000000)::bigint::text else ${value}::text end`;
}

/** Counts and hashes a source table in Postgres, over the fields of its contract that can be compared. */
export async function sourceChecksum(client: pg.Client, table: string, contract: Contract): Promise<Checksum> {
  const row = contract.fields.flatMap(hashField).join(' || ') || "''";
  const sql = `select count(*)::text as rows, coalesce(sum(('x' || left(md5(${row}), 15))::bit(60)::bigint), 0)::text as checksum
                 from ${quoteTable(table)}`;
  const { rows } = await client.query<{ rows: string; checksum: string }>(sql);
  return { rows: Number(rows[0]?.rows), checksum: rows[0]?.checksum ?? '' };
}

function hashField(field: ContractField): string[] {
  const kind = comparableOf(field);
  if (!kind) return [];
  const print = CANONICAL[kind];
  const value = quote(field.name);
  if (typeof field.type !== 'object' || !('array' in field.type)) return [`coalesce(md5(${print(value)}), '-')`];
  return [
    `coalesce((select string_agg(md5(${print('item')}), '' order by n) from unnest(${value}) with ordinality as items (item, n)), '')`,
  ];
}
