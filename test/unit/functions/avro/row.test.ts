import { describe, expect, test } from '@jest/globals';
import { compileRow, RowRejected } from '../../../../functions/avro/row.ts';
import { contractOf, DATE, LOCAL_TIMESTAMP, TIMESTAMP } from '../../records.ts';

const valueOf = (avro: unknown, text: string | null): unknown => compileRow(contractOf({ x: avro }))([text])['x'];
const micros = (iso: string): bigint => BigInt(Date.parse(iso)) * 1000n;
const array = (items: unknown): unknown => ({ type: 'array', items });

describe('the text that Postgres prints becomes the value', () => {
  test.each([
    ['boolean', 'true', true],
    ['boolean', 'false', false],
    ['int', '0', 0],
    ['int', '2147483647', 2_147_483_647],
    ['int', '-2147483648', -2_147_483_648],
    ['long', '0', 0n],
    ['long', '9007199254740993', 9_007_199_254_740_993n],
    ['long', '9223372036854775807', 2n ** 63n - 1n],
    ['long', '-9223372036854775808', -(2n ** 63n)],
    ['string', '', ''],
    ['string', 'null', 'null'],
    ['string', ' a\n\t"\\ 本 🦆 ', ' a\n\t"\\ 本 🦆 '],
    ['bytes', '\\x', Buffer.alloc(0)],
    ['bytes', '\\x00ff10', Buffer.from([0, 255, 16])],
    [DATE, '1970-01-01', 0],
    [DATE, '1969-12-31', -1],
    [DATE, '2024-02-29', 19_782],
    [DATE, '0001-01-01', -719_162],
    [DATE, '9999-12-31', 2_932_896],
    [TIMESTAMP, '1970-01-01 00:00:00+00', 0n],
    [TIMESTAMP, '2026-11-20 09:27:46+00', micros('2026-11-20T09:27:46Z')],
    [TIMESTAMP, '2026-11-20 09:27:46.1+00', micros('2026-11-20T09:27:46Z') + 100_000n],
    [TIMESTAMP, '2026-11-20 09:27:46.12+00', micros('2026-11-20T09:27:46Z') + 120_000n],
    [TIMESTAMP, '2026-11-20 09:27:46.123+00', micros('2026-11-20T09:27:46Z') + 123_000n],
    [TIMESTAMP, '2026-11-20 09:27:46.1234+00', micros('2026-11-20T09:27:46Z') + 123_400n],
    [TIMESTAMP, '2026-11-20 09:27:46.12345+00', micros('2026-11-20T09:27:46Z') + 123_450n],
    [TIMESTAMP, '2026-11-20 09:27:46.000001+00', micros('2026-11-20T09:27:46Z') + 1n],
    [TIMESTAMP, '0001-01-01 00:00:00+00', -62_135_596_800_000_000n],
    [TIMESTAMP, '9999-12-31 23:59:59.999999+00', 253_402_300_799_999_999n],
    [TIMESTAMP, '1969-12-31 23:59:59.999999+00', -1n],
    [LOCAL_TIMESTAMP, '2026-11-20 09:27:46.5', micros('2026-11-20T09:27:46Z') + 500_000n],
    [LOCAL_TIMESTAMP, '0001-01-01 00:00:00', -62_135_596_800_000_000n],
    [array('string'), '[]', []],
    [array('string'), '["a", "", "null", "{\\"b\\"}"]', ['a', '', 'null', '{"b"}']],
    [array('long'), '["9223372036854775807","-1"]', [2n ** 63n - 1n, -1n]],
    [array('bytes'), '["\\\\x00ff"]', [Buffer.from([0, 255])]],
    [array('boolean'), '["true","false"]', [true, false]],
    [array(DATE), '["1970-01-02"]', [1]],
    [array(TIMESTAMP), '["1970-01-01 00:00:00.000001+00"]', [1n]],
  ])('%j: %j', (avro, text, value) => {
    expect(valueOf(avro, text)).toEqual(value);
  });
});

describe('a value that its type cannot hold is rejected, and never changed to fit', () => {
  test.each([
    ['boolean', 't', 'is no boolean'],
    ['boolean', '', 'is no boolean'],
    ['int', '2147483648', 'does not fit'],
    ['int', '-2147483649', 'does not fit'],
    ['int', '1.5', 'does not fit'],
    ['int', '', 'does not fit'],
    ['int', '0x10', 'does not fit'],
    ['int', 'NaN', 'does not fit'],
    ['long', '9223372036854775808', 'does not fit'],
    ['long', '-9223372036854775809', 'does not fit'],
    ['long', '1.5', 'does not fit'],
    ['long', '', 'does not fit'],
    ['long', 'NaN', 'does not fit'],
    ['bytes', 'abc', 'hex format'],
    ['bytes', '\\x0', 'hex format'],
    ['bytes', '\\000\\001', 'hex format'],
    [DATE, 'infinity', "BigQuery's dates"],
    [DATE, '-infinity', "BigQuery's dates"],
    [DATE, '10000-01-01', "BigQuery's dates"],
    [DATE, '0044-03-15 BC', "BigQuery's dates"],
    [DATE, '0000-01-01', "BigQuery's dates"],
    [DATE, '2026-13-01', "BigQuery's dates"],
    [DATE, '20/11/2026', "BigQuery's dates"],
    [TIMESTAMP, 'infinity', "BigQuery's timestamps"],
    [TIMESTAMP, '-infinity', "BigQuery's timestamps"],
    [TIMESTAMP, '10000-01-01 00:00:00+00', "BigQuery's timestamps"],
    [TIMESTAMP, '0044-03-15 12:00:00+00 BC', "BigQuery's timestamps"],
    [TIMESTAMP, '0000-01-01 00:00:00+00', "BigQuery's timestamps"],
    [TIMESTAMP, '2026-11-20 09:27:46+07', "BigQuery's timestamps"],
    [TIMESTAMP, '2026-11-20 09:27:46.1234567+00', "BigQuery's timestamps"],
    [TIMESTAMP, '2026-11-20 25:00:00+00', "BigQuery's timestamps"],
    [LOCAL_TIMESTAMP, 'infinity', "BigQuery's timestamps"],
    [array('string'), '["a",null]', 'holds a null'],
    [array('string'), '[["a"],["b"]]', 'holds an array'],
    [array('int'), '["2147483648"]', 'does not fit'],
    [array(DATE), '["infinity"]', "BigQuery's dates"],
  ])('%j: %j', (avro, text, rule) => {
    const read = (): unknown => valueOf(avro, text);
    expect(read).toThrow(RowRejected);
    expect(read).toThrow(rule);
    expect(read).toThrow('field "x": ');
  });
});

describe('null', () => {
  test.each(['boolean', 'int', 'long', 'string', 'bytes', DATE, TIMESTAMP, array('string')])(
    'is null where the contract allows it, and rejected elsewhere: %j',
    (avro) => {
      expect(valueOf(['null', avro], null)).toBeNull();
      expect(() => valueOf(avro, null)).toThrow('null, and the contract does not allow it');
    },
  );

  test.each([
    ['boolean', 'true', { boolean: true }],
    ['int', '1', { int: 1 }],
    ['long', '1', { long: 1n }],
    ['string', 'a', { string: 'a' }],
    ['bytes', '\\x01', { bytes: Buffer.from([1]) }],
    [DATE, '1970-01-02', { int: 1 }],
    [TIMESTAMP, '1970-01-01 00:00:01+00', { long: 1_000_000n }],
    [LOCAL_TIMESTAMP, '1970-01-01 00:00:01', { long: 1_000_000n }],
    [array('string'), '["a"]', { array: ['a'] }],
  ])('a value that might be null names its branch: %j', (avro, text, value) => {
    expect(valueOf(['null', avro], text)).toEqual(value);
  });

  test('a column that is missing at the end of a row is null', () => {
    expect(compileRow(contractOf({ a: 'int', b: ['null', 'int'] }))(['1'])).toEqual({ a: 1, b: null });
  });
});

test('the first field that is wrong is named', () => {
  const toRecord = compileRow(contractOf({ id: 'long', age: 'int', day: DATE }));
  expect(() => toRecord(['1', '2147483648', 'infinity'])).toThrow('field "age": 2147483648');
});
