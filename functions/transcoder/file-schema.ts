import { TerminalError } from '../runtime/errors.ts';
import type { Contract } from '../../schemas/contract.ts';

/**
 * Whether a file was written with the contract's schema: fields, order, types and logical types. Names of records and
 * docs do not change a byte, so they may differ.
 * @throws TerminalError TABLE_CONTRACT_MISMATCH naming the first difference
 */
export function requireSchema(contract: Contract, schema: unknown): void {
  const [expected, found] = [flatten(shapeOf(contract.avro), ''), flatten(shapeOf(schema), '')];
  for (let index = 0; index < Math.max(expected.length, found.length); index++) {
    const [wanted = 'nothing more', is = 'nothing more'] = [expected[index], found[index]];
    if (wanted === is) continue;
    const message = `the file's schema has ${is} where contract ${contract.id} has ${wanted}`;
    throw new TerminalError('TABLE_CONTRACT_MISMATCH', `${message}. Take the contract that the file was written with`);
  }
}

/** What of a schema says how its bytes are read. */
const KEPT = ['type', 'logicalType', 'precision', 'scale', 'symbols', 'size', 'items', 'values', 'fields'];

function shapeOf(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(shapeOf);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { name, ...rest } = schema as Record<string, unknown>;
  const isField = 'type' in rest && !('fields' in rest || 'symbols' in rest || 'size' in rest);
  const entries = KEPT.filter((key) => key in rest).map((key) => [key, shapeOf(rest[key])] as const);
  const [first] = entries;
  if (isField && typeof name === 'string') return { name, ...Object.fromEntries(entries) };
  // { "type": "int" } is "int".
  return entries.length === 1 && first?.[0] === 'type' ? first[1] : Object.fromEntries(entries);
}

function flatten(shape: unknown, path: string): string[] {
  if (typeof shape !== 'object' || shape === null) return [`${JSON.stringify(shape)} at ${path}`];
  return Object.entries(shape).flatMap(([key, value]) => flatten(value, path === '' ? key : `${path}.${key}`));
}
