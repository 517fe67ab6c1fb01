import type { Contract, ContractField, ScalarType } from '../../schemas/contract.ts';
import { scalarOf } from '../../schemas/bigquery.ts';
import type { AvroRecord } from './type.ts';

/** A row as Postgres prints it: one text or null per field of the contract, in its order; an array as JSON of texts. */
export type TextRow = readonly (string | null)[];

/** Why a row cannot be a record of its contract. The row goes to quarantine; the rest goes on. */
export class RowRejected extends Error {
  override readonly name = 'RowRejected';
}

/** Turns Postgres' text into a value of an Avro type. @throws RowRejected, without the field's name */
type Parse = (text: string) => unknown;

/** Compiles a contract to a function from a row's texts to its record. @throws RowRejected naming field, value and rule */
export function compileRow(contract: Contract): (row: TextRow) => AvroRecord {
  const fields = contract.fields.map((field) => ({ name: field.name, parse: compileField(field) }));
  return (row) => {
    const record: Record<string, unknown> = {};
    for (const [index, { name, parse }] of fields.entries()) {
      try {
        record[name] = parse(row[index] ?? null);
      } catch (error) {
        if (!(error instanceof RowRejected)) throw error;
        throw new RowRejected(`field "${name}": ${error.message}`);
      }
    }
    return record;
  };
}

function compileField(field: ContractField): (text: string | null) => unknown {
  const scalar = PARSERS[scalarOf(field)];
  const parse: Parse = typeof field.type === 'string' ? scalar : (text) => parseArray(text, scalar);
  const branch = typeof field.type === 'string' ? branchOf(field.type) : 'array';
  return (text) => {
    if (text !== null) return field.nullable ? { [branch]: parse(text) } : parse(text);
    if (field.nullable) return null;
    throw new RowRejected('null, and the contract does not allow it');
  };
}

/** The name of a union's branch is its Avro type's, logical or not. */
function branchOf(type: ScalarType): string {
  if (type === 'date') return 'int';
  return type === 'timestamp-micros' || type === 'local-timestamp-micros' ? 'long' : type;
}

const PARSERS: Readonly<Record<ScalarType, Parse>> = {
  boolean: parseBoolean,
  int: parseInt32,
  long: parseInt64,
  string: (text) => text,
  bytes: parseBytes,
  date: parseDate,
  'timestamp-micros': parseTimestamp,
  'local-timestamp-micros': parseTimestamp,
};

function parseArray(text: string, parse: Parse): unknown[] {
  return (JSON.parse(text) as unknown[]).map((item) => {
    if (typeof item === 'string') return parse(item);
    throw new RowRejected(`${text} holds ${item === null ? 'a null' : 'an array'}; BigQuery's arrays hold values only`);
  });
}

function parseBoolean(text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  throw new RowRejected(`${text} is no boolean`);
}

const INTEGER = /^-?\d+$/;

function parseInt32(text: string): number {
  const value = INTEGER.test(text) ? Number(text) : NaN;
  if (value === (value | 0)) return value;
  throw new RowRejected(`${text} does not fit Avro's int (32 bits)`);
}

function parseInt64(text: string): bigint {
  const value = INTEGER.test(text) ? BigInt(text) : undefined;
  if (value !== undefined && value === BigInt.asIntN(64, value)) return value;
  throw new RowRejected(`${text} does not fit Avro's long (64 bits)`);
}

/** Postgres' hex format: https://www.postgresql.org/docs/current/datatype-binary.html */
function parseBytes(text: string): Buffer {
  if (/^\\x(?:[0-9a-f]{2})*$/.test(text)) return Buffer.from(text.slice(2), 'hex');
  throw new RowRejected(`${text} is not in hex format (bytea_output)`);
}

const DAY_MS = 86_400_000;

/** Days since 1970-01-01. BigQuery's dates go from 0001-01-01 to 9999-12-31. */
function parseDate(text: string): number {
  const day = /^(?!0000)\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN;
  if (!Number.isNaN(day)) return day / DAY_MS;
  throw new RowRejected(`${text} is outside of BigQuery's dates (0001-01-01 to 9999-12-31)`);
}

/** Microseconds since 1970-01-01T00:00:00Z, from `2026-11-20 09:27:46.123456[+00]` (the session's time zone is UTC). */
function parseTimestamp(text: string): bigint {
  const parts = /^((?!0000)\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(?:\+00)?$/.exec(text);
  const [, day = '', time = '', fraction = ''] = parts ?? [];
  const milliseconds = Date.parse(`${day}T${time}Z`);
  if (!Number.isNaN(milliseconds)) return BigInt(milliseconds) * 1000n + BigInt(fraction.padEnd(6, '0'));
  throw new RowRejected(`${text} is outside of BigQuery's timestamps (years 0001 to 9999, finite)`);
}
