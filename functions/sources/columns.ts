import type pg from 'pg';
import type { Contract, ContractField, ScalarType } from '../../schemas/contract.ts';
import { scalarOf } from '../../schemas/bigquery.ts';
import { TerminalError } from '../runtime/errors.ts';
import { quote, quoteTable } from './postgres.ts';

/** The Postgres types whose every value an Avro type can hold; what the table does hold is checked row by row. */
const FITTING: Readonly<Record<ScalarType, readonly string[]>> = {
  boolean: ['bool'],
  int: ['int2', 'int4'],
  long: ['int2', 'int4', 'int8'],
  string: ['text', 'varchar', 'bpchar', 'name', 'uuid', 'citext'],
  bytes: ['bytea'],
  date: ['date'],
  'timestamp-micros': ['timestamptz'],
  'local-timestamp-micros': ['timestamp'],
};

/**
 * Compares a contract with the source table before a byte is read.
 * @throws TerminalError SOURCE_CONTRACT_MISMATCH listing every field that the table cannot fill
 */
export async function checkSource(client: pg.Client, table: string, contract: Contract): Promise<void> {
  const { rows } = await client.query<{ name: string; type: string }>(
    `select attname as name, typname as type from pg_attribute join pg_type on pg_type.oid = atttypid
      where attrelid = to_regclass($1) and attnum > 0 and not attisdropped`,
    [quoteTable(table)],
  );
  if (rows.length === 0) {
    throw new TerminalError('SOURCE_CONTRACT_MISMATCH', `there is no table public.${table} in the source`);
  }
  const types = new Map(rows.map((row) => [row.name, row.type]));
  const wrong = contract.fields.flatMap((field) => mismatch(field, types.get(field.name)));
  if (wrong.length > 0) {
    const message = `public.${table} cannot fill contract ${contract.id}: ${wrong.join('; ')}. Change the contract or the table`;
    throw new TerminalError('SOURCE_CONTRACT_MISMATCH', message);
  }
}

function mismatch(field: ContractField, type: string | undefined): string[] {
  if (type === undefined) return [`there is no column "${field.name}"`];
  const isArray = typeof field.type !== 'string';
  const allowed = FITTING[scalarOf(field)].map((name) => (isArray ? `_${name}` : name));
  if (allowed.includes(type)) return [];
  return [`column "${field.name}" is ${readable(type)}, and the contract takes ${allowed.map(readable).join(' or ')}`];
}

/** Postgres calls the type of `text[]` `_text`. */
function readable(type: string): string {
  return type.startsWith('_') ? `${type.slice(1)}[]` : type;
}

/** The select list that prints a contract's fields as text, in its order; arrays as JSON arrays of texts. */
export function selectList(contract: Contract): string {
  return contract.fields
    .map((field) => {
      const column = quote(field.name);
      return typeof field.type === 'string' ? `${column}::text` : `array_to_json(${column}::text[])::text`;
    })
    .join(', ');
}
