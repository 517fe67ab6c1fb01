import avro from 'avsc';
import type { Contract } from '../../schemas/contract.ts';

/** A record as avsc writes it: `long` is a bigint, a nullable value is `null` or `{ <branch>: value }`. */
export type AvroRecord = Readonly<Record<string, unknown>>;

/** avsc's own long ends at 2^53, where a key or a timestamp does not. */
const longAsBigInt = avro.types.LongType.__with({
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const buffer = Buffer.allocUnsafe(8);
    buffer.writeBigInt64LE(value);
    return buffer;
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint' && BigInt.asIntN(64, value) === value,
  compare: (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0),
});

/** The avsc type of a contract. Unions are wrapped, so that a branch is named and never guessed. */
export function avroType(contract: Contract): avro.Type {
  return avro.Type.forSchema(contract.avro as avro.Schema, {
    wrapUnions: true,
    // A registry knows `"long"` alone; the hook also meets `{ "type": "long", "logicalType": … }`.
    typeHook: (schema) => (isLong(schema) ? longAsBigInt : undefined),
  });
}

function isLong(schema: unknown): boolean {
  return (
    schema === 'long' || (typeof schema === 'object' && schema !== null && 'type' in schema && schema.type === 'long')
  );
}
