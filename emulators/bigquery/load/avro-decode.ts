import avro from 'avsc';
import { invalid } from '../errors.ts';
import type { AvroBlock } from './avro-file.ts';

/** avsc's own LongType stops at 2^53; this one reads all of INT64 as bigint. */
const LONG = avro.types.LongType.__with({
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const buffer = Buffer.alloc(8);
    buffer.writeBigInt64LE(value);
    return buffer;
  },
  fromJSON: (value: number | string) => BigInt(value),
  toJSON: String,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
});

/** Compiles the writer's schema to a function that reads a block's records one by one. */
export function recordReader(schema: unknown): (block: AvroBlock) => Generator<Record<string, unknown>> {
  const options = { registry: { long: LONG }, wrapUnions: false, noAnonymousTypes: false };
  const type = avro.Type.forSchema(withoutLogicalTypes(schema) as avro.Schema, options);
  return function* readBlock({ count, data }) {
    let at = 0;
    for (let i = 0; i < count; i++) {
      const decoded: { value: unknown; offset: number } = type.decode(data, at);
      const { value, offset } = decoded;
      if (offset < 0)
        throw invalid(
          'The Apache Avro library failed to read data with the following error: a block ends within a record',
        );
      at = offset;
      yield value as Record<string, unknown>;
    }
    if (at !== data.length)
      throw invalid('The Apache Avro library failed to read data with the following error: bytes left over in a block');
  };
}

/** `{type: 'long', logicalType}` would become a type of avsc's own; the plain name takes ours from the registry. */
function withoutLogicalTypes(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutLogicalTypes);
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries(schema).filter(([name]) => name !== 'logicalType' && name !== 'default');
  const plain = Object.fromEntries(
    entries.map(([name, value]) => [
      name,
      ['type', 'items', 'values', 'fields'].includes(name) ? withoutLogicalTypes(value) : (value as unknown),
    ]),
  );
  return plain['type'] === 'long' && plain['name'] === undefined ? 'long' : plain;
}
