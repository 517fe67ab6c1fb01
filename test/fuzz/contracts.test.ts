import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { avroType } from '../../functions/avro/type.ts';
import { type BigQueryColumn, bigQueryColumns } from '../../schemas/bigquery.ts';
import { ContractError, parseContract, readContract, schemasFolder } from '../../schemas/contract.ts';
import { cleanUp } from '../support/cleanup.ts';
import { mutated, mutatedText } from './mutations.ts';
import { LIMIT_MS, runs } from './runs.ts';
import { nest } from './values.ts';

const field = (name: string, type: unknown, more: object = {}): object => ({
  name,
  type,
  doc: `The ${name}.`,
  ...more,
});
const EVERYTHING = {
  type: 'record',
  name: 'everything',
  namespace: 'fuzz',
  doc: 'A field of each kind.',
  fields: [
    field('flag', 'boolean', { default: false }),
    field('small', 'int', { default: 0 }),
    field('large', 'long', { default: 0 }),
    field('name', 'string', { default: '' }),
    field('raw', 'bytes'),
    field('share', 'double', { default: 0.5 }),
    field('half', 'float'),
    field('day', { type: 'int', logicalType: 'date' }),
    field('at', { type: 'long', logicalType: 'timestamp-micros' }),
    field('local', { type: 'long', logicalType: 'local-timestamp-micros' }),
    field('clock', { type: 'long', logicalType: 'time-micros' }),
    field('id', { type: 'string', logicalType: 'uuid' }),
    field('price', { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 9 }),
    field('extra', { type: 'string', sqlType: 'JSON' }),
    field('kind', { type: 'enum', name: 'Kind', symbols: ['A', 'B'], default: 'A' }),
    field('maybe', ['null', 'string'], { default: null, unfit: 'null' }),
    field('many', { type: 'array', items: 'string' }, { default: [] }),
    field('part', {
      type: 'record',
      name: 'Part',
      doc: 'A part.',
      fields: [field('size', 'int'), field('next', ['null', 'int'])],
    }),
    field('parts', { type: 'array', items: { type: 'record', name: 'Piece', fields: [field('size', 'int')] } }),
  ],
};
const contracts = new Map<string, object>([
  ...['library/book', 'library/member', 'library/rent'].map(
    (id) => [id, JSON.parse(readFileSync(join(schemasFolder, `${id}.avsc`), 'utf8')) as object] as const,
  ),
  ['fuzz/everything', EVERYTHING],
]);

/** Accepted, and then of use to all that derive from it; or refused with the file and a rule. */
function read(id: string, schema: unknown): 'accepted' | 'refused' {
  let contract;
  try {
    contract = parseContract(id, schema);
  } catch (error) {
    expectTold(id, error);
    return 'refused';
  }
  expect(untyped(bigQueryColumns(contract))).toEqual([]);
  avroType(contract);
  return 'accepted';
}

function untyped(columns: readonly BigQueryColumn[]): string[] {
  return columns.flatMap(({ name, type, fields }) => [...(type === '' ? [name] : []), ...untyped(fields ?? [])]);
}

function expectTold(id: string, error: unknown): void {
  if (!(error instanceof ContractError)) throw error;
  expect(error.message).toContain(`schemas/${id}.avsc`);
  expect(error.message).not.toMatch(/undefined|\[object|Cannot read|is not a function|call stack|\n {4}at /);
}

test.each([...contracts])(
  '%s, changed, is accepted or told what is wrong',
  (id, schema) => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(
        mutated(schema).map((changed) => JSON.stringify(changed)),
        (text) => {
          seen.add(read(id, JSON.parse(text)));
        },
      ),
      runs(250),
    );
    expect([...seen].sort()).toEqual(['accepted', 'refused']);
  },
  LIMIT_MS,
);

test(
  'any text is read as a contract, or told what is wrong',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'alir-fuzz-'));
    cleanUp(() => {
      rmSync(folder, { recursive: true });
    });
    const pieces = ['\ufeff', '{', '[', '"', '\\ud800', '\\u0000', '1e400', ',', '"name": "x",', '// x', 'null', '\n'];
    fc.assert(
      fc.property(mutatedText(JSON.stringify(EVERYTHING, null, 2), pieces), (text) => {
        writeFileSync(join(folder, 'x.avsc'), text);
        try {
          avroType(readContract('x', folder));
        } catch (error) {
          expectTold('x', error);
        }
      }),
      runs(150),
    );
  },
  LIMIT_MS,
);

const part = (fields: unknown): object => ({ type: 'record', name: 'Part', doc: 'A part.', fields });
const withType = (type: unknown, more: object = {}): object => ({ ...EVERYTHING, fields: [field('x', type, more)] });
test.each([
  ['a type that is itself', withType('fuzz.everything')],
  ['a record in itself', withType(part([field('again', 'Part')]))],
  ['a record in itself, by array', withType(part([field('again', { type: 'array', items: 'Part' })]))],
  ['records without end', withType(nested(200))],
  ['lists without end', withType(nest(5000))],
  ['maps without end', withType(maps(20_000))],
  ['types without end', withType(types(20_000))],
  ['a name twice', withType(part([field('a', part([field('b', 'int')]))]))],
  ['a field twice', { ...EVERYTHING, fields: [field('x', 'int'), field('X', 'int')] }],
  ['an unknown logical type', withType({ type: 'long', logicalType: 'timestamp-nanos' })],
  ['a logical type of another carrier', withType({ type: 'string', logicalType: 'date' })],
  ['a default that is of another type', withType('int', { default: 'x' })],
  ['a default that does not fit', withType('int', { default: 2 ** 40 })],
  ['a default that is no symbol', withType({ type: 'enum', name: 'E', symbols: ['A'] }, { default: 'B' })],
  ['a default of an enum that is no symbol', withType({ type: 'enum', name: 'E', symbols: ['A'], default: 'B' })],
  ['a default that lacks a field', withType(part([field('a', 'int')]), { default: {} })],
  ['a default that is null where nothing is', withType('string', { default: null })],
  ['the name of a primitive type', { ...EVERYTHING, name: 'string' }],
  ['a namespace that is none', { ...EVERYTHING, namespace: '1 x' }],
  ['aliases that are none', { ...EVERYTHING, aliases: [1, '', 'a b'] }],
])('%s is told', (_, schema) => {
  expect(read('fuzz/everything', schema)).toBe('refused');
});

function nested(depth: number): unknown {
  let type: unknown = 'int';
  for (let level = 0; level < depth; level += 1) type = { ...part([field('x', type)]), name: `Part${level}` };
  return type;
}

function maps(depth: number): unknown {
  let type: unknown = 'int';
  for (let level = 0; level < depth; level += 1) type = { type: 'map', values: type };
  return type;
}

function types(depth: number): unknown {
  let type: unknown = 'int';
  for (let level = 0; level < depth; level += 1) type = { type };
  return type;
}
