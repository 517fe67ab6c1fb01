import type { Contract, ContractField, ItemType } from './contract.ts';

/** A column as BigQuery's REST API spells it: https://cloud.google.com/bigquery/docs/reference/rest/v2/tables#TableFieldSchema */
export interface BigQueryColumn {
  readonly name: string;
  readonly type: string;
  readonly mode: 'REQUIRED' | 'NULLABLE' | 'REPEATED';
  readonly description: string;
  /** Digits of a NUMERIC or BIGNUMERIC, and how many of them stand behind the point. */
  readonly precision?: string;
  readonly scale?: string;
  /** The columns of a RECORD. */
  readonly fields?: readonly BigQueryColumn[];
}

/**
 * What a load job with `useAvroLogicalTypes` makes of each type:
 * https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-avro#avro_conversions
 */
const COLUMN_TYPES: Readonly<Record<string, string>> = {
  boolean: 'BOOLEAN',
  int: 'INTEGER',
  long: 'INTEGER',
  float: 'FLOAT',
  double: 'FLOAT',
  string: 'STRING',
  bytes: 'BYTES',
  uuid: 'STRING',
  json: 'JSON',
  date: 'DATE',
  'time-micros': 'TIME',
  'timestamp-micros': 'TIMESTAMP',
  'local-timestamp-micros': 'DATETIME',
};

/** https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#parameterized_decimal_type */
const NUMERIC_WHOLE = 29;
const NUMERIC_SCALE = 9;

/** The columns of a table that holds records of this contract. */
export function bigQueryColumns(contract: Contract): BigQueryColumn[] {
  return columnsOf(contract.fields);
}

function columnsOf(fields: readonly ContractField[]): BigQueryColumn[] {
  return fields.map((field) => ({
    name: field.name,
    mode: modeOf(field),
    description: field.doc,
    ...typeOf(itemOf(field)),
  }));
}

function typeOf(item: ItemType): Pick<BigQueryColumn, 'type' | 'precision' | 'scale' | 'fields'> {
  if (typeof item === 'string') return { type: COLUMN_TYPES[item] ?? '' };
  if ('scalar' in item) return { type: COLUMN_TYPES[item.scalar] ?? '' };
  if ('enum' in item) return { type: 'STRING' };
  if ('record' in item) return { type: 'RECORD', fields: columnsOf(item.record) };
  const { precision, scale } = item.decimal;
  const fits = precision - scale <= NUMERIC_WHOLE && scale <= NUMERIC_SCALE;
  return { type: fits ? 'NUMERIC' : 'BIGNUMERIC', precision: String(precision), scale: String(scale) };
}

/** The type of a field, or of its items. */
export function itemOf({ type }: ContractField): ItemType {
  return typeof type === 'object' && 'array' in type ? type.array : type;
}

function modeOf({ type, nullable }: ContractField): BigQueryColumn['mode'] {
  if (typeof type === 'object' && 'array' in type) return 'REPEATED';
  return nullable ? 'NULLABLE' : 'REQUIRED';
}
