import { describe, expect, test } from '@jest/globals';
import { fingerprintOf } from '../../../../functions/ledger/fingerprint.ts';
import type { AvroSchema } from '../../../../schemas/contract.ts';
import { readCatalog } from '../../../../pipelines/model/read.ts';

const decimal = (attributes: object): AvroSchema => ({
  type: 'record',
  name: 'r',
  fields: [{ name: 'price', type: { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2, ...attributes } }],
});

describe('the fingerprint of a contract', () => {
  test('is that of what decides over values, in any order and with any words beside it', () => {
    const reordered = {
      fields: [
        {
          doc: 'What it costs.',
          type: { scale: 2, precision: 9, logicalType: 'decimal', type: 'bytes' },
          name: 'price',
          default: null,
        },
      ],
      doc: 'A record.',
      name: 'r',
      type: 'record',
    };
    expect(fingerprintOf(reordered)).toBe(fingerprintOf(decimal({})));
    expect(fingerprintOf(decimal({}))).toMatch(/^[0-9a-f]{64}$/);
  });

  test.each<[string, AvroSchema]>([
    ['another scale', decimal({ scale: 3 })],
    ['another precision', decimal({ precision: 10 })],
    ['another logical type', decimal({ logicalType: undefined })],
    ['another type', decimal({ type: 'string' })],
    ['another name', { ...(decimal({}) as object), name: 's' }],
    ['no field', { ...(decimal({}) as object), fields: [] }],
  ])('is another with %s', (_, schema) => {
    expect(fingerprintOf(schema)).not.toBe(fingerprintOf(decimal({})));
  });

  test('is the order of fields and of a union’s branches as well, for so the bytes come', () => {
    const fields = (...names: string[]): AvroSchema => ({
      type: 'record',
      name: 'r',
      fields: names.map((name) => ({ name, type: 'int' })),
    });
    expect(fingerprintOf(fields('a', 'b'))).not.toBe(fingerprintOf(fields('b', 'a')));
    expect(fingerprintOf(['null', 'int'])).not.toBe(fingerprintOf(['int', 'null']));
    expect(fingerprintOf({ type: 'int' })).toBe(fingerprintOf('int'));
  });

  test('tells the contracts that are there apart', () => {
    const { contracts } = readCatalog();
    const all = [...contracts.values()].map(({ avro }) => fingerprintOf(avro));
    expect(new Set(all).size).toBe(contracts.size);
  });
});
