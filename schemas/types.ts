/**
 * The fields of a contract. Every Avro type here has exactly one BigQuery column that holds all of its values; what
 * BigQuery cannot hold is refused while the contract is read, and not by a load job.
 */
export interface ContractField {
  readonly name: string;
  readonly doc: string;
  readonly type: FieldType;
  readonly nullable: boolean;
  /**
   * What becomes of a source value that the type cannot hold (NaN, infinity, a year beyond 9999, too many digits): the
   * row goes to quarantine, or, if the contract says `"unfit": "null"`, the field becomes null.
   */
  readonly unfit?: 'null';
}

/** The types a field may have. `array` holds non-null items, none of which is an array. */
export type FieldType = ItemType | { readonly array: ItemType };
export type ItemType =
  | ScalarType
  | { readonly scalar: ExactScalar }
  | { readonly decimal: { readonly precision: number; readonly scale: number } }
  | { readonly enum: readonly string[] }
  | { readonly record: readonly ContractField[] };
/** Scalars that can also be read as text, row by row. */
export type ScalarType =
  'boolean' | 'int' | 'long' | 'string' | 'bytes' | 'date' | 'timestamp-micros' | 'local-timestamp-micros';
/** Scalars that only the transcoder reads. `json` is a string with `"sqlType": "JSON"`. */
export type ExactScalar = 'float' | 'double' | 'time-micros' | 'uuid' | 'json';

/** What is wrong with a contract: which one, where in it, and what would be right. */
export class ContractError extends Error {
  override readonly name = 'ContractError';
}
