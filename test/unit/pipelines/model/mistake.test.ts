import { describe, expect, test } from '@jest/globals';
import { closest, formatMistake, formatPath } from '../../../../pipelines/model/mistake.ts';

describe('the closest word', () => {
  const words = ['cursor', 'cluster', 'key', 'expect_column_values_to_be_unique'];
  test.each([
    ['curser', 'cursor'],
    ['CURSOR', 'cursor'],
    ['clutser', 'cluster'],
    ['ky', 'key'],
    ['expect_column_value_to_be_uniqe', 'expect_column_values_to_be_unique'],
  ])('%s is a slip for %s', (typed, word) => {
    expect(closest(typed, words)).toBe(word);
  });

  test('there is none for another word, nor among none', () => {
    expect(closest('partition', words)).toBeUndefined();
    expect(closest('key', [])).toBeUndefined();
  });
});

test('a path is written as people write it', () => {
  expect(formatPath(['tables', 2, 'audit', 0, 'x'])).toBe('tables[2].audit[0].x');
  expect(formatPath([])).toBe('');
});

test('a mistake is one line, whatever the value holds', () => {
  const where = { file: 'a.yaml', line: 3, path: 'dataset', rule: 'no' };
  expect(formatMistake({ ...where, value: 'x\ny', hint: 'yes' })).toBe('a.yaml:3 dataset is "x\\ny": no (yes)');
  expect(formatMistake({ ...where, path: '' })).toBe('a.yaml:3: no');
});
