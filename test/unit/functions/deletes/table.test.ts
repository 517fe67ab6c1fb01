import { describe, expect, test } from '@jest/globals';
import { deletesOf, keysOf, tableOfRun, tablesWithDeletes } from '../../../../functions/deletes/table.ts';
import { requireMovePipeline, resolveTable } from '../../../../functions/runtime/table.ts';
import type { Catalog } from '../../../../pipelines/model/read.ts';
import { whatIsWanted } from '../../../../scripts/commands/run.ts';
import { contractOf, TIMESTAMP } from '../../records.ts';
import { fileOf, GENERATE, MOVE } from '../../pipelines/model/yaml.ts';

const mood = { type: 'enum', name: 'mood', symbols: ['sad', 'happy'] };
const contract = contractOf({ text: 'string', shop: mood, id: 'long', updated_at: TIMESTAMP, created_at: TIMESTAMP });
const text =
  MOVE.replace('[id]', '[id, shop]').replace('    audit:', "    deletes: { schedule: '0 2 * * *' }\n    audit:") +
  '  - { source: b, contract: test/thing, destination: other, key: [id], cursor: full }\n';
const catalog = {
  pipelines: [fileOf(text).pipeline],
  events: [],
  contracts: new Map([['test/thing', contract]]),
} as unknown as Catalog;
const pipeline = requireMovePipeline(catalog, 'move');
const generator = fileOf(GENERATE, 'generate.yaml').pipeline as Parameters<typeof whatIsWanted>[0];

describe('a table for its keys alone', () => {
  const resolved = resolveTable(catalog, 'move', 'thing');

  test('has a contract of the key, in the order of the contract, and no checks', () => {
    const { spec, contract: keys } = keysOf(resolved);
    expect(keys).toMatchObject({ id: 'test/thing', doc: contract.doc });
    expect(keys.fields).toEqual(contract.fields.filter(({ name }) => ['id', 'shop'].includes(name)));
    expect(keys.avro).toEqual({
      ...(contract.avro as object),
      fields: (contract.avro as { fields: object[] }).fields.slice(1, 3),
    });
    expect(spec).toEqual({ ...resolved.spec, audit: [] });
  });

  test('is what a run that looks for rows that are gone works on, and no other run', () => {
    const run = { pipeline: 'move', table: 'thing' };
    expect(tableOfRun(catalog, run)).toEqual(resolved);
    expect(tableOfRun(catalog, { ...run, deletes: {} })).toEqual(keysOf(resolved));
  });
});

describe('the tables that it is for', () => {
  test('are those that declare it', () => {
    expect(tablesWithDeletes(pipeline, undefined)).toEqual(['thing']);
    expect(tablesWithDeletes(pipeline, ['thing'])).toEqual(['thing']);
    expect(deletesOf(resolveTable(catalog, 'move', 'thing'))).toMatchObject({ mode: 'soft' });
  });

  test('are no others', () => {
    const rule = 'pipeline move has no table "other" with "deletes"';
    expect(() => tablesWithDeletes(pipeline, ['other'])).toThrow(`${rule}; those that have it: thing. docs/deletes.md`);
    expect(() => deletesOf(resolveTable(catalog, 'move', 'other'))).toThrow(rule);
    const none = { ...pipeline, tables: pipeline.tables.slice(1) };
    expect(() => tablesWithDeletes(none, undefined)).toThrow(
      'pipeline move has no table with "deletes". docs/deletes.md',
    );
  });
});

describe('alir run --deletes', () => {
  test('is for all tables that declare it, or the one that is named as in the source', () => {
    expect(whatIsWanted(pipeline, { deletes: true })).toEqual({ pipeline, tables: ['thing'], deletes: {} });
    expect(whatIsWanted(pipeline, { deletes: true, table: ['things'], accept: 0.4 })).toEqual({
      pipeline,
      tables: ['thing'],
      deletes: { accept: 0.4 },
    });
    expect(whatIsWanted(pipeline, {})).toEqual({ pipeline, tables: [] });
  });

  test('says what does not go', () => {
    expect(() => whatIsWanted(pipeline, { deletes: true, table: ['b'] })).toThrow('no table "other" with "deletes"');
    expect(() => whatIsWanted(pipeline, { accept: 0.4 })).toThrow('--accept says how many rows --deletes may let go');
    expect(() => whatIsWanted(generator, { deletes: true })).toThrow('pipeline generate generates');
  });
});
