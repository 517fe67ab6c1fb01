import avro from 'avsc';
import { numberText, parseExact, wholeNumber } from './exact-json.ts';
import { branchName, type Node } from './nodes.ts';

/**
 * A value as both encodings give it: int is a number and long a bigint, bytes and fixed are Buffer, a union's value is null or
 * `{branch: value}`, an enum's is its symbol, and a record's and a map's are objects.
 */
export type AvroValue = unknown;

/** A message that is none of its schema's. */
export class Misfit extends Error {
  override readonly name = 'Misfit';
}

/** avsc's own long stops at 2^53; this one is all of INT64. */
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

/** @throws Error when the definition is not Avro */
export function binaryType(definition: unknown): avro.Type {
  return avro.Type.forSchema(definition as avro.Schema, {
    wrapUnions: true,
    noAnonymousTypes: true,
    typeHook: (schema) => (isLong(schema) ? LONG : undefined),
  });
}

function isLong(schema: unknown): boolean {
  return (
    schema === 'long' || (typeof schema === 'object' && schema !== null && 'type' in schema && schema.type === 'long')
  );
}

/** @throws Misfit */
export function decodeBinary(type: avro.Type, data: Buffer): AvroValue {
  let value: unknown;
  try {
    value = type.fromBuffer(data);
  } catch (error) {
    throw new Misfit(Error.isError(error) ? error.message : String(error));
  }
  if (!type.isValid(value)) throw new Misfit('an int is beyond 32 bits');
  // avsc puts U+FFFD in the place of what is not UTF-8.
  const text = JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? 0 : part));
  if (text.includes('\ufffd') && !type.toBuffer(value).equals(data)) throw new Misfit('a string is not UTF-8');
  return value;
}

/** Avro's JSON encoding. Fields that the schema has not are passed over. @throws Misfit naming the place */
export function decodeJson(node: Node, data: Buffer): AvroValue {
  let json: unknown;
  try {
    json = parseExact(new TextDecoder('utf-8', { fatal: true }).decode(data));
  } catch (error) {
    throw new Misfit(`not JSON: ${Error.isError(error) ? error.message : String(error)}`);
  }
  return read(node, json, '');
}

function read(node: Node, json: unknown, path: string): AvroValue {
  switch (node.kind) {
    case 'record':
      return readRecord(node, json, path);
    case 'map': {
      const entries = Object.entries(asObject(json, path));
      return Object.fromEntries(entries.map(([key, value]) => [key, read(node.values, value, `${path}.${key}`)]));
    }
    case 'array':
      if (!Array.isArray(json)) throw misfit(path, 'an array', json);
      return json.map((item, index) => read(node.items, item, `${path}[${index}]`));
    case 'union':
      return readUnion(node.branches, json, path);
    case 'int':
    case 'long': {
      const whole = wholeNumber(json);
      if (whole === undefined) throw misfit(path, 'a whole number', json);
      const bits = node.kind === 'int' ? 32 : 64;
      if (BigInt.asIntN(bits, whole) !== whole) throw misfit(path, `of ${bits} bits`, json);
      return node.kind === 'int' ? Number(whole) : whole;
    }
    case 'float':
    case 'double':
      if (numberText(json) === undefined) throw misfit(path, 'a number', json);
      return Number(numberText(json));
    case 'null':
      if (json !== null) throw misfit(path, 'null', json);
      return null;
    case 'boolean':
      if (typeof json !== 'boolean') throw misfit(path, 'true or false', json);
      return json;
    default:
      return readText(node, json, path);
  }
}

function readText(node: Node, json: unknown, path: string): AvroValue {
  if (typeof json !== 'string') throw misfit(path, 'a string', json);
  if (node.kind === 'string') return json;
  if (node.kind === 'enum') {
    if (!node.symbols.includes(json)) throw misfit(path, `one of ${node.symbols.join(', ')}`, json);
    return json;
  }
  // Each character is a byte: https://avro.apache.org/docs/1.12.0/specification/#json-encoding
  const bytes = Buffer.from(json, 'latin1');
  if (bytes.toString('latin1') !== json) throw misfit(path, 'characters up to U+00FF, each one byte', json);
  if (node.kind === 'fixed' && bytes.length !== node.size) throw misfit(path, `${node.size} bytes`, json);
  return bytes;
}

function readRecord(node: Node & { kind: 'record' }, json: unknown, path: string): AvroValue {
  const given = asObject(json, path);
  return Object.fromEntries(
    node.fields.map((field) => {
      if (!Object.hasOwn(given, field.name)) {
        throw new Misfit(`Field was not found in JSON object: ${`${path}.${field.name}`.slice(1)}.`);
      }
      return [field.name, read(field.node, given[field.name], `${path}.${field.name}`)];
    }),
  );
}

function readUnion(branches: readonly Node[], json: unknown, path: string): AvroValue {
  if (json === null && branches.some(({ kind }) => kind === 'null')) return null;
  const names = branches.filter(({ kind }) => kind !== 'null').map(branchName);
  const [[name, value] = ['', undefined], ...others] = Object.entries(asObject(json, path));
  const branch = branches.find((one) => branchName(one) === name);
  if (!branch || others.length > 0) throw misfit(path, `null or an object of one of ${names.join(', ')}`, json);
  return { [name]: read(branch, value, path) };
}

function asObject(json: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof json !== 'object' || json === null || Array.isArray(json) || numberText(json) !== undefined) {
    throw misfit(path, 'an object', json);
  }
  return json as Readonly<Record<string, unknown>>;
}

function misfit(path: string, expected: string, json: unknown): Misfit {
  const found = numberText(json) ?? JSON.stringify(json);
  return new Misfit(`${path.slice(1) || 'the message'} must be ${expected}, not ${found.slice(0, 100)}`);
}
