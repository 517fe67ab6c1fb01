import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseFields, requireDoc } from './fields.ts';
import { isObject } from './place.ts';
import { ContractError, type ContractField } from './types.ts';

export { ContractError } from './types.ts';
export type { ContractField, ExactScalar, FieldType, ItemType, ScalarType } from './types.ts';

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

export type AvroSchema = string | readonly AvroSchema[] | { readonly [attribute: string]: unknown };

export const schemasFolder = import.meta.dirname;

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
  const fields = parseFields(file, schema);
  return { id, doc: requireDoc(file, 'the record', schema), fields, avro: schema };
}
