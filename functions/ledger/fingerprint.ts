import { createHash } from 'node:crypto';
import type { AvroSchema } from '../../schemas/contract.ts';

/**
 * What of a schema decides over the values that are written, in the order of Avro's canonical form, and with it the
 * logical types: the specification leaves them out, and then a decimal of another scale would be the same contract.
 * https://avro.apache.org/docs/1.12.0/specification/#parsing-canonical-form-for-schemas
 */
const ATTRIBUTES = [
  'namespace',
  'name',
  'type',
  'fields',
  'symbols',
  'items',
  'values',
  'size',
  'logicalType',
  'precision',
  'scale',
] as const;

/** The sha256 of a contract, as hexadecimal digits: the same whatever its docs, its layout and the order of attributes. */
export function fingerprintOf(schema: AvroSchema): string {
  return createHash('sha256')
    .update(JSON.stringify(canonical(schema)))
    .digest('hex');
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const given = value as Readonly<Record<string, unknown>>;
  const kept = ATTRIBUTES.filter((name) => name in given);
  const [only] = kept;
  // {"type": "string"} and "string" are the same type.
  if (kept.length === 1 && only === 'type') return canonical(given['type']);
  return Object.fromEntries(kept.map((name) => [name, canonical(given[name])]));
}
