import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A contract is one Avro record schema. Everything that has columns derives from it, so it is read here once, checked,
 * and handed on as plain data. Names follow the Avro specification: https://avro.apache.org/docs/1.12.0/specification/
 */
export interface Contract {
  /** The path below `schemas/` without its ending, e.g. `library/rent`. */
  readonly id: string;
  readonly doc: string;
  readonly fields: readonly ContractField[];
  /** The schema exactly as written, for Avro file headers. */
  readonly avro: AvroSchema;
}

export interface ContractField {
  readonly name: string;
  readonly doc: string;
  readonly type: FieldType;
  readonly nullable: boolean;
}

/** The types a field may have. `array` holds non-null items of a scalar type. */
export type FieldType = ScalarType | { readonly array: ScalarType };
export type ScalarType =
  'boolean' | 'int' | 'long' | 'string' | 'bytes' | 'date' | 'timestamp-micros' | 'local-timestamp-micros';

export type AvroSchema = string | readonly AvroSchema[] | { readonly [attribute: string]: unknown };

/** The Avro type that carries each logical type. Others are refused: a contract must not mean less than it says. */
const LOGICAL_TYPES: Readonly<Record<string, string>> = {
  date: 'int',
  'timestamp-micros': 'long',
  'local-timestamp-micros': 'long',
};
const PRIMITIVES = ['boolean', 'int', 'long', 'string', 'bytes'];

const NAME = /^[A-Za-z_]\w*$/;
/** https://cloud.google.com/bigquery/docs/schemas#column_names */
const RESERVED = /^(?:_TABLE_|_FILE_|_PARTITION|_ROW_TIMESTAMP|__ROOT__|_COLIDENTIFIER)/i;

export const schemasFolder = import.meta.dirname;

/** What is wrong with a contract: which one, where in it, and what would be right. */
export class ContractError extends Error {
  override readonly name = 'ContractError';
}

/**
 * Reads `schemas/<id>.avsc`.
 * @throws ContractError naming the file, the field and the rule
 */
export function readContract(id: string, folder: string = schemasFolder): Contract {
  let text: string;
  try {
    text = readFileSync(join(folder, `${id}.avsc`), 'utf8');
  } catch {
    throw new ContractError(`contract "${id}": there is no schemas/${id}.avsc; write it, or correct the name`);
  }
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch (error) {
    throw new ContractError(`schemas/${id}.avsc is not JSON: ${(error as Error).message}`);
  }
  return parseContract(id, schema);
}

/** @throws ContractError naming the file, the field and the rule */
export function parseContract(id: string, schema: unknown): Contract {
  const file = `schemas/${id}.avsc`;
  if (!isObject(schema) || schema['type'] !== 'record' || !Array.isArray(schema['fields'])) {
    throw new ContractError(`${file}: must be an Avro record: {"type": "record", "name": …, "fields": […]}`);
  }
  if (typeof schema['name'] !== 'string' || !NAME.test(schema['name'])) {
    throw new ContractError(`${file}: the record needs a name of letters, digits and "_", not starting with a digit`);
  }
  if (schema['fields'].length === 0) throw new ContractError(`${file}: a record without fields makes no table`);
  const fields = schema['fields'].map((field: unknown, index) => parseField(file, field, index));
  const twice = fields.find((field, index) => fields.findIndex(sameName(field)) !== index);
  if (twice) throw new ContractError(`${file}: field "${twice.name}" stands twice; BigQuery ignores case in names`);
  return { id, doc: requireDoc(file, 'the record', schema), fields, avro: schema };
}

function parseField(file: string, field: unknown, index: number): ContractField {
  if (!isObject(field) || typeof field['name'] !== 'string' || !NAME.test(field['name'])) {
    throw new ContractError(
      `${file}: fields[${index}] needs a name of letters, digits and "_", not starting with a digit`,
    );
  }
  const name = field['name'];
  const where = `${file}: field "${name}"`;
  if (RESERVED.test(name)) throw new ContractError(`${where}: BigQuery keeps names that begin like this to itself`);
  const { type, nullable } = parseUnion(where, field['type']);
  if (nullable && (field['default'] ?? null) !== null) {
    throw new ContractError(`${where}: the default of ["null", type] is null; Avro takes it from the first branch`);
  }
  return { name, doc: requireDoc(file, `field "${name}"`, field), type, nullable };
}

function parseUnion(where: string, type: unknown): { type: FieldType; nullable: boolean } {
  if (!Array.isArray(type)) return { type: parseType(where, type), nullable: false };
  const [first, second] = type as unknown[];
  if (type.length !== 2 || first !== 'null') {
    throw new ContractError(`${where}: the only union allowed is ["null", type], not ${JSON.stringify(type)}`);
  }
  return { type: parseType(where, second), nullable: true };
}

function parseType(where: string, type: unknown): FieldType {
  if (isObject(type) && type['type'] === 'array') {
    const item = parseType(where, type['items']);
    if (typeof item !== 'string') throw new ContractError(`${where}: BigQuery has no array of arrays`);
    return { array: item };
  }
  if (typeof type === 'string' && PRIMITIVES.includes(type)) return type as ScalarType;
  if (isObject(type)) {
    const logical = type['logicalType'];
    if (logical === undefined && PRIMITIVES.includes(type['type'] as string)) return type['type'] as ScalarType;
    if (typeof logical === 'string' && LOGICAL_TYPES[logical] === type['type']) return logical as ScalarType;
  }
  const allowed = [...PRIMITIVES, ...Object.keys(LOGICAL_TYPES).map((key) => `${LOGICAL_TYPES[key] ?? ''} (${key})`)];
  throw new ContractError(
    `${where}: type ${JSON.stringify(type)} is not one of ${allowed.join(', ')}, or an array of one`,
  );
}

function requireDoc(file: string, what: string, of: Record<string, unknown>): string {
  if (typeof of['doc'] === 'string' && of['doc'].trim() !== '') return of['doc'];
  throw new ContractError(`${file}: ${what} needs a "doc"; it becomes the description people read in BigQuery`);
}

function sameName(field: ContractField): (other: ContractField) => boolean {
  return (other) => other.name.toLowerCase() === field.name.toLowerCase();
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
