import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { ContractError, parseContract, readContract } from '../../../schemas/contract.ts';
import { avroField, avroRecord, DATE, LOCAL_TIMESTAMP, TIMESTAMP } from '../records.ts';

const decimal = (precision: number, scale: number): unknown => ({
  type: 'bytes',
  logicalType: 'decimal',
  precision,
  scale,
});
const part = (...fields: Record<string, unknown>[]): unknown => ({ type: 'record', name: 'Part', fields });

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
    ['float', { scalar: 'float' }, false],
    ['double', { scalar: 'double' }, false],
    [{ type: 'long', logicalType: 'time-micros' }, { scalar: 'time-micros' }, false],
    [{ type: 'string', logicalType: 'uuid' }, { scalar: 'uuid' }, false],
    [{ type: 'string', sqlType: 'JSON' }, { scalar: 'json' }, false],
    [{ type: 'bytes', logicalType: 'decimal', precision: 9 }, { decimal: { precision: 9, scale: 0 } }, false],
    [decimal(76, 38), { decimal: { precision: 76, scale: 38 } }, false],
    [['null', decimal(12, 2)], { decimal: { precision: 12, scale: 2 } }, true],
    [{ type: 'enum', name: 'E', symbols: ['A', 'B'] }, { enum: ['A', 'B'] }, false],
    [
      part(avroField('y', ['null', 'int'])),
      { record: [{ name: 'y', doc: 'The y.', type: 'int', nullable: true }] },
      false,
    ],
    [{ type: 'array', items: decimal(5, 1) }, { array: { decimal: { precision: 5, scale: 1 } } }, false],
    [
      { type: 'array', items: part(avroField('y', { type: 'array', items: 'int' })) },
      { array: { record: [{ name: 'y', doc: 'The y.', type: { array: 'int' }, nullable: false }] } },
      false,
    ],
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
    ['a named type', 'library.Book', 'is not one of'],
    ['a fixed', { type: 'fixed', name: 'F', size: 4 }, 'is not one of'],
    ['an enum without symbols', { type: 'enum', name: 'E', symbols: [] }, 'an enum lists its symbols'],
    ['an enum of what is no name', { type: 'enum', name: 'E', symbols: ['so so'] }, 'an enum lists its symbols'],
    ['an enum that repeats itself', { type: 'enum', name: 'E', symbols: ['A', 'A'] }, 'an enum lists its symbols'],
    ['an enum of no name', { type: 'enum', symbols: ['A'] }, 'the enum needs a name'],
    ['a map', { type: 'map', values: 'string' }, 'is not one of'],
    ['a record of a name that is taken', avroRecord(avroField('y', 'int')), 'the name "thing" is taken'],
    ['a record without fields', part(), 'without fields'],
    ['a decimal of no precision', { type: 'bytes', logicalType: 'decimal', scale: 2 }, 'a decimal has a precision'],
    ['a decimal of more scale than precision', decimal(2, 3), 'a decimal has a precision'],
    ['a decimal of half a digit', decimal(2.5, 0), 'a decimal has a precision'],
    ['a decimal beyond BIGNUMERIC, before the point', decimal(39, 0), 'at most 38 digits on each side'],
    ['a decimal beyond BIGNUMERIC, behind the point', decimal(40, 39), 'at most 38 digits on each side'],
    ['a decimal in a string', { type: 'string', logicalType: 'decimal', precision: 9 }, 'is not one of'],
    ['JSON in bytes', { type: 'bytes', sqlType: 'JSON' }, 'is not one of'],
    ['another SQL type', { type: 'string', sqlType: 'GEOGRAPHY' }, 'is not one of'],
    ['time in milliseconds', { type: 'int', logicalType: 'time-millis' }, 'is not one of'],
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

describe('nested fields', () => {
  const nested = (depth: number): unknown =>
    depth === 0 ? 'int' : { type: 'record', name: `R${depth}`, fields: [avroField('y', nested(depth - 1))] };

  test('are named by their path', () => {
    const parse = (): unknown => parseType(part(avroField('y', part2(avroField('z', 'map')))));
    expect(parse).toThrow('schemas/a/b.avsc: field "x.y.z": type "map" is not one of');
    expect(() => parseType(part({ name: 'y', type: 'int' }))).toThrow('field "x.y" needs a "doc"');
    expect(() => parseType(part(avroField('y', 'int'), avroField('Y', 'int')))).toThrow('field "x.Y" stands twice');
    expect(() => parseType(part(avroField('_FILE_', 'int')))).toThrow('field "x._FILE_": BigQuery keeps names');
  });
  const part2 = (...fields: Record<string, unknown>[]): unknown => ({ type: 'record', name: 'Part2', fields });

  test('go fifteen deep', () => {
    expect(parseType(nested(15))).toBeDefined();
    expect(() => parseType(nested(16))).toThrow('15 deep at most');
  });
});

describe('a value that does not fit', () => {
  const field = (unfit: unknown, type: unknown = ['null', 'double']): unknown =>
    parseContract('a/b', avroRecord({ ...avroField('x', type), unfit })).fields[0];

  test('sends its row to quarantine, unless the contract makes it null', () => {
    expect(field('null')).toEqual({
      name: 'x',
      doc: 'The x.',
      type: { scalar: 'double' },
      nullable: true,
      unfit: 'null',
    });
    expect(field('reject')).toEqual(field(undefined));
    expect(field('reject')).not.toHaveProperty('unfit');
  });

  test('becomes nothing else, and null only where null is allowed', () => {
    expect(() => field('clamp')).toThrow('"unfit" is "reject", or "null"');
    expect(() => field('null', 'double')).toThrow('"unfit" is "reject", or "null"');
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
