import { describe, expect, test } from '@jest/globals';
import {
  and,
  column,
  compare,
  compileExpression,
  compileMerge,
  compileTable,
  type Expression,
  or,
  quote,
} from '../../../../functions/warehouse/sql.ts';

describe('an identifier is always quoted', () => {
  test.each([
    ['id', '`id`'],
    ['select', '`select`'],
    ['my-project', '`my-project`'],
    ['a b; DROP TABLE x --', '`a b; DROP TABLE x --`'],
    ["it's", "`it's`"],
    ['名', '`名`'],
  ])('%j', (name, sql) => {
    expect(quote(name)).toBe(sql);
  });

  test.each(['', '`', 'a`b', 'a\\', '\\`', 'a\nb', 'a\rb', 'a\tb', 'a\u0000b', 'a\u0085b'])('%j is refused', (name) => {
    expect(() => quote(name)).toThrow(TypeError);
    expect(() => quote(name)).toThrow('cannot be a BigQuery name');
  });

  test('a table is quoted part by part, so that a dot in a name makes no other table', () => {
    expect(compileTable({ project: 'my-project', dataset: 'd', table: 't' })).toBe('`my-project`.`d`.`t`');
    expect(compileTable({ project: 'p', dataset: 'd.x', table: 't' })).toBe('`p`.`d.x`.`t`');
    expect(() => compileTable({ project: 'p', dataset: 'd', table: 't` AS x' })).toThrow(TypeError);
  });
});

type LiteralType = Extract<Expression, { kind: 'literal' }>['type'];
const literal = (type: LiteralType, value: string): string => compileExpression({ kind: 'literal', type, value });

describe('a literal is of its type, or refused', () => {
  test.each<[LiteralType, string, string]>([
    ['INT64', '0', '0'],
    ['INT64', '-9223372036854775808', '-9223372036854775808'],
    ['FLOAT64', '0.5', '0.5'],
    ['FLOAT64', '-1e+21', '-1e+21'],
    ['DATE', '2026-11-20', "DATE '2026-11-20'"],
    ['DATETIME', '2026-11-20T09:27:46', "DATETIME '2026-11-20T09:27:46'"],
    ['DATETIME', '2026-11-20 09:27:46.5', "DATETIME '2026-11-20 09:27:46.5'"],
    ['TIMESTAMP', '2026-11-20T09:27:46Z', "TIMESTAMP '2026-11-20T09:27:46Z'"],
    ['TIMESTAMP', '2026-11-20 09:27:46.123456+00', "TIMESTAMP '2026-11-20 09:27:46.123456+00'"],
  ])('%s %s', (type, value, sql) => {
    expect(literal(type, value)).toBe(sql);
  });

  test.each<[LiteralType, string]>([
    ['INT64', ''],
    ['INT64', '1.5'],
    ['INT64', '1 OR TRUE'],
    ['INT64', '0x10'],
    ['INT64', '1\n'],
    ['FLOAT64', 'NaN'],
    ['FLOAT64', 'Infinity'],
    ['FLOAT64', '.5'],
    ['DATE', "2026-11-20' OR '1'='1"],
    ['DATE', '+010000-01-01'],
    ['DATE', '2026-11-20T00:00:00'],
    ['DATETIME', '2026-11-20T09:27:46Z'],
    ['TIMESTAMP', '2026-11-20T09:27:46'],
    ['TIMESTAMP', '2026-11-20T09:27:46+07'],
    ['TIMESTAMP', 'infinity'],
  ])('no %s: %j', (type, value) => {
    expect(() => literal(type, value)).toThrow(`is not a ${type} literal`);
  });
});

describe('an expression', () => {
  const one: Expression = { kind: 'literal', type: 'INT64', value: '1' };
  test.each<[string, Expression, string]>([
    ['a column', column('a'), '`a`'],
    ['a column of a table', column('a', 'T'), 'T.`a`'],
    ['a comparison', compare(column('a'), '<=', one), '`a` <= 1'],
    ['and within or', or(and(column('a'), column('b')), column('c')), '((`a` AND `b`) OR `c`)'],
    ['a chain of one', and(compare(column('a'), '=', one)), '(`a` = 1)'],
    ['not', { kind: 'not', of: compare(column('a'), '=', one) }, 'NOT (`a` = 1)'],
    ['null', { kind: 'isNull', of: column('a') }, '`a` IS NULL'],
    ['nothing', { kind: 'false' }, 'FALSE'],
  ])('%s', (_, expression, sql) => {
    expect(compileExpression(expression)).toBe(sql);
  });
});

test('a MERGE quotes everything that it names', () => {
  const table = { project: 'p', dataset: 'd', table: 'select' };
  const sql = compileMerge({
    target: table,
    using: { source: { ...table, table: 's' }, key: ['from'], order: [{ column: 'order', descending: false }] },
    on: compare(column('from', 'T'), '=', column('from', 'S')),
    update: ['order'],
    insert: ['from', 'order'],
  });
  expect(sql).toBe(
    [
      'MERGE INTO `p`.`d`.`select` AS T',
      'USING (SELECT `from`, `order` FROM `p`.`d`.`s` WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY `from` ORDER BY `order`) = 1) AS S',
      'ON T.`from` = S.`from`',
      'WHEN MATCHED THEN UPDATE SET `order` = S.`order`',
      'WHEN NOT MATCHED BY TARGET THEN INSERT (`from`, `order`) VALUES (S.`from`, S.`order`)',
    ].join('\n'),
  );
});
