import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { bigQueryColumns } from '../../../schemas/bigquery.ts';
import { readContract, schemasFolder } from '../../../schemas/contract.ts';
import { avroType } from '../../../functions/avro/type.ts';
import { contractOf, DATE, LOCAL_TIMESTAMP, TIMESTAMP } from '../records.ts';

const decimal = (precision: number, scale: number): unknown => ({
  type: 'bytes',
  logicalType: 'decimal',
  precision,
  scale,
});

// What is expected here is Google's table, and not what the code says:
// https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-avro#avro_conversions
describe('a load job with useAvroLogicalTypes makes', () => {
  test.each([
    ['boolean', 'BOOLEAN'],
    ['int', 'INTEGER'],
    ['long', 'INTEGER'],
    ['bytes', 'BYTES'],
    ['string', 'STRING'],
    [DATE, 'DATE'],
    [TIMESTAMP, 'TIMESTAMP'],
    [LOCAL_TIMESTAMP, 'DATETIME'],
  ])('%j → %s', (avro, type) => {
    const columns = bigQueryColumns(
      contractOf({ one: avro, maybe: ['null', avro], many: { type: 'array', items: avro } }),
    );
    expect(columns).toEqual([
      { name: 'one', type, mode: 'REQUIRED', description: 'The one.' },
      { name: 'maybe', type, mode: 'NULLABLE', description: 'The maybe.' },
      { name: 'many', type, mode: 'REPEATED', description: 'The many.' },
    ]);
  });

  test.each([
    ['float', { type: 'FLOAT' }],
    ['double', { type: 'FLOAT' }],
    [{ type: 'long', logicalType: 'time-micros' }, { type: 'TIME' }],
    [{ type: 'string', logicalType: 'uuid' }, { type: 'STRING' }],
    [{ type: 'string', sqlType: 'JSON' }, { type: 'JSON' }],
    [{ type: 'enum', name: 'E', symbols: ['A'] }, { type: 'STRING' }],
    [decimal(12, 2), { type: 'NUMERIC', precision: '12', scale: '2' }],
    [decimal(38, 9), { type: 'NUMERIC', precision: '38', scale: '9' }],
    [decimal(29, 0), { type: 'NUMERIC', precision: '29', scale: '0' }],
    [decimal(30, 0), { type: 'BIGNUMERIC', precision: '30', scale: '0' }],
    [decimal(38, 10), { type: 'BIGNUMERIC', precision: '38', scale: '10' }],
    [decimal(76, 38), { type: 'BIGNUMERIC', precision: '76', scale: '38' }],
  ])('%j → %j', (avro, type) => {
    const one = { name: 'one', mode: 'REQUIRED', description: 'The one.', ...type };
    expect(bigQueryColumns(contractOf({ one: avro }))).toEqual([one]);
    expect(bigQueryColumns(contractOf({ one: ['null', avro] }))).toEqual([{ ...one, mode: 'NULLABLE' }]);
    expect(bigQueryColumns(contractOf({ one: { type: 'array', items: avro } }))).toEqual([
      { ...one, mode: 'REPEATED' },
    ]);
  });

  test('a record → a RECORD of columns, at any depth', () => {
    const inner = {
      type: 'record',
      name: 'Inner',
      fields: [{ name: 'price', type: ['null', decimal(5, 1)], doc: 'p' }],
    };
    const outer = {
      type: 'record',
      name: 'Outer',
      fields: [{ name: 'inner', type: { type: 'array', items: inner }, doc: 'i' }],
    };
    const price = { name: 'price', type: 'NUMERIC', mode: 'NULLABLE', description: 'p', precision: '5', scale: '1' };
    expect(bigQueryColumns(contractOf({ one: ['null', outer] }))).toEqual([
      {
        name: 'one',
        type: 'RECORD',
        mode: 'NULLABLE',
        description: 'The one.',
        fields: [{ name: 'inner', type: 'RECORD', mode: 'REPEATED', description: 'i', fields: [price] }],
      },
    ]);
  });

  test('a nullable array → a column that is repeated, for BigQuery has no null arrays', () => {
    const contract = contractOf({ tags: ['null', { type: 'array', items: 'string' }] });
    expect(bigQueryColumns(contract)).toMatchObject([{ type: 'STRING', mode: 'REPEATED' }]);
  });
});

const ids = readdirSync(schemasFolder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.avsc'))
  .map((file) => file.replace(/\.avsc$/, '').replaceAll('\\', '/'));

describe('every schema in schemas/', () => {
  test('is found', () => {
    expect(ids).toEqual(expect.arrayContaining(['library/book', 'library/member', 'library/rent']));
  });

  test.each(ids)('%s is a contract, an Avro schema and a table', (id) => {
    const contract = readContract(id, join(schemasFolder));
    expect(avroType(contract).typeName).toBe('record');
    const columns = bigQueryColumns(contract);
    expect(columns.map(({ name }) => name)).toEqual(contract.fields.map(({ name }) => name));
    expect(new Set(columns.map(({ name }) => name.toLowerCase())).size).toBe(columns.length);
    for (const column of columns) {
      expect(column.name).toMatch(/^[A-Za-z_]\w{0,299}$/);
      expect(column.description.length).toBeLessThanOrEqual(1024);
    }
  });
});
