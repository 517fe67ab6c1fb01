import { itemOf } from '../../schemas/bigquery.ts';
import type { ContractField, ScalarType } from '../../schemas/contract.ts';

/** The kinds of value of which Postgres and BigQuery can print the same text. */
export type Comparable = ScalarType | 'decimal' | 'enum' | 'uuid' | 'time-micros';

/**
 * How a field is compared with its source; undefined for what the two engines print each in their own way: floating point
 * numbers, JSON and records.
 */
export function comparableOf(field: ContractField): Comparable | undefined {
  const item = itemOf(field);
  if (typeof item === 'string') return item;
  if ('decimal' in item) return 'decimal';
  if ('enum' in item) return 'enum';
  if ('record' in item) return undefined;
  return item.scalar === 'uuid' || item.scalar === 'time-micros' ? item.scalar : undefined;
}
