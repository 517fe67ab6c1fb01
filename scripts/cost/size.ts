import { type BigQueryColumn, bigQueryColumns } from '../../schemas/bigquery.ts';
import type { Contract } from '../../schemas/contract.ts';
import { ASSUMED } from './assumptions.ts';

/** Logical bytes of a value: https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#data_type_sizes */
const BYTES: Readonly<Record<string, number>> = {
  BOOLEAN: 1,
  INTEGER: 8,
  FLOAT: 8,
  NUMERIC: 16,
  BIGNUMERIC: 32,
  DATE: 8,
  TIME: 8,
  TIMESTAMP: 8,
  DATETIME: 8,
};
/** Text of any kind carries two bytes beside its own. */
const TEXT_BYTES = ASSUMED.stringCharacters + 2;

/** Logical bytes of each column in an average row. */
export function columnBytes(contract: Contract): ReadonlyMap<string, number> {
  return new Map(bigQueryColumns(contract).map((column) => [column.name, bytesOf(column)]));
}

export function sumBytes(columns: ReadonlyMap<string, number>, names: Iterable<string> = columns.keys()): number {
  return [...new Set(names)].reduce((sum, name) => sum + (columns.get(name) ?? 0), 0);
}

function bytesOf(column: BigQueryColumn & { readonly fields?: readonly BigQueryColumn[] }): number {
  const value =
    column.type === 'RECORD'
      ? (column.fields ?? []).reduce((sum, field) => sum + bytesOf(field), 0)
      : (BYTES[column.type] ?? TEXT_BYTES);
  return column.mode === 'REPEATED' ? value * ASSUMED.arrayItems : value;
}
