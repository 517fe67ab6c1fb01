import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { ContractError, parseContract, readContract } from '../../../schemas/contract.ts';
import { avroField, avroRecord, DATE, LOCAL_TIMESTAMP, TIMESTAMP } from '../records.ts';

const parseType = (type: unknown): unknown => {
  const [field] = parseContract('a/b', avroRecord(avroField('x', type))).fields;
  return { type: field?.type, nullable: field?.nullable };
};

describe('a field of a contract may be', () => {
  test.each([
    ['boolean', 'boolean', false],
    ['int', 'int', false],
    ['long', 'long', false],
    ['string', 'string', false],
    ['bytes', 'bytes', false],
    [{ type: 'string' }, 'string', false],
    [DATE, 'date', false],
    [TIMESTAMP, 'timestamp-micros', false],
    [LOCAL_TIMESTAMP, 'local-timestamp-micros', false],
    [['null', 'long'], 'long', true],
    [['null', DATE], 'date', true],
    [{ type: 'array', items: 'string' }, { array: 'string' }, false],
    [{ type: 'array', items: TIMESTAMP }, { array: 'timestamp-micros' }, false],
    [['null', { type: 'array', items: 'int' }], { array: 'int' }, true],
  ])('%j', (avro, type, nullable) => {
    expect(parseType(avro)).toEqual({ type, nullable });
  });
});

describe('a field of a contract may not be', () => {
  test.each([
    ['a type that BigQuery has no exact column for', 'double', 'is not one of boolean, int, long'],
    ['a named type', 'library.Book', 'is not one of'],
    ['a fixed', { type: 'fixed', name: 'F', size: 4 }, 'is not one of'],
    ['an enum', { type: 'enum', name: 'E', symbols: ['A'] }, 'is not one of'],
    ['a map', { type: 'map', values: 'string' }, 'is not one of'],
    ['a record', avroRecord(avroField('y', 'int')), 'is not one of'],
    ['a decimal, whose scale would be lost', { type: 'bytes', logicalType: 'decimal', precision: 9 }, 'is not one of'],
    ['a uuid, which BigQuery does not know', { type: 'string', logicalType: 'uuid' }, 'is not one of'],
    ['milliseconds', { type: 'long', logicalType: 'timestamp-millis' }, 'is not one of'],
    ['a date in a long', { type: 'long', logicalType: 'date' }, 'is not one of'],
    ['microseconds in an int', { type: 'int', logicalType: 'timestamp-micros' }, 'is not one of'],
    ['a logical type that is no text', { type: 'int', logicalType: 5 }, 'is not one of'],
    ['a logical type from Object', { type: 'int', logicalType: 'constructor' }, 'is not one of'],
    ['an array of arrays', { type: 'array', items: { type: 'array', items: 'int' } }, 'no array of arrays'],
    ['an array with nulls', { type: 'array', items: ['null', 'int'] }, 'is not one of'],
    ['a union with null behind', ['string', 'null'], 'only union allowed'],
    ['a union of three', ['null', 'int', 'string'], 'only union allowed'],
    ['a union of one', ['null'], 'only union allowed'],
    ['null alone', 'null', 'is not one of'],
    ['nothing', undefined, 'is not one of'],
  ])('%s', (_, type, rule) => {
    const parse = (): unknown => parseType(type);
    expect(parse).toThrow(ContractError);
    expect(parse).toThrow(rule);
    expect(parse).toThrow('schemas/a/b.avsc: field "x"');
  });
});

describe('a contract is refused', () => {
  const field = avroField('id', 'long');
  test.each([
    ['when it is no record', { type: 'string' }, 'must be an Avro record'],
    ['when it is a list', [avroRecord(field)], 'must be an Avro record'],
    ['when it is null', null, 'must be an Avro record'],
    ['when its fields are no list', { ...avroRecord(), fields: {} }, 'must be an Avro record'],
    ['without a name', { ...avroRecord(field), name: undefined }, 'the record needs a name'],
    ['with a name that Avro refuses', { ...avroRecord(field), name: 'two words' }, 'the record needs a name'],
    ['without fields', avroRecord(), 'without fields'],
    ['without a doc', { ...avroRecord(field), doc: ' ' }, 'the record needs a "doc"'],
    ['when a field has no doc', avroRecord({ name: 'id', type: 'long' }), 'field "id" needs a "doc"'],
    ['when a field has no name', avroRecord({ type: 'long', doc: 'd' }), 'fields[0] needs a name'],
    ['when a field is no object', { ...avroRecord(), fields: ['id'] }, 'fields[0] needs a name'],
    ['when a name begins with a digit', avroRecord(field, avroField('1st', 'int')), 'fields[1] needs a name'],
    ['when a name has a dash', avroRecord(avroField('a-b', 'int')), 'fields[0] needs a name'],
    ['when a name has an accent', avroRecord(avroField('é', 'int')), 'fields[0] needs a name'],
    ['when two names differ in case only', avroRecord(field, avroField('ID', 'int')), 'field "ID" stands twice'],
    ['when BigQuery reserves a name', avroRecord(avroField('_PARTITIONTIME', 'int')), 'keeps names'],
    [
      'when a nullable field has another default than null',
      avroRecord({ ...avroField('n', ['null', 'int']), default: 0 }),
      'the default of ["null", type] is null',
    ],
  ])('%s', (_, schema, rule) => {
    const parse = (): unknown => parseContract('a/b', schema);
    expect(parse).toThrow(ContractError);
    expect(parse).toThrow(rule);
    expect(parse).toThrow('schemas/a/b.avsc');
  });
});

describe('reading a contract', () => {
  const folder = mkdtempSync(join(tmpdir(), 'alir-contracts-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  test('keeps the schema exactly as written, for the headers of Avro files', () => {
    const schema = { ...avroRecord(avroField('id', 'long')), aliases: ['old'], 'x-owner': 'data' };
    writeFileSync(join(folder, 'kept.avsc'), JSON.stringify(schema));
    expect(readContract('kept', folder).avro).toEqual(schema);
  });

  test('names the file that is missing, and what to do', () => {
    expect(() => readContract('absent', folder)).toThrow('there is no schemas/absent.avsc; write it');
  });

  test('names the file that is not JSON', () => {
    writeFileSync(join(folder, 'broken.avsc'), '{');
    expect(() => readContract('broken', folder)).toThrow(/schemas\/broken\.avsc is not JSON: /);
  });
});
