import { describe, expect, test } from '@jest/globals';
import { type CursorSpec, cursorSchema, resolveCursor, versionColumn } from '../../../../pipelines/model/cursor.ts';
import { mistakesIn, move } from './yaml.ts';

describe('a cursor means', () => {
  test.each<[CursorSpec, unknown, string | undefined]>([
    ['updated_at', { kind: 'column', column: 'updated_at', lag: 0 }, 'updated_at'],
    ['xmin', { kind: 'xmin' }, undefined],
    ['full', { kind: 'full' }, undefined],
    [{ column: 'full' }, { kind: 'column', column: 'full', lag: 0 }, 'full'],
    [{ column: 'at', lag: '90s' }, { kind: 'column', column: 'at', lag: 90 }, undefined],
    [{ column: 'at', lag: '15m' }, { kind: 'column', column: 'at', lag: 900 }, undefined],
    [{ expression: 'a', lag: '12h' }, { kind: 'expression', expression: 'a', lag: 43_200 }, undefined],
    [{ expression: 'a', lag: '2d' }, { kind: 'expression', expression: 'a', lag: 172_800 }, undefined],
    [{ expression: 'a' }, { kind: 'expression', expression: 'a', lag: 0 }, undefined],
    [{ columns: ['shard', 'id'] }, { kind: 'integers', columns: ['shard', 'id'] }, undefined],
  ])('%j', (spec, meaning, version) => {
    expect(cursorSchema.parse(spec)).toEqual(spec);
    expect(resolveCursor(spec)).toEqual(meaning);
    expect(versionColumn(spec)).toBe(version);
  });
});

describe('a mistake in a cursor is told by the form that was meant', () => {
  const at = 'tables[0].cursor';
  test.each([
    [
      'a name that is none',
      'updated-at',
      { line: 12, path: at, value: 'updated-at', rule: expect.stringContaining('letters, digits') },
    ],
    [
      'a setting with a slip',
      '{ colum: updated_at }',
      { path: at, rule: expect.stringContaining('how a run knows'), hint: expect.stringContaining('{ column: … }') },
    ],
    [
      'a second setting with a slip',
      '{ column: updated_at, lagg: 15m }',
      { path: `${at}.lagg`, rule: 'there is no such setting', hint: 'did you mean "lag"?' },
    ],
    ['a lag without a unit', '{ column: updated_at, lag: 15 }', { path: `${at}.lag`, value: 15 }],
    [
      'a lag in another unit',
      '{ column: updated_at, lag: 15min }',
      { path: `${at}.lag`, value: '15min', rule: expect.stringContaining('e.g. 15m') },
    ],
    ['a lag of nothing', '{ expression: a, lag: 0m }', { path: `${at}.lag`, value: '0m' }],
    [
      'an expression that is empty',
      '{ expression: "  " }',
      { path: `${at}.expression`, rule: expect.stringContaining('greatest(created_at, updated_at)') },
    ],
    ['no columns', '{ columns: [] }', { path: `${at}.columns`, rule: 'a cursor needs at least one column' }],
    ['one that is no name', '{ columns: [id, 2nd] }', { path: `${at}.columns[1]`, value: '2nd' }],
    [
      'a lag of integers, which have no clock',
      '{ columns: [id], lag: 15m }',
      { path: `${at}.lag`, rule: 'there is no such setting' },
    ],
    [
      'a number',
      '5',
      { path: at, value: 5, rule: 'a cursor is a string or an object that says how a run knows what is new' },
    ],
    ['a list', '[id]', { path: at, hint: expect.stringContaining('{ columns: […] }') }],
  ])('%s', (_, cursor, expected) => {
    const mistakes = mistakesIn(move('updated_at', cursor));
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]).toMatchObject(expected);
  });

  test('two forms at once are one too many', () => {
    expect(mistakesIn(move('updated_at', '{ column: a, expression: b }'))).toMatchObject([
      { path: `${at}.expression` },
    ]);
  });
});
