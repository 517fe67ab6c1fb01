import type { Contract, ContractField, ScalarType } from './contract.ts';

/** A column as BigQuery's REST API spells it: https://cloud.google.com/bigquery/docs/reference/rest/v2/tables#TableFieldSchema */
export interface BigQueryColumn {
  readonly name: string;
  readonly type: string;
  readonly mode: 'REQUIRED' | 'NULLABLE' | 'REPEATED';
  readonly description: string;
}

/**
 * What a load job with `useAvroLogicalTypes` makes of each type:
 * https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-avro#avro_conversions
 */
const COLUMN_TYPES: Readonly<Record<ScalarType, string>> = {
  boolean: 'BOOLEAN',
  int: 'INTEGER',
  long: 'INTEGER',
  string: 'STRING',
  bytes: 'BYTES',
  date: 'DATE',
  'timestamp-micros': 'TIMESTAMP',
  'local-timestamp-micros': 'DATETIME',
};

/** The columns of a table that holds records of this contract. */
export function bigQueryColumns(contract: Contract): BigQueryColumn[] {
  return contract.fields.map((field) => ({
    name: field.name,
    type: COLUMN_TYPES[scalarOf(field)],
    mode: modeOf(field),
    description: field.doc,
  }));
}

/** The scalar type of a field, or of its items. */
export function scalarOf(field: ContractField): ScalarType {
  return typeof field.type === 'string' ? field.type : field.type.array;
}

function modeOf(field: ContractField): BigQueryColumn['mode'] {
  if (typeof field.type !== 'string') return 'REPEATED';
  return field.nullable ? 'NULLABLE' : 'REQUIRED';
}
