import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import { invalid, unsupported } from '../errors.ts';
import { type Field, typeParameters } from '../types/schema.ts';
import { BIGNUMERIC_SCALE, DECIMAL_DIGITS, NUMERIC_SCALE } from '../types/types.ts';

export interface AvroOptions {
  readonly useLogicalTypes: boolean;
  /** NUMERIC, BIGNUMERIC, STRING: those that a decimal may become. */
  readonly decimalTargets: readonly string[];
  /** The destination's columns, where they are known: a string may fill a JSON column. */
  readonly target: readonly Field[] | undefined;
}

/** A column and how an Avro value becomes its value. */
export interface AvroColumn {
  readonly field: Field;
  readonly convert: (value: unknown) => DuckDBValue;
}

type Schema = Readonly<Record<string, unknown>>;
interface Mapped {
  readonly type: string;
  readonly fields?: readonly Field[];
  readonly repeated?: boolean;
  readonly convert: (value: unknown) => DuckDBValue;
}

/**
 * The columns of a record: https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-avro#avro_conversions
 * @throws ApiError for schemas that BigQuery or the emulator does not load
 */
export function avroColumns(schema: unknown, options: AvroOptions): AvroColumn[] {
  const names = new Map<string, Schema>();
  return recordColumns(asSchema(schema, names, ''), options, options.target, names, '');
}

function recordColumns(
  schema: Schema,
  options: AvroOptions,
  target: readonly Field[] | undefined,
  names: Map<string, Schema>,
  path: string,
): AvroColumn[] {
  if (schema['type'] !== 'record' || !Array.isArray(schema['fields']))
    throw invalid('The Avro schema must be a record');
  const namespace = namespaceOf(schema);
  return (schema['fields'] as Schema[]).map((entry): AvroColumn => {
    const name = String(entry['name']);
    const { inner, nullable } = unwrapUnion(entry['type'], `${path}${name}`);
    const existing = target?.find((field) => field.name.toLowerCase() === name.toLowerCase());
    const mapped = mapType(asSchema(inner, names, namespace), options, existing, names, `${path}${name}`);
    const mode = mapped.repeated ? 'REPEATED' : nullable ? 'NULLABLE' : 'REQUIRED';
    const description = typeof entry['doc'] === 'string' ? { description: entry['doc'] } : {};
    const field: Field = {
      name,
      type: mapped.type,
      mode,
      ...(mapped.fields ? { fields: mapped.fields } : {}),
      ...description,
      ...typeParameters(existing),
    };
    const empty = (): DuckDBValue => (mapped.repeated ? new DuckDBListValue([]) : null);
    return { field, convert: (value) => (value === null || value === undefined ? empty() : mapped.convert(value)) };
  });
}

/** [null, T] is a nullable T; a union of more is a record of them at Google. */
function unwrapUnion(type: unknown, name: string): { inner: unknown; nullable: boolean } {
  if (!Array.isArray(type)) return { inner: type, nullable: false };
  const rest = type.filter((branch) => branch !== 'null');
  if (rest.length !== 1) throw unsupported(`Avro unions of several types (field ${name})`);
  return { inner: rest[0], nullable: rest.length < type.length };
}

function asSchema(type: unknown, names: Map<string, Schema>, namespace: string): Schema {
  if (typeof type === 'string') return names.get(type) ?? names.get(`${namespace}.${type}`) ?? { type };
  const schema = type as Schema;
  if (typeof schema['type'] === 'object') return asSchema(schema['type'], names, namespace);
  if (typeof schema['name'] === 'string') {
    const space = typeof schema['namespace'] === 'string' ? schema['namespace'] : namespace;
    names.set(schema['name'], schema);
    if (space !== '') names.set(`${space}.${schema['name']}`, schema);
  }
  return schema;
}

function namespaceOf(schema: Schema): string {
  return typeof schema['namespace'] === 'string' ? schema['namespace'] : '';
}

function mapType(
  schema: Schema,
  options: AvroOptions,
  target: Field | undefined,
  names: Map<string, Schema>,
  path: string,
): Mapped {
  const logical = typeof schema['logicalType'] === 'string' ? schema['logicalType'] : '';
  if (logical === 'decimal' && (schema['type'] === 'bytes' || schema['type'] === 'fixed'))
    return mapDecimal(schema, options, path);
  const typed = options.useLogicalTypes ? LOGICAL[`${String(schema['type'])} ${logical}`] : undefined;
  if (typed) return typed;
  switch (schema['type']) {
    case 'record': {
      const columns = recordColumns(schema, options, target?.fields, names, `${path}.`);
      const convert = (value: unknown): DuckDBValue => toStruct(columns, value as Record<string, unknown>);
      return { type: 'RECORD', fields: columns.map((column) => column.field), convert };
    }
    case 'array':
      return mapArray(schema, options, target, names, path);
    case 'map':
      return mapMap(schema, options, names, path);
    case 'string':
      return schema['sqlType'] === 'JSON' || target?.type === 'JSON'
        ? { type: 'JSON', convert: String }
        : (PRIMITIVE['string'] ?? never(path));
    default:
      return PRIMITIVE[String(schema['type'])] ?? never(path);
  }
}

function never(path: string): never {
  throw invalid(`The Avro type of field ${path} cannot be loaded`);
}

function mapArray(
  schema: Schema,
  options: AvroOptions,
  target: Field | undefined,
  names: Map<string, Schema>,
  path: string,
): Mapped {
  const { inner, nullable } = unwrapUnion(schema['items'], path);
  const item = mapType(asSchema(inner, names, ''), options, target, names, path);
  if (item.repeated) throw invalid(`Field ${path}: arrays of arrays are not supported`);
  const each = (value: unknown): DuckDBValue => {
    if (value === null) throw invalid(`Field ${path}: an array with NULL elements cannot be loaded`);
    return item.convert(value);
  };
  return {
    ...item,
    repeated: true,
    convert: (value) => new DuckDBListValue((value as unknown[]).map(nullable ? each : item.convert)),
  };
}

/** A map is a repeated record of key and value. */
function mapMap(schema: Schema, options: AvroOptions, names: Map<string, Schema>, path: string): Mapped {
  const fields = [
    { name: 'key', type: 'string' },
    { name: 'value', type: schema['values'] },
  ];
  const columns = recordColumns({ type: 'record', fields }, options, undefined, names, `${path}.`);
  const convert = (value: unknown): DuckDBValue =>
    new DuckDBListValue(
      Object.entries(value as object).map(([key, item]) => toStruct(columns, { key, value: item as unknown })),
    );
  return { type: 'RECORD', fields: columns.map((column) => column.field), repeated: true, convert };
}

function toStruct(columns: readonly AvroColumn[], value: Record<string, unknown>): DuckDBStructValue {
  return new DuckDBStructValue(
    Object.fromEntries(columns.map(({ field, convert }) => [field.name, convert(value[field.name])])),
  );
}

function mapDecimal(schema: Schema, options: AvroOptions, path: string): Mapped {
  const [precision, scale] = [Number(schema['precision']), Number(schema['scale'] ?? 0)];
  if (!(precision > 0) || scale > precision)
    throw invalid(`Field ${path}: decimal(${precision}, ${scale}) is not valid`);
  const fits = (max: number): boolean => scale <= max && precision - scale <= DECIMAL_DIGITS - max;
  const order = ['NUMERIC', 'BIGNUMERIC', 'STRING'].filter((name) => options.decimalTargets.includes(name));
  const chosen =
    order.find((name) => (name === 'NUMERIC' ? fits(NUMERIC_SCALE) : name === 'STRING' || precision - scale <= 38)) ??
    order.at(-1);
  if (chosen === 'STRING') return { type: 'STRING', convert: (value) => decimalText(readBigInt(value), scale) };
  if (chosen === 'BIGNUMERIC' && !fits(BIGNUMERIC_SCALE))
    throw unsupported(
      `decimal(${precision}, ${scale}) as BIGNUMERIC (field ${path}): it holds 20 digits before and 18 behind the point here`,
    );
  const digits = chosen === 'BIGNUMERIC' ? BIGNUMERIC_SCALE : NUMERIC_SCALE;
  return { type: chosen ?? 'NUMERIC', convert: (value) => rescale(readBigInt(value), scale, digits, path) };
}

/** No digit is lost: a value that does not fit is an error. */
function rescale(unscaled: bigint, scale: number, digits: number, path: string): DuckDBDecimalValue {
  const by = 10n ** BigInt(Math.abs(digits - scale));
  if (scale > digits && unscaled % by !== 0n)
    throw invalid(`Field ${path}: ${decimalText(unscaled, scale)} has more than ${digits} digits behind the point`);
  const value = scale > digits ? unscaled / by : unscaled * by;
  if (value >= 10n ** BigInt(DECIMAL_DIGITS) || value <= -(10n ** BigInt(DECIMAL_DIGITS)))
    throw invalid(`Field ${path}: ${decimalText(unscaled, scale)} is out of range`);
  return new DuckDBDecimalValue(value, DECIMAL_DIGITS, digits);
}

function readBigInt(value: unknown): bigint {
  const bytes = value as Buffer;
  return bytes.length === 0 ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`));
}

function decimalText(unscaled: bigint, scale: number): string {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`.replace(/\.?0+$/, '');
  return unscaled < 0n ? `-${text}` : text;
}

const bytesOf = (value: unknown): DuckDBBlobValue => new DuckDBBlobValue(Buffer.from(value as Uint8Array));

const PRIMITIVE: Readonly<Record<string, Mapped>> = {
  boolean: { type: 'BOOLEAN', convert: (value) => value as boolean },
  int: { type: 'INTEGER', convert: (value) => BigInt(value as number) },
  long: { type: 'INTEGER', convert: (value) => value as bigint },
  float: { type: 'FLOAT', convert: (value) => value as number },
  double: { type: 'FLOAT', convert: (value) => value as number },
  bytes: { type: 'BYTES', convert: bytesOf },
  fixed: { type: 'BYTES', convert: bytesOf },
  string: { type: 'STRING', convert: (value) => value as string },
  enum: { type: 'STRING', convert: (value) => value as string },
};

const LOGICAL: Readonly<Record<string, Mapped>> = {
  'int date': { type: 'DATE', convert: (value) => new DuckDBDateValue(value as number) },
  'int time-millis': { type: 'TIME', convert: (value) => new DuckDBTimeValue(BigInt(value as number) * 1000n) },
  'long time-micros': { type: 'TIME', convert: (value) => new DuckDBTimeValue(value as bigint) },
  'long timestamp-millis': {
    type: 'TIMESTAMP',
    convert: (value) => new DuckDBTimestampTZValue((value as bigint) * 1000n),
  },
  'long timestamp-micros': { type: 'TIMESTAMP', convert: (value) => new DuckDBTimestampTZValue(value as bigint) },
  'long local-timestamp-millis': {
    type: 'DATETIME',
    convert: (value) => new DuckDBTimestampValue((value as bigint) * 1000n),
  },
  'long local-timestamp-micros': { type: 'DATETIME', convert: (value) => new DuckDBTimestampValue(value as bigint) },
};
