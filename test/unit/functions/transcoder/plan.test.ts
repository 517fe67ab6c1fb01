import { describe, expect, test } from '@jest/globals';
import { TerminalError } from '../../../../functions/runtime/errors.ts';
import { compilePlan, type Plan } from '../../../../functions/transcoder/plan.ts';
import type { SourceType } from '../../../../functions/transcoder/rule.ts';
import { parseContract } from '../../../../schemas/contract.ts';
import { avroField, avroRecord, contractOf } from '../../records.ts';
import { columns, copyOf, int32, row, type } from './copy-bytes.ts';
import { decodeFile } from './decode.ts';
import { encode } from './encode.ts';

const decimal = (precision: number, scale: number): unknown => ({
  type: 'bytes',
  logicalType: 'decimal',
  precision,
  scale,
});
/** numeric(p, s) as Postgres packs it. */
const numeric = (precision: number, scale: number): SourceType =>
  type('numeric', { modifier: ((precision << 16) | (scale & 0x7ff)) + 4 });
const enumType = (...labels: string[]): SourceType => type('mood', { labels });
const record = (...fields: string[]): unknown => ({
  type: 'record',
  name: 'Part',
  fields: fields.map((name) => ({ name, type: 'int', doc: name })),
});

function plan(source: SourceType | string, avro: unknown): Plan {
  return compilePlan(contractOf({ x: avro }), 'public.things', columns({ x: source }));
}

describe('a column fills a field', () => {
  test.each<[SourceType | string, unknown, string]>([
    ['int2', 'long', '"x"'],
    ['float4', 'double', '"x"'],
    [numeric(12, 2), decimal(12, 2), '"x"'],
    [numeric(12, 2), decimal(14, 4), '"x"'],
    [numeric(3, -2), decimal(5, 0), '"x"'],
    [numeric(2, 4), decimal(4, 4), '"x"'],
    ['numeric', decimal(38, 9), '"x"'],
    ['money', decimal(19, 2), '"x"::numeric'],
    ['macaddr', 'string', '"x"::text'],
    [type('_macaddr', { element: type('macaddr') }), { type: 'array', items: 'string' }, '"x"::text[]'],
    [enumType('a', 'b'), { type: 'enum', name: 'E', symbols: ['b', 'a', 'c'] }, '"x"'],
  ])('%j → %j', (source, avro, select) => {
    expect(plan(source, avro).select).toBe(select);
    expect(plan(source, ['null', avro]).select).toBe(select);
  });
});

describe('a column does not fill a field', () => {
  test.each<[SourceType | string, unknown, string]>([
    ['int8', 'int', 'column "x" is int8, which fills long; the contract says int'],
    ['int4', 'string', 'column "x" is int4, which fills int or long; the contract says string'],
    ['float8', 'float', 'is float8, which fills double; the contract says float'],
    [numeric(13, 2), decimal(12, 2), 'is numeric(13,2), which fills bytes (decimal) with precision 13 and scale 2'],
    [numeric(12, 3), decimal(12, 2), 'is numeric(12,3)'],
    [numeric(3, -2), decimal(4, 0), 'with precision 5 and scale 0'],
    ['numeric', 'double', 'of a precision and scale that you choose'],
    ['timestamp', { type: 'long', logicalType: 'timestamp-micros' }, 'which fills long (local-timestamp-micros)'],
    ['timestamptz', { type: 'long', logicalType: 'local-timestamp-micros' }, 'which fills long (timestamp-micros)'],
    ['timetz', { type: 'long', logicalType: 'time-micros' }, 'which fills string'],
    ['point', 'string', 'column "x" is point, which has no rule; leave it out, or select from a view that casts it'],
    [type('_int8', { element: type('int8') }), { type: 'array', items: 'int' }, 'column "x", items is int8'],
    [type('_int8', { element: type('int8') }), 'long', 'column "x" is int8[]'],
    ['int4', { type: 'array', items: 'int' }, 'the contract says an array of int'],
    [
      enumType('a', 'd'),
      { type: 'enum', name: 'E', symbols: ['a'] },
      'an enum with the symbols a, d; the contract says an enum of a',
    ],
    [type('part', { attributes: columns({ a: 'int4' }) }), record('a', 'b'), 'type part has no attribute "b"'],
    [type('part', { attributes: columns({ a: 'text' }) }), record('a'), 'column "x", a is text'],
    [
      type('part', { attributes: columns({ a: 'money' }) }),
      { ...(record() as object), fields: [{ name: 'a', type: decimal(19, 2), doc: 'a' }] },
      'as a column of its own only',
    ],
  ])('%j → %j', (source, avro, message) => {
    expect(() => plan(source, avro)).toThrow(TerminalError);
    expect(() => plan(source, avro)).toThrow(message);
  });

  test('and all of them are named at once, with the table and the contract', () => {
    const contract = contractOf({ a: 'int', b: 'int', c: 'string' });
    const compile = (): unknown => compilePlan(contract, 'public.things', columns({ a: 'int8', c: 'point' }));
    expect(compile).toThrow('public.things cannot fill contract test/thing:\n- column "a" is int8');
    expect(compile).toThrow('\n- there is no column "b"\n- column "c" is point');
  });
});

describe('a value that does not fit', () => {
  const nan = Buffer.from('00000000c0000000', 'hex');

  test('is null where the contract says so, and its row stays', async () => {
    const field = { ...avroField('x', ['null', decimal(5, 2)]), unfit: 'null' };
    const contract = parseContract('a/b', avroRecord(field));
    const { file, rejections } = await encode(contract, columns({ x: 'numeric' }), copyOf(row(nan)));
    expect(rejections).toEqual([]);
    expect((await decodeFile(file)).records).toEqual([{ x: null }]);
  });

  test('sends its row to quarantine otherwise: with its position, its bytes, its values and the reason', async () => {
    const { rejections, rows } = await encode(
      contractOf({ x: ['null', decimal(5, 2)], n: 'int' }),
      columns({ x: 'numeric', n: 'int4' }),
      copyOf(row(null, int32(1)), row(nan, int32(2)), row(null, int32(3))),
    );
    expect(rows).toBe(3);
    expect(rejections).toEqual([
      { position: 1, reason: 'field "x": NaN is no decimal', bytes: row(nan, int32(2)), values: { x: 'NaN', n: '2' } },
    ]);
  });

  test('is a text that is not UTF-8, in a database that checks nothing', async () => {
    const source = columns({ x: type('text', { unchecked: true }) });
    const { rejections } = await encode(
      contractOf({ x: 'string' }),
      source,
      copyOf(row(Buffer.from('é')), row(Buffer.from([0xff]))),
    );
    expect(rejections).toMatchObject([{ position: 1, reason: 'field "x": the text is not UTF-8' }]);
  });

  test('is a record that no block of BigQuery takes', async () => {
    const long = row(Buffer.alloc(15 * 1024 * 1024 + 1, 97));
    const { rejections, file } = await encode(
      contractOf({ x: 'string' }),
      columns({ x: 'text' }),
      copyOf(long, row(Buffer.from('a'))),
    );
    expect(rejections).toHaveLength(1);
    expect(rejections[0]?.reason).toContain('blocks hold 16 MB');
    expect((await decodeFile(file)).records).toEqual([{ x: 'a' }]);
  });
});
