import { describe, expect, test } from '@jest/globals';
import { findPipeline, readCatalog, readPipeline } from '../../../../pipelines/model/read.ts';
import { fileOf, GENERATE, mistakesIn, MOVE, move } from './yaml.ts';

const AUDIT = 'tables[0].audit[0]';
const unique = '      - expect_column_values_to_be_unique: { column: id }\n';

describe('a mistake has file, line, path, value, rule and hint', () => {
  test.each([
    [
      'an unknown setting, with the closest one',
      move('timezone:', 'timezon:'),
      { line: 4, path: 'timezon', rule: 'there is no such setting', hint: 'did you mean "timezone"?' },
    ],
    [
      'an unknown setting whose value begins a line below',
      move('source: { postgres: application }', 'source: { postgres: application }\nsorce:\n  postgres: other'),
      { line: 6, path: 'sorce', hint: 'did you mean "source"?' },
    ],
    [
      'an unknown setting in a table, with what a table has',
      move('    key: [id]', '    key: [id]\n    columns: [a]'),
      {
        line: 12,
        path: 'tables[0].columns',
        hint: 'there are: source, contract, destination, key, cursor, partition, cluster, slice, quarantine, deletes, audit',
      },
    ],
    [
      'an unknown setting inside an optional one',
      move('{ field: created_at }', '{ field: created_at, imutable: true }'),
      { line: 13, path: 'tables[0].partition.imutable', hint: 'did you mean "immutable"?' },
    ],
    [
      'a wrong type',
      move('key: [id]', 'key: id'),
      { line: 11, path: 'tables[0].key', value: 'id', rule: 'Invalid input: expected array, received string' },
    ],
    [
      'a value out of its list',
      move('dataset: warehouse', 'dataset: warehouse\noverlap: wait'),
      { line: 7, path: 'overlap', value: 'wait', rule: expect.stringContaining('"skip"|"queue"') },
    ],
    [
      'a missing key, at what lacks it',
      move('    cursor: updated_at\n', ''),
      {
        line: 8,
        path: 'tables[0].cursor',
        rule: expect.stringMatching(/^is missing\. .*string/),
        hint: expect.stringContaining('xmin, full, { column: … }'),
      },
    ],
    ['a missing key of the pipeline', move('dataset: warehouse\n', ''), { line: 1, path: 'dataset' }],
    [
      'a name that no topic may have',
      move('pipeline: move', 'pipeline: Move_It'),
      { line: 1, path: 'pipeline', value: 'Move_It', rule: expect.stringContaining('lower-case letters') },
    ],
    [
      'a dataset that is kept for staging',
      move('dataset: warehouse', 'dataset: x_staging'),
      { line: 6, path: 'dataset', value: 'x_staging', rule: expect.stringContaining('staging tables, which expire') },
    ],
    [
      'a contract with its ending',
      move('test/thing', 'test/thing.avsc'),
      {
        line: 9,
        path: 'tables[0].contract',
        value: 'test/thing.avsc',
        rule: expect.stringContaining('without ".avsc"'),
      },
    ],
    ['no table at all', move(MOVE.slice(MOVE.indexOf('tables:')), 'tables: []'), { line: 7, path: 'tables' }],
    [
      'five cluster columns',
      move('    key: [id]', '    key: [id]\n    cluster: [a, b, c, d, e]'),
      { line: 12, path: 'tables[0].cluster', rule: 'BigQuery clusters by at most 4 columns' },
    ],
    [
      'a name that is not the file’s',
      move('pipeline: move', 'pipeline: other'),
      { line: 1, path: 'pipeline', value: 'other', rule: 'a pipeline has the name of its file, "move"' },
    ],
    [
      'an unknown expectation, with the closest one',
      move('values_to_be_unique', 'values_to_be_uniqe'),
      {
        line: 15,
        path: AUDIT,
        value: 'expect_column_values_to_be_uniqe',
        rule: 'there is no such expectation',
        hint: 'did you mean "expect_column_values_to_be_unique"?',
      },
    ],
    [
      'an expectation of nothing like it, with all there are',
      move('expect_column_values_to_be_unique', 'foo'),
      { value: 'foo', hint: expect.stringContaining('expect_table_row_count_to_be_between') },
    ],
    [
      'an expectation that is no object',
      move(unique, '      - surprise\n'),
      { line: 15, path: AUDIT, value: 'surprise' },
    ],
    [
      'an expectation without settings',
      move(unique, '      - expect_column_values_to_be_unique\n'),
      { path: AUDIT, rule: 'Invalid input: expected object, received string' },
    ],
    [
      'two expectations in one entry',
      move(unique, `${unique}        expect_column_values_to_not_be_null: { column: id }\n`),
      { line: 16, hint: 'one expectation to an entry of the list' },
    ],
    [
      'a share above one',
      move(unique, '      - expect_column_values_to_not_be_null: { column: id, mostly: 95 }\n'),
      { path: `${AUDIT}.expect_column_values_to_not_be_null.mostly`, value: 95 },
    ],
    [
      'a range without ends',
      move(unique, '      - expect_column_values_to_be_between: { column: id }\n'),
      { path: `${AUDIT}.expect_column_values_to_be_between`, rule: 'needs a min, a max or both' },
    ],
  ])('%s', (_, text, expected) => {
    const mistakes = mistakesIn(text);
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]).toMatchObject({ file: 'move.yaml', ...expected });
  });
});

describe('a file that is no pipeline is one mistake, and no stack', () => {
  test.each([
    ['empty', '', 1],
    ['a list', '- a\n', 1],
    ['a word', 'hello', 1],
    ['a tab for indentation', 'pipeline: x\n\tdescription: y\n', 2],
    ['a key that stands twice', `${MOVE}dataset: other\n`, 16],
    ['two documents', `${MOVE}---\npipeline: x\n`, 16],
    ['an alias without its anchor', move('Moves one table.', '*nowhere'), 1],
    [
      'aliases without end',
      `a: &a [x,x,x,x,x,x,x,x,x,x]
b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]
c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]
d: [*c,*c,*c]`,
      1,
    ],
  ])('%s', (_, text, line) => {
    const mistakes = mistakesIn(text);
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]).toMatchObject({ file: 'move.yaml', line, path: '' });
  });
});

test('all mistakes are told at once', () => {
  const text = move('key: [id]', 'key: []')
    .replace('overlap', 'x')
    .replace('dataset: warehouse', 'dataset: 1st\nfoo: 1');
  expect(mistakesIn(text).map(({ path }) => path)).toEqual(['dataset', 'tables[0].key', 'foo']);
});

test('a generator is judged as a generator', () => {
  expect(mistakesIn(GENERATE, 'generate.yaml')).toEqual([]);
  expect(mistakesIn(GENERATE.replace('model: library', 'model: zoo'), 'generate.yaml')).toMatchObject([
    { path: 'generate.model', value: 'zoo', line: 4 },
  ]);
  expect(mistakesIn(`${GENERATE}dataset: x\n`, 'generate.yaml')).toMatchObject([{ path: 'dataset' }]);
});

test('what is not said has its default', () => {
  const { pipeline } = fileOf(MOVE.replace('timezone: Asia/Jakarta\n', ''));
  expect(pipeline).toMatchObject({
    timezone: 'UTC',
    overlap: 'skip',
    tables: [
      {
        slice: { rows: 1_000_000 },
        partition: { by: 'day', immutable: false },
        audit: [{ expect_column_values_to_be_unique: { column: 'id', severity: 'error' } }],
      },
    ],
  });
});

test('reading is pure: the same text gives the same pipeline', () => {
  expect(readPipeline('move.yaml', MOVE)).toMatchObject({ pipeline: fileOf(MOVE).pipeline });
});

describe('the catalog of this repository', () => {
  const catalog = readCatalog();

  test('holds its pipelines and the contracts they name', () => {
    expect(catalog.pipelines.map(({ pipeline }) => pipeline)).toEqual(
      expect.arrayContaining(['library', 'library-generator']),
    );
    expect([...catalog.contracts.keys()]).toEqual(
      expect.arrayContaining(['library/book', 'library/member', 'library/rent']),
    );
  });

  test('finds a pipeline by name, and names those there are', () => {
    expect(findPipeline(catalog, 'library').pipeline).toBe('library');
    expect(() => findPipeline(catalog, 'libary')).toThrow(/no pipeline "libary"; there are: .*library-generator/);
  });
});
