import type { Contract, ContractField } from '../../schemas/contract.ts';
import { type Comparable, comparableOf } from './comparable.ts';
import { compileTable, quote, type TableName } from './sql.ts';

/** How GoogleSQL prints a value for the checksum; see `functions/sources/checksum.ts`, which prints the same. */
const CANONICAL: Readonly<Record<Comparable, (value: string) => string>> = {
  boolean: (value) => `CAST(${value} AS STRING)`,
  int: (value) => `CAST(${value} AS STRING)`,
  long: (value) => `CAST(${value} AS STRING)`,
  string: (value) => value,
  bytes: (value) => `TO_HEX(${value})`,
  date: (value) => `CAST(${value} AS STRING)`,
  'timestamp-micros': (value) => `CAST(UNIX_MICROS(${value}) AS STRING)`,
  'local-timestamp-micros': (value) => `CAST(UNIX_MICROS(TIMESTAMP(${value})) AS STRING)`,
  decimal: (value) => `CAST(${value} AS STRING)`,
  enum: (value) => value,
  uuid: (value) => value,
  'time-micros': (value) => `CAST(TIME_DIFF(${value}, TIME '00:00:00', MICROSECOND) AS STRING)`,
};

/**
 * A query that counts and hashes a final table, over the fields of its contract that can be compared: columns `row_count`
 * and `checksum`.
 * @param deleted the column that marks rows as gone from the source: those are left out
 */
export function checksumQuery(table: TableName, contract: Contract, deleted?: string): string {
  const row = contract.fields.flatMap(hashField).join(', ') || "''";
  const hash = `CAST(CONCAT('0x', SUBSTR(TO_HEX(MD5(CONCAT(${row}))), 1, 15)) AS INT64)`;
  const sum = `CAST(IFNULL(SUM(CAST(${hash} AS NUMERIC)), 0) AS STRING)`;
  const where = deleted === undefined ? '' : ` WHERE ${quote(deleted)} IS NULL`;
  return `SELECT COUNT(*) AS row_count, ${sum} AS checksum FROM ${compileTable(table)}${where}`;
}

function hashField(field: ContractField): string[] {
  const kind = comparableOf(field);
  if (!kind) return [];
  const print = CANONICAL[kind];
  const value = quote(field.name);
  if (typeof field.type !== 'object' || !('array' in field.type)) return [`IFNULL(TO_HEX(MD5(${print(value)})), '-')`];
  const items = `SELECT TO_HEX(MD5(${print('item')})) FROM UNNEST(${value}) AS item WITH OFFSET AS n ORDER BY n`;
  return [`ARRAY_TO_STRING(ARRAY(${items}), '')`];
}
