import { type CaseGroup, fails, REFERENCE } from './case.ts';

export const QUERIES: readonly CaseGroup[] = [
  {
    group: 'queries',
    doc: `${REFERENCE}/query-syntax`,
    cases: [
      ['SELECT * EXCEPT (b) FROM (SELECT 1 AS a, 2 AS b, 3 AS c)', ['1', '3']],
      ['SELECT * REPLACE (a + 1 AS a) FROM (SELECT 1 AS a, 2 AS b)', ['2', '2']],
      [
        'WITH t AS (SELECT x FROM UNNEST([1, 2, 3]) AS x) SELECT x FROM t WHERE TRUE QUALIFY ROW_NUMBER() OVER (ORDER BY x DESC) = 1',
        ['3'],
      ],
      [
        'SELECT ARRAY(SELECT x FROM UNNEST([2, 1, 3]) AS x WITH OFFSET AS o ORDER BY o DESC)',
        [[{ v: '3' }, { v: '1' }, { v: '2' }]],
      ],
      ['SELECT a, b FROM (SELECT 1 AS a) JOIN (SELECT 1 AS a, 2 AS b) USING (a)', ['1', '2']],
      ['SELECT COUNT(*) FROM (SELECT 1 UNION ALL SELECT 1 UNION ALL SELECT 1.5)', ['3']],
      [
        'SELECT SUM(x) OVER (ORDER BY x ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS s FROM UNNEST([1, 2]) x ORDER BY x LIMIT 1 OFFSET 1',
        ['3'],
      ],
      ['SELECT LAG(x, 1, 0) OVER w FROM UNNEST([5]) x WINDOW w AS (ORDER BY x)', ['0']],
      ['SELECT ARRAY_AGG(x) FROM (SELECT x FROM UNNEST([2, 1]) x ORDER BY x)', [[{ v: '1' }, { v: '2' }]]],
      ['SELECT UPPER(k) AS k, COUNT(*) FROM UNNEST(["a", "A"]) k GROUP BY k', ['A', '2']],
      [
        'SELECT (SELECT MAX(y) FROM UNNEST([x, 5]) y), EXISTS(SELECT 1 FROM UNNEST([x]) z WHERE z = 7) FROM UNNEST([7]) x',
        ['7', 'true'],
      ],
      ['SELECT AS STRUCT 1 AS a, 2 AS b', ['1', '2']],
      ['SELECT s.a, s FROM (SELECT STRUCT(1 AS a, "x" AS b) AS s)', ['1', { f: [{ v: '1' }, { v: 'x' }] }]],
      ['SELECT (SELECT x FROM UNNEST([1, 2]) x)', fails(/more than one element/)],
      ['SELECT 1 AS a, 2 AS a', fails(/Duplicate column names/)],
      ['SELECT nope', fails(/Unrecognized name: nope/)],
      ['SELECT x, COUNT(*) FROM UNNEST([1]) x', fails(/neither grouped nor aggregated/)],
      ['SELECT 1 FROM', fails(/Syntax error/)],
    ],
  },
  {
    group: 'refused rather than answered otherwise',
    doc: `${REFERENCE}/functions-all`,
    cases: [
      ['SELECT APPROX_QUANTILES(x, 2) FROM UNNEST([1]) x', fails(/does not support the function APPROX_QUANTILES/)],
      ['SELECT ST_GEOGPOINT(1, 2)', fails(/does not support/)],
      ['DECLARE x INT64', fails(/does not support the statement DECLARE/)],
      ["SELECT BIGNUMERIC '1.1234567890123456789'", fails(/does not support BIGNUMERIC beyond 18 digits/)],
    ],
  },
];
