import fc from 'fast-check';
import pg from 'pg';
import { integers, texts, decimals, timestamps, floats, floats4, times, interval, inets } from './arbitraries.ts';

/** A value of a Postgres type, as SQL; and whether the contract's type can hold it. */
export interface SqlValue {
  readonly sql: string;
  readonly fits: boolean;
}

/** A Postgres type, the Avro type it becomes, its values, and how both sides print one alike (as JSON). */
export interface TypeSpec {
  readonly postgres: string;
  readonly avro: unknown;
  readonly values: fc.Arbitrary<SqlValue>;
  /** SQL for the JSON of a value that is not null. */
  readonly printSql: (value: string) => string;
  /** The same JSON from what avsc decoded. */
  readonly printAvro: (value: unknown) => unknown;
  /** Statements that must run before the type is there. */
  readonly setup?: readonly string[];
}

export const SETUP = [
  "create type mood as enum ('happy', 'sad', 'so_so')",
  'create domain positive as int check (value > 0)',
  'create domain nested as positive',
  'create extension citext',
  "create domain label as text check (value <> 'nobody')",
];

const fitting = (values: fc.Arbitrary<string>): fc.Arbitrary<SqlValue> => values.map((sql) => ({ sql, fits: true }));
const unfit = (...values: readonly string[]): fc.Arbitrary<SqlValue> =>
  fc.constantFrom(...values).map((sql) => ({ sql, fits: false }));
const quoted = (type: string, values: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  values.map((value) => `${pg.escapeLiteral(value)}::${type}`);
const plain = (value: unknown): string => String(value);
const asText = (value: string): string => `to_json(${value}::text)`;
const avroText = (value: unknown): string => value as string;
const micros = (value: string): string => `to_json(round(extract(epoch from ${value}) * 1000000)::text)`;

function decimalText(value: unknown, scale: number): string {
  const bytes = value as Buffer;
  const unscaled = BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`));
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  return unscaled < 0n ? `-${text}` : text;
}

function decimal(postgres: string, precision: number, scale: number, ...bad: readonly string[]): TypeSpec {
  return {
    postgres,
    avro: { type: 'bytes', logicalType: 'decimal', precision, scale },
    values: fc.oneof(
      { weight: 20, arbitrary: fitting(decimals(precision - scale, scale)) },
      {
        weight: 1,
        arbitrary: unfit("'NaN'::numeric", ...bad),
      },
    ),
    printSql: (value) => `to_json(round(${value}, ${scale})::text)`,
    printAvro: (value) => decimalText(value, scale),
  };
}

const BAD_TIMES = [
  'infinity',
  '-infinity',
  '0001-12-31 23:59:59.999999 BC',
  '4713-01-01 00:00:00 BC',
  '10000-01-01 00:00:00',
];

function timestamp(postgres: string, logicalType: string): TypeSpec {
  const bad = [...BAD_TIMES, '294276-12-31 23:59:59.999999'].map((text) => `'${text}'::${postgres}`);
  return {
    postgres,
    avro: { type: 'long', logicalType },
    values: fc.oneof(
      { weight: 20, arbitrary: fitting(quoted(postgres, timestamps)) },
      { weight: 1, arbitrary: unfit(...bad) },
    ),
    printSql: micros,
    printAvro: plain,
  };
}

const string = (postgres: string, values: fc.Arbitrary<string>, avro: unknown = 'string'): TypeSpec => ({
  postgres,
  avro,
  values: fitting(quoted(postgres, values)),
  printSql: asText,
  printAvro: avroText,
});

const integer = (postgres: string, avro: string, bits: bigint): TypeSpec => ({
  postgres,
  avro,
  values: fitting(quoted(postgres, integers(bits))),
  printSql: asText,
  printAvro: plain,
});

const float = (postgres: string, avro: string, values: fc.Arbitrary<string>): TypeSpec => ({
  postgres,
  avro,
  values: fitting(quoted(postgres, values)),
  printSql: (value) => `to_json(encode(${avro === 'double' ? 'float8' : 'float4'}send(${value}), 'hex'))`,
  printAvro: (value) => {
    const bits = Buffer.alloc(avro === 'double' ? 8 : 4);
    if (avro === 'double') bits.writeDoubleBE(value as number);
    else bits.writeFloatBE(value as number);
    return bits.toString('hex');
  },
});

export const SCALARS: Readonly<Record<string, TypeSpec>> = {
  bool: { ...string('bool', fc.constantFrom('true', 'false'), 'boolean'), printAvro: plain },
  int2: integer('int2', 'int', 16n),
  int2AsLong: integer('int2', 'long', 16n),
  int4: integer('int4', 'int', 32n),
  int8: integer('int8', 'long', 64n),
  float4: float('float4', 'float', floats4),
  float4AsDouble: float('float4', 'double', floats4),
  float8: float('float8', 'double', floats),
  numeric: decimal('numeric(12,2)', 12, 2),
  numericWhole: decimal('numeric(38,0)', 38, 0),
  numericWide: decimal('numeric(38,9)', 38, 9),
  numericWidest: decimal(
    'numeric',
    76,
    38,
    '1e38::numeric',
    '1e-39::numeric',
    "'-infinity'::numeric",
    '1e131071::numeric',
  ),
  numericFree: decimal(
    'numeric',
    20,
    3,
    '0.0001::numeric',
    '1.0005::numeric',
    "'infinity'::numeric",
    '1e17::numeric',
    '-99999999999999999999::numeric',
  ),
  numericSmall: decimal('numeric', 3, 3, '1::numeric', '-1.001::numeric', '0.12345678::numeric'),
  money: {
    ...decimal('money', 19, 2),
    values: fitting(integers(64n).map((cents) => `('${cents}'::numeric / 100)::money`)),
    printSql: (value) => `to_json((${value}::numeric)::text)`,
  },
  text: string('text', texts),
  varchar: string(
    'varchar(200)',
    texts.map((text) => Array.from(text).slice(0, 100).join('')),
  ),
  bpchar: {
    ...string(
      'char(12)',
      texts.map((text) => Array.from(text).slice(0, 12).join('')),
    ),
    printSql: (value) => `to_json(concat(rpad(${value}::text, 12)))`,
  },
  name: string('name', fc.string({ maxLength: 60 })),
  citext: string('citext', texts),
  domainOfText: string('label', texts),
  bytea: {
    postgres: 'bytea',
    avro: 'bytes',
    values: fitting(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => `'\\x${Buffer.from(bytes).toString('hex')}'::bytea`),
    ),
    printSql: (value) => `to_json(encode(${value}, 'hex'))`,
    printAvro: (value) => (value as Buffer).toString('hex'),
  },
  uuid: string('uuid', fc.uuid(), { type: 'string', logicalType: 'uuid' }),
  uuidAsString: string('uuid', fc.uuid()),
  json: string(
    'json',
    fc.json().map((text) => text.replaceAll('\\u0000', '')),
    { type: 'string', sqlType: 'JSON' },
  ),
  jsonb: string('jsonb', fc.json({ stringUnit: 'grapheme-ascii' })),
  date: {
    postgres: 'date',
    avro: { type: 'int', logicalType: 'date' },
    values: fc.oneof(
      {
        weight: 20,
        arbitrary: fitting(
          quoted(
            'date',
            timestamps.map((text) => text.slice(0, 10)),
          ),
        ),
      },
      {
        weight: 1,
        arbitrary: unfit(
          "'infinity'::date",
          "'-infinity'::date",
          "'0001-12-31 BC'::date",
          "'10000-01-01'::date",
          "'5874897-12-31'::date",
        ),
      },
    ),
    printSql: (value) => `case when isfinite(${value}) then to_json((${value} - date '1970-01-01')::text) end`,
    printAvro: plain,
  },
  time: {
    postgres: 'time',
    avro: { type: 'long', logicalType: 'time-micros' },
    values: fc.oneof(
      { weight: 20, arbitrary: fitting(quoted('time', times)) },
      { weight: 1, arbitrary: unfit("'24:00'::time") },
    ),
    printSql: micros,
    printAvro: plain,
  },
  timetz: string(
    'timetz',
    fc
      .tuple(
        fc.oneof(times, fc.constant('24:00:00')),
        fc.constantFrom('+00', '-00:30', '+05:45', '-12', '+15:59:59', '-15:59:01'),
      )
      .map((parts) => parts.join('')),
  ),
  timestamp: timestamp('timestamp', 'local-timestamp-micros'),
  timestamptz: timestamp('timestamptz', 'timestamp-micros'),
  interval: {
    ...string('interval', interval),
    values: fc.oneof(
      {
        weight: 20,
        arbitrary: fitting(
          quoted(
            'interval',
            fc.oneof(
              interval,
              fc.constantFrom('0', '-1 us', '1 day -1 us', '178000000 years', '-2147483648 days', '2562047788 hours'),
            ),
          ),
        ),
      },
      { weight: 1, arbitrary: unfit("'infinity'::interval", "'-infinity'::interval") },
    ),
  },
  inet: { ...string('inet', inets), printSql: (value) => `to_json(inet_out(${value})::text)` },
  cidr: {
    ...string('cidr', inets),
    values: fitting(inets.map((text) => `network('${text}'::inet)::cidr`)),
    printSql: (value) => `to_json(cidr_out(${value})::text)`,
  },
  macaddr: string('macaddr', fc.constantFrom('08:00:2b:01:02:03', 'ff:ff:ff:ff:ff:ff')),
  varbit: string(
    'varbit',
    fc.array(fc.constantFrom('0', '1')).map((bits) => bits.join('')),
  ),
  int4range: string('int4range', fc.constantFrom('empty', '[1,5)', '(,3)', '[7,)')),
  enum: string('mood', fc.constantFrom('happy', 'sad', 'so_so'), {
    type: 'enum',
    name: 'Mood',
    symbols: ['sad', 'so_so', 'happy', 'other'],
  }),
  enumAsString: string('mood', fc.constantFrom('happy', 'sad', 'so_so')),
  domain: {
    ...integer('nested', 'int', 32n),
    values: fitting(fc.integer({ min: 1 }).map((value) => `${value}::nested`)),
  },
};
