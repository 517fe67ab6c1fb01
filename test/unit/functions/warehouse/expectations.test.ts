import { describe, expect, test } from '@jest/globals';
import { auditQuery, compileExpectation, judge } from '../../../../functions/warehouse/expectations.ts';
import { type Expectation, expectationNames, expectationSchema } from '../../../../pipelines/model/pipeline.ts';

/** As a pipeline file says it; defaults are filled in. */
const declare = (name: string, settings: Record<string, unknown>): Expectation =>
  expectationSchema.parse({ [name]: settings });
const between = (settings: Record<string, unknown>): Expectation =>
  declare('expect_column_values_to_be_between', { column: 'age', ...settings });

describe('an expectation as two aggregates: how many were looked at, and how many are not as expected', () => {
  test.each<[string, Expectation, string, string]>([
    [
      'not null looks at every row',
      declare('expect_column_values_to_not_be_null', { column: 'id' }),
      'COUNT(*)',
      'COUNTIF(`id` IS NULL)',
    ],
    [
      'unique leaves nulls out',
      declare('expect_column_values_to_be_unique', { column: 'id' }),
      'COUNT(`id`)',
      'COUNT(`id`) - COUNT(DISTINCT `id`)',
    ],
    ['between a min', between({ min: 0 }), 'COUNT(`age`)', 'COUNTIF((`age` < 0))'],
    ['between a max', between({ max: 1.5 }), 'COUNT(`age`)', 'COUNTIF((`age` > 1.5e+0))'],
    ['between both', between({ min: -1, max: 130 }), 'COUNT(`age`)', 'COUNTIF((`age` < -1 OR `age` > 130))'],
    ['between beyond 2^53', between({ max: 1e21 }), 'COUNT(`age`)', 'COUNTIF((`age` > 1e+21))'],
    [
      'a pair leaves out what has a null on either side',
      declare('expect_column_pair_values_a_to_be_greater_than_b', { a: 'to', b: 'from' }),
      'COUNTIF(NOT (`to` IS NULL OR `from` IS NULL))',
      'COUNTIF(`to` <= `from`)',
    ],
    ['a row count', declare('expect_table_row_count_to_be_between', { min: 1 }), 'COUNT(*)', '0'],
  ])('%s', (_, expectation, total, unexpected) => {
    expect(compileExpectation(expectation)).toMatchObject({ total, unexpected, severity: 'error' });
  });

  test('every expectation that a pipeline may declare is compiled', () => {
    const settings = { column: 'x', a: 'x', b: 'y', min: 0 };
    for (const [index, name] of expectationNames.entries()) {
      const allowed = Object.keys(expectationSchema.options[index]?.shape ?? {});
      expect(allowed).toEqual([name]);
      const inner = Object.entries(settings).filter(
        ([key]) =>
          expectationSchema.safeParse({ [name]: { ...minimal(name), [key]: settings[key as keyof typeof settings] } })
            .success,
      );
      expect(compileExpectation(declare(name, { ...minimal(name), ...Object.fromEntries(inner) })).label).toContain(
        name,
      );
    }
  });

  test('its label says column and share', () => {
    expect(compileExpectation(between({ min: 0, max: 5, mostly: 0.9 })).label).toBe(
      'expect_column_values_to_be_between(age, 0..5) mostly 0.9',
    );
  });
});

function minimal(name: string): Record<string, unknown> {
  if (name.includes('pair')) return { a: 'x', b: 'y' };
  return name.includes('table') ? { min: 0 } : { column: 'x', ...(name.includes('between') ? { min: 0 } : {}) };
}

describe('mostly is the share of what was looked at', () => {
  const met = (mostly: number, total: number, unexpected: number): boolean =>
    compileExpectation(between({ min: 0, mostly })).met(total, unexpected);

  test.each([
    [1, 100, 0, true],
    [1, 100, 1, false],
    [0.95, 100, 5, true],
    [0.95, 100, 6, false],
    [0.95, 19, 0, true],
    [0.95, 19, 1, false],
    [0.95, 20, 1, true],
    [0.28, 25, 18, true], // 25 × 0.28 is 7.000000000000001 in binary
    [0.28, 25, 19, false],
    [0.07, 100, 93, true],
    [0.999999, 1_000_000, 1, true],
    [0.999999, 1_000_000, 2, false],
    [0, 10, 10, true],
    [1, 0, 0, true],
    [0.95, 0, 0, true],
  ])('mostly %d of %d, %d of them unexpected: %p', (mostly, total, unexpected, expected) => {
    expect(met(mostly, total, unexpected)).toBe(expected);
  });

  test('a share of two digits is exact, whatever the number of rows', () => {
    const wrong: string[] = [];
    for (let total = 1; total <= 500; total += 1) {
      for (let percent = 1; percent < 100; percent += 1) {
        const mostly = Number(`0.${String(percent).padStart(2, '0')}`);
        const allowed = Math.floor((total * (100 - percent)) / 100);
        const right = met(mostly, total, allowed) && !met(mostly, total, allowed + 1);
        if (!right) wrong.push(`${allowed} of ${total} at ${mostly}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

test.each([
  [{ min: 1 }, 0, false],
  [{ min: 1 }, 1, true],
  [{ max: 10 }, 10, true],
  [{ max: 10 }, 11, false],
  [{ max: 10 }, 0, true],
  [{ min: 5, max: 5 }, 5, true],
])('a table with a row count within %j, of %d rows: %p', (range, rows, expected) => {
  const expectation = compileExpectation(declare('expect_table_row_count_to_be_between', range));
  expect(expectation.met(rows, 0)).toBe(expected);
});

describe('the audit', () => {
  const expectations = [
    compileExpectation(declare('expect_column_values_to_be_unique', { column: 'id' })),
    compileExpectation(between({ min: 0, severity: 'warn' })),
  ];

  test('is one query, whatever the number of expectations', () => {
    expect(auditQuery(expectations, '`t`')).toBe(
      'SELECT COUNT(*) AS row_count, COUNT(`id`) AS t0, COUNT(`id`) - COUNT(DISTINCT `id`) AS u0, COUNT(`age`) AS t1, COUNTIF((`age` < 0)) AS u1 FROM `t`',
    );
    expect(auditQuery([], '`t`')).toBe('SELECT COUNT(*) AS row_count FROM `t`');
  });

  test('is judged from its one row, in numbers or in texts', () => {
    expect(judge(expectations, { row_count: 3, t0: 3, u0: 1, t1: '3', u1: '0' })).toEqual([
      { expectation: 'expect_column_values_to_be_unique(id)', severity: 'error', met: false, total: 3, unexpected: 1 },
      {
        expectation: 'expect_column_values_to_be_between(age, 0..)',
        severity: 'warn',
        met: true,
        total: 3,
        unexpected: 0,
      },
    ]);
  });

  test('that has no answer is not met', () => {
    expect(judge(expectations, {}).map(({ met }) => met)).toEqual([false, false]);
  });
});
