import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Mistake, PipelineMistakes } from '../../../../pipelines/model/mistake.ts';
import { readCatalog } from '../../../../pipelines/model/read.ts';
import { avroField, avroRecord, TIMESTAMP } from '../../records.ts';
import { EVENTS, GENERATE, MOVE } from './yaml.ts';

const THING = avroRecord(
  avroField('id', 'long'),
  avroField('updated_at', TIMESTAMP),
  avroField('created_at', TIMESTAMP),
);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'alir-catalog-'));
  mkdirSync(join(folder, 'schemas/test'), { recursive: true });
  mkdirSync(join(folder, 'pipelines'));
  writeFileSync(join(folder, 'schemas/test/thing.avsc'), JSON.stringify(THING));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function read(files: Readonly<Record<string, string>>): ReturnType<typeof readCatalog> {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, 'pipelines', name), text);
  return readCatalog(join(folder, 'pipelines'), join(folder, 'schemas'));
}

function mistakes(files: Readonly<Record<string, string>>): readonly Mistake[] {
  try {
    read(files);
  } catch (error) {
    if (error instanceof PipelineMistakes) return error.mistakes;
    throw error;
  }
  return [];
}

const second = MOVE.replace('pipeline: move', 'pipeline: second');

describe('a catalog', () => {
  test('holds every .yaml and .yml of the folder, by name, and nothing else', () => {
    const catalog = read({ 'move.yaml': MOVE, 'generate.yml': GENERATE, 'notes.md': '# no pipeline' });
    expect(catalog.pipelines.map(({ pipeline }) => pipeline)).toEqual(['generate', 'move']);
    expect([...catalog.contracts.keys()]).toEqual(['test/thing']);
  });

  test('keeps event pipelines apart from those that have runs', () => {
    const catalog = read({ 'move.yaml': MOVE, 'events.yaml': EVENTS });
    expect(catalog.pipelines.map(({ pipeline }) => pipeline)).toEqual(['move']);
    expect(catalog.events.map(({ pipeline }) => pipeline)).toEqual(['events']);
  });

  test('names the contract of an event pipeline that is not there', () => {
    expect(mistakes({ 'events.yaml': EVENTS.replace('test/thing', 'test/thong') })).toMatchObject([
      { line: 4, path: 'events.contract', rule: expect.stringContaining('there is no schemas/test/thong.avsc') },
    ]);
  });

  test('may be empty', () => {
    expect(read({}).pipelines).toEqual([]);
  });

  test('refuses two tables with one destination, across files', () => {
    expect(mistakes({ 'move.yaml': MOVE, 'second.yaml': second })).toEqual([
      {
        file: 'second.yaml',
        line: 10,
        path: 'tables[0].destination',
        value: 'thing',
        rule: 'warehouse.thing is already the destination of move.yaml tables[0]; a final table has one writer',
      },
    ]);
  });

  test('takes the same destination in two datasets', () => {
    expect(mistakes({ 'move.yaml': MOVE, 'second.yaml': second.replace('warehouse', 'other') })).toEqual([]);
  });

  test('refuses two files of one name', () => {
    expect(mistakes({ 'generate.yaml': GENERATE, 'generate.yml': GENERATE })).toMatchObject([
      { file: 'generate.yml', line: 1, path: 'pipeline', rule: 'generate.yaml is a pipeline of that name already' },
    ]);
  });

  test('names the contract that is not there, in the line that asks for it', () => {
    expect(mistakes({ 'move.yaml': MOVE.replace('test/thing', 'test/thong') })).toMatchObject([
      { line: 9, path: 'tables[0].contract', rule: expect.stringContaining('there is no schemas/test/thong.avsc') },
    ]);
  });

  test('tells the mistakes of all files at once, one line each', () => {
    const files = {
      'move.yaml': MOVE.replace("'15 * * * *'", "'every hour'"),
      'broken.yaml': 'a: [',
      'other.yaml': '',
    };
    const found = mistakes(files);
    expect(found.map(({ file }) => file)).toEqual(['broken.yaml', 'other.yaml', 'move.yaml']);
    expect(new PipelineMistakes(found).message.split('\n')).toHaveLength(3);
  });
});
