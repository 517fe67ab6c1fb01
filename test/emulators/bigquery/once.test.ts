import { describe, expect, test } from '@jest/globals';
import { renderOnce, volatileCall } from '../../../emulators/bigquery/sql/functions/once.ts';

const subquery = 'ARRAY(SELECT v FROM t)';
const random = volatileCall('random()', (prefix) => `${prefix}_1`);
const timesIn = (part: string, sql: string): number => sql.split(part).length - 1;

describe('an argument is written once', () => {
  test.each([
    ['when it has a subquery and a macro may repeat it', [subquery], ([x = '']) => `bq_int64(${x})`],
    [
      'when it has a subquery and the template repeats it',
      [subquery],
      ([x = '']) => `CASE WHEN ${x} = 0 THEN ${x} END`,
    ],
    ['when it is volatile', [random], ([x = '']) => `bq_div(${x}, 2)`],
  ] satisfies [string, string[], (args: readonly string[]) => string][])('%s', (_, args, render) => {
    expect(timesIn(args[0] ?? '', renderOnce(args, render))).toBe(1);
    expect(renderOnce(args, render)).toContain('lambda once:');
  });

  test('and stays where it is when it would be there once anyway, or costs nothing to repeat', () => {
    expect(renderOnce([subquery], ([x = '']) => `len(${x})`)).toBe(`len(${subquery})`);
    expect(renderOnce(['"t"."x"'], ([x = '']) => `bq_int64(${x})`)).toBe('bq_int64("t"."x")');
  });

  test.each(['NULL', "', '", "'it''s'", '2', 'CAST(15 AS BIGINT)'])(
    'a constant beside it stays one, for some functions of DuckDB want that: %s',
    (constant) => {
      const sql = renderOnce([subquery, constant], ([list = '', by = '']) => `bq_array_to_string(${list}, ${by})`);
      expect(sql).toContain(`lambda once: bq_array_to_string(once.a0, ${constant})`);
    },
  );
});
