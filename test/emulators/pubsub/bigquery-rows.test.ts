import { describe, expect, test } from '@jest/globals';
import avro from 'avsc';
import { bothOfFile, METADATA } from './warehouse.ts';

const both = bothOfFile();
const json = (value: unknown): Buffer => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));

/** [Avro type, BigQuery column, [message's JSON value, what the column then holds as text]…] */
const TYPES: readonly (readonly [
  type: unknown,
  column: string,
  values: readonly (readonly [string, string | null])[],
])[] = [
  [
    'long',
    'INTEGER',
    [
      ['9223372036854775807', '9223372036854775807'],
      ['-9223372036854775808', '-9223372036854775808'],
    ],
  ],
  ['long', 'NUMERIC', [['9223372036854775807', '9223372036854775807']]],
  ['int', 'INTEGER', [['-2147483648', '-2147483648']]],
  [
    'boolean',
    'BOOLEAN',
    [
      ['true', 'true'],
      ['false', 'false'],
    ],
  ],
  [
    'double',
    'FLOAT',
    [
      ['0.1', '0.1'],
      ['5e-324', '4.94065645841247e-324'],
      ['-1.7976931348623157e308', '-1.7976931348623157e+308'],
    ],
  ],
  [
    'string',
    'STRING',
    [
      ['""', ''],
      ['"naïve 🦊 \\"\\\\ \\u0000\\n"', 'naïve 🦊 "\\ \u0000\n'],
    ],
  ],
  ['string', 'JSON', [['"{\\"a\\": 9007199254740993}"', '{"a":9007199254740993}']]],
  ['string', 'TIMESTAMP', [['"2026-11-20 10:00:00.000001+07"', '2026-11-20 03:00:00.000001+00']]],
  ['string', 'DATE', [['"2026-11-20"', '2026-11-20']]],
  ['string', 'DATETIME', [['"2026-11-20T10:00:00.5"', '2026-11-20 10:00:00.500']]],
  ['string', 'NUMERIC', [['"123456789012345678901234567.890123456"', '123456789012345678901234567.890123456']]],
  ['bytes', 'BYTES', [['"\\u0000\\u00ff"', 'AP8=']]],
  [{ type: 'fixed', name: 'two', size: 2 }, 'BYTES', [['"\\u0001\\u0080"', 'AYA=']]],
  [{ type: 'enum', name: 'letter', symbols: ['A', 'B'] }, 'INTEGER', [['"B"', '1']]],
  [
    { type: 'long', logicalType: 'timestamp-micros' },
    'TIMESTAMP',
    [
      ['1790462321569005', '2026-09-26 22:38:41.569005+00'],
      ['-1', '1969-12-31 23:59:59.999999+00'],
      ['-62135596800000000', '0001-01-01 00:00:00+00'],
      ['253402300799999999', '9999-12-31 23:59:59.999999+00'],
    ],
  ],
  [{ type: 'long', logicalType: 'timestamp-millis' }, 'TIMESTAMP', [['-1', '1969-12-31 23:59:59.999+00']]],
  [
    { type: 'int', logicalType: 'date' },
    'DATE',
    [
      ['-719162', '0001-01-01'],
      ['2932896', '9999-12-31'],
      ['0', '1970-01-01'],
    ],
  ],
  [{ type: 'long', logicalType: 'time-micros' }, 'TIME', [['86399999999', '23:59:59.999999']]],
  [{ type: 'int', logicalType: 'time-millis' }, 'TIME', [['1', '00:00:00.001']]],
  [
    { type: 'bytes', logicalType: 'decimal', precision: 10, scale: 2 },
    'NUMERIC',
    [
      ['"\\u0001\\u0000"', '2.56'],
      ['"\\u00ff"', '-0.01'],
      ['""', '0'],
    ],
  ],
  [{ type: 'long', logicalType: 'local-timestamp-micros' }, 'INTEGER', [['5', '5']]],
  [
    ['null', 'long'],
    'INTEGER',
    [
      ['null', null],
      ['{"long":7}', '7'],
    ],
  ],
];

describe('a value of each type arrives exactly, in both encodings', () => {
  test.each(TYPES.map((each) => [JSON.stringify(each[0]), each[1], each] as const))(
    '%s → %s',
    async (_, column, each) => {
      const [type, , values] = each;
      const fields = [
        { name: 'n', type: 'int' },
        { name: 'x', type },
      ];
      const { id, name } = await both.table([
        { name: 'n', type: 'INTEGER' },
        { name: 'x', type: column },
      ]);
      const [plain, binary] = [await both.topic(fields), await both.topic(fields, 'BINARY')];
      const writer = avro.Type.forSchema({ type: 'record', name: 'thing', namespace: 'shop', fields } as avro.Schema, {
        wrapUnions: true,
        typeHook: (schema) =>
          (typeof schema === 'string' ? schema : (schema as { type?: unknown }).type) === 'long' ? LONG : undefined,
      });
      for (const topic of [plain, binary]) await both.subscribe(topic, { table: name, useTopicSchema: true });
      for (const [n, [text]] of values.entries()) {
        const message = `{"n":${n},"x":${text}}`;
        await plain.publishMessage({ data: json(message) });
        await binary.publishMessage({ data: writer.toBuffer(fromText(message, writer)) });
      }
      const shown = column === 'BYTES' ? 'TO_BASE64(x)' : column === 'JSON' ? 'TO_JSON_STRING(x)' : 'CAST(x AS STRING)';
      const rows = await both.rows(`SELECT n, ${shown} AS x FROM shop.${id} ORDER BY n`, values.length * 2);
      expect(rows).toEqual(
        values.flatMap(([, expected], n) => [
          { n, x: expected },
          { n, x: expected },
        ]),
      );
    },
  );
});

/** avsc's integers stop at 2^53. */
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
  compare: (a: bigint, b: bigint) => Number(a - b),
});

/** Whole numbers beyond 2^53 go to avsc as text, which `LONG` reads. */
function fromText(message: string, type: avro.Type): unknown {
  return type.fromString(message.replace(/(?<=[:[])(-?\d{16,})(?=[,}\]])/g, '"$1"'));
}

describe('records, arrays and maps', () => {
  const part = {
    type: 'record',
    name: 'part',
    fields: [
      { name: 'sku', type: 'string' },
      { name: 'at', type: ['null', { type: 'long', logicalType: 'timestamp-micros' }] },
    ],
  };
  test('are RECORD, REPEATED, and REPEATED RECORD of key and value', async () => {
    const record = [
      { name: 'sku', type: 'STRING', mode: 'REQUIRED' },
      { name: 'at', type: 'TIMESTAMP' },
    ];
    const { id, name } = await both.table([
      { name: 'one', type: 'RECORD', mode: 'REQUIRED', fields: record },
      { name: 'many', type: 'RECORD', mode: 'REPEATED', fields: record },
      { name: 'days', type: 'DATE', mode: 'REPEATED' },
      {
        name: 'counts',
        type: 'RECORD',
        mode: 'REPEATED',
        fields: [
          { name: 'key', type: 'STRING' },
          { name: 'value', type: 'INTEGER' },
        ],
      },
    ]);
    const topic = await both.topic([
      { name: 'one', type: part },
      { name: 'many', type: { type: 'array', items: 'part' } },
      { name: 'days', type: { type: 'array', items: { type: 'int', logicalType: 'date' } } },
      { name: 'counts', type: { type: 'map', values: 'long' } },
    ]);
    await both.subscribe(topic, { table: name, useTopicSchema: true });
    const one = { sku: 'a', at: { long: 1 } };
    await topic.publishMessage({
      data: json({ one, many: [one, { sku: 'b', at: null }], days: [0, 1], counts: { x: 5 } }),
    });
    const sql = `SELECT TO_JSON_STRING(STRUCT(one, many, days, counts)) AS row FROM shop.${id}`;
    const [row] = await both.rows(sql, 1);
    const at = '1970-01-01T00:00:00.000001Z';
    expect(JSON.parse(String(row?.['row']))).toEqual({
      one: { sku: 'a', at },
      many: [
        { sku: 'a', at },
        { sku: 'b', at: null },
      ],
      days: ['1970-01-01', '1970-01-02'],
      counts: [{ key: 'x', value: 5 }],
    });
  });
});

describe('what is written beside the message', () => {
  test('is its metadata, when that is asked for', async () => {
    const { id, name } = await both.table([{ name: 'x', type: 'INTEGER' }, ...METADATA]);
    const topic = await both.topic([{ name: 'x', type: 'long' }]);
    const subscription = await both.subscribe(topic, { table: name, useTopicSchema: true, writeMetadata: true });
    const messageId = await topic.publishMessage({ data: json({ x: 1 }), attributes: { shop: 'Jakarta' } });
    const [row] = await both.rows(
      `SELECT subscription_name, message_id, JSON_VALUE(attributes, '$.shop') AS shop,
        ABS(TIMESTAMP_DIFF(CURRENT_TIMESTAMP(), publish_time, MINUTE)) <= 1 AS recent FROM shop.${id}`,
      1,
    );
    expect(row).toEqual({
      subscription_name: `projects/demo/subscriptions/${subscription}`,
      message_id: messageId,
      shop: 'Jakarta',
      recent: true,
    });
  });

  test('and is text where attributes are a STRING, the ordering key among them', async () => {
    const columns = METADATA.map((column) => (column.type === 'JSON' ? { ...column, type: 'STRING' } : column));
    const { id, name } = await both.table([{ name: 'data', type: 'STRING' }, ...columns]);
    const topic = await both.topic();
    await both.subscribe(topic, { table: name, writeMetadata: true }, { enableMessageOrdering: true });
    topic.setPublishOptions({ messageOrdering: true });
    await topic.publishMessage({ data: json('hi'), orderingKey: 'k' });
    const [row] = await both.rows(`SELECT data, attributes FROM shop.${id}`, 1);
    expect(row).toEqual({ data: 'hi', attributes: '{"ordering_key":"k"}' });
  });
});

describe('without a schema of the topic', () => {
  test.each([
    ['BYTES', Buffer.from([0, 255]), 'AP8='],
    ['STRING', Buffer.from('\ufeffné'), 'efbbbf6ec3a9'],
    ['JSON', Buffer.from('{"a": 9007199254740993}'), '{"a":9007199254740993}'],
  ])('the bytes are in a column data of type %s', async (type, data, expected) => {
    const { id, name } = await both.table([{ name: 'data', type }]);
    const topic = await both.topic();
    await both.subscribe(topic, { table: name });
    await topic.publishMessage({ data });
    const shown =
      { BYTES: 'TO_BASE64(data)', STRING: 'TO_HEX(CAST(data AS BYTES))', JSON: 'TO_JSON_STRING(data)' }[type] ?? '';
    expect(await both.rows(`SELECT ${shown} AS x FROM shop.${id}`, 1)).toEqual([{ x: expected }]);
  });

  test('or the columns are filled by the name of a JSON message', async () => {
    const { id, name } = await both.table([
      { name: 'big', type: 'INTEGER' },
      { name: 'at', type: 'TIMESTAMP' },
      { name: 'day', type: 'DATE' },
      { name: 'rest', type: 'JSON' },
      { name: 'tags', type: 'STRING', mode: 'REPEATED' },
      { name: 'part', type: 'RECORD', fields: [{ name: 'ok', type: 'BOOLEAN' }] },
    ]);
    const topic = await both.topic();
    await both.subscribe(topic, { table: name, useTableSchema: true, dropUnknownFields: true });
    await topic.publishMessage({
      data: json(
        '{"BIG":9223372036854775807,"at":1,"day":1,"rest":{"n":9007199254740993},"tags":["a"],"part":{"ok":true,"no":1},"x":1}',
      ),
    });
    const sql = `SELECT CAST(big AS STRING) AS big, CAST(\`at\` AS STRING) AS stamp, CAST(day AS STRING) AS day,
      TO_JSON_STRING(rest) AS rest, tags, part.ok AS ok FROM shop.${id}`;
    expect(await both.rows(sql, 1)).toEqual([
      {
        big: '9223372036854775807',
        stamp: '1970-01-01 00:00:00.000001+00',
        day: '1970-01-02',
        rest: '{"n":9007199254740993}',
        tags: ['a'],
        ok: true,
      },
    ]);
  });
});
