import { type CaseGroup, fails, REFERENCE } from './case.ts';

const NAN = "CAST('nan' AS FLOAT64)";

export const NUMBERS: readonly CaseGroup[] = [
  {
    // "If the argument is NaN for any row in the group, returns NaN."
    group: 'MIN and MAX of NaN',
    doc: `${REFERENCE}/aggregate_functions#min`,
    cases: [
      [`SELECT MIN(x), MAX(x) FROM UNNEST([1.0, ${NAN}, -2.0]) x`, ['NaN', 'NaN']],
      ['SELECT MIN(x), MAX(x), MIN(DISTINCT x) FROM UNNEST([1.5, NULL, -2.5]) x', ['-2.5', '1.5', '-2.5']],
      [
        `SELECT MIN(x) OVER (ORDER BY o ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM UNNEST([1.0, ${NAN}, 3.0]) x WITH OFFSET o ORDER BY o DESC`,
        ['NaN'],
      ],
      ["SELECT MIN(x), MIN(CAST('-inf' AS FLOAT64)) FROM UNNEST(CAST([] AS ARRAY<FLOAT64>)) x", [null, null]],
      ['SELECT MIN(x), MIN(CAST(x AS NUMERIC)), MIN(CAST(x AS STRING)) FROM UNNEST([2, 10]) x', ['2', '2', '10']],
    ],
  },
  {
    // "in the case of floating-point arguments, if any argument is NaN, returns NaN"
    group: 'GREATEST, LEAST and NULLIF of NaN',
    doc: `${REFERENCE}/mathematical_functions#least`,
    cases: [
      [
        `SELECT LEAST(1.0, ${NAN}), GREATEST(1.0, ${NAN}), LEAST(1, 2.5, -3), LEAST(1.0, NULL)`,
        ['NaN', 'NaN', '-3.0', null],
      ],
      ["SELECT LEAST(3, 2), LEAST(NUMERIC '1.5', 2), LEAST('b', 'a'), GREATEST(1, 2)", ['2', '1.5', 'a', '2']],
      [`SELECT NULLIF(${NAN}, ${NAN}), NULLIF(1.5, 1.5)`, ['NaN', null]],
    ],
  },
  {
    group: 'NaN sorts between NULL and -infinity',
    doc: `${REFERENCE}/data-types#floating_point_types`,
    cases: [
      [
        `SELECT ARRAY_AGG(x ORDER BY x), ARRAY_AGG(x ORDER BY x DESC) FROM UNNEST([CAST('-inf' AS FLOAT64), ${NAN}, 1.0]) x`,
        [
          [{ v: 'NaN' }, { v: '-Infinity' }, { v: '1.0' }],
          [{ v: '1.0' }, { v: '-Infinity' }, { v: 'NaN' }],
        ],
      ],
      [`SELECT x FROM UNNEST([1.0, ${NAN}, NULL]) x ORDER BY x`, [null]],
      [`SELECT x FROM UNNEST([CAST('-inf' AS FLOAT64), NULL, ${NAN}]) x ORDER BY 1 NULLS LAST`, ['NaN']],
    ],
  },
  {
    group: 'NaN is equal to nothing',
    doc: `${REFERENCE}/operators#in_operators`,
    cases: [
      [`SELECT ${NAN} IN (${NAN}), ${NAN} IN UNNEST([${NAN}]), ${NAN} IN (SELECT ${NAN})`, ['false', 'false', 'false']],
      [`SELECT 1.5 IN UNNEST([${NAN}, 1.5]), 1.5 IN UNNEST([${NAN}, NULL])`, ['true', null]],
    ],
  },
  {
    group: 'HAVING MAX and MIN',
    doc: `${REFERENCE}/aggregate-function-calls#max_min_clause`,
    cases: [
      ["SELECT MAX_BY(f, s), MIN_BY(f, s) FROM UNNEST([STRUCT('a' AS f, 1 AS s), ('b', 9), ('c', NULL)])", ['b', 'a']],
      ["SELECT MAX_BY(f, s) FROM UNNEST([STRUCT(CAST(NULL AS STRING) AS f, 5 AS s), ('b', 1)])", [null]],
      ["SELECT ANY_VALUE(f HAVING MAX s) FROM UNNEST([STRUCT('a' AS f, CAST(NULL AS INT64) AS s)])", ['a']],
      [`SELECT ANY_VALUE(f HAVING MIN s) FROM UNNEST([STRUCT('a' AS f, ${NAN} AS s)])`, fails(/does not support NaN/)],
      ['SELECT ANY_VALUE(x HAVING MAX x) OVER () FROM UNNEST([1]) x', fails(/does not support HAVING MAX/)],
    ],
  },
  {
    group: 'overflow is an error, or NULL where it is SAFE',
    doc: `${REFERENCE}/mathematical_functions`,
    cases: [
      ['SELECT POW(10.0, 400)', fails(/overflow/)],
      ['SELECT EXP(1000.0)', fails(/overflow/)],
      ['SELECT SUM(x) FROM UNNEST([1.7e308, 1.7e308]) x', fails(/infinite/)],
      [
        'SELECT SUM(x) OVER (ORDER BY x), AVG(x) OVER (), SUM(x * 0 + RAND() * 0) OVER () FROM UNNEST([1.5, 2.5]) x ORDER BY x',
        ['1.5', '2.0', '0.0'],
      ],
      [
        'SELECT SAFE_ADD(1.7e308, 1.7e308), SAFE_MULTIPLY(1e200, 1e200), SAFE_DIVIDE(1.0, 0), SAFE_ADD(1.5, 1)',
        [null, null, null, '2.5'],
      ],
      ["SELECT DATE_ADD(DATE '9999-12-31', INTERVAL 1 DAY)", fails(/overflow/)],
      ["SELECT DATE '0001-01-01' - 1", fails(/overflow/)],
      ["SELECT TIMESTAMP_ADD(TIMESTAMP '9999-12-31 23:59:59', INTERVAL 1 SECOND)", fails(/overflow/)],
      ["SELECT DATETIME_ADD(DATETIME '9999-12-31T00:00:00', INTERVAL 1 MONTH)", fails(/overflow/)],
      [
        "SELECT TIME_ADD(TIME '23:00:00', INTERVAL 2 HOUR), DATE_ADD(CAST(NULL AS DATE), INTERVAL 1 DAY)",
        ['01:00:00', null],
      ],
      ["SELECT DATE_ADD(DATE '2024-01-31', INTERVAL CAST(FLOOR(RAND()) AS INT64) DAY)", ['2024-01-31']],
      ["SELECT REPEAT('a', -1)", fails(/negative/)],
      ["SELECT LPAD('a', -1)", fails(/negative/)],
      ["SELECT ASCII('é')", fails(/ASCII/)],
      ['SELECT MIN([1])', fails(/MIN is not defined for arguments of type ARRAY<INT64>/)],
    ],
  },
  {
    group: 'decimals stay decimals',
    doc: `${REFERENCE}/mathematical_functions`,
    cases: [
      ["SELECT SQRT(NUMERIC '2')", fails(/does not support this function or operator with NUMERIC/)],
      ["SELECT BIGNUMERIC '1' / 3", fails(/does not support this function or operator with BIGNUMERIC/)],
      [
        "SELECT NUMERIC '1.5' + 1e0, POW(NUMERIC '2', 2.0), STDDEV_POP(x) FROM UNNEST([NUMERIC '1', 3]) x GROUP BY 1, 2",
        ['2.5', '4.0', '1.0'],
      ],
      ["SELECT BIGNUMERIC '0.000000001' * BIGNUMERIC '0.000000002'", ['0.000000000000000002']],
      ["SELECT BIGNUMERIC '0.0000000001' * BIGNUMERIC '0.0000000001'", fails(/does not support BIGNUMERIC beyond/)],
      ["SELECT CAST('00012.50' AS BIGNUMERIC), SAFE_CAST('x' AS BIGNUMERIC)", ['12.5', null]],
      ["SELECT SAFE_CAST('0.1234567890123456789' AS BIGNUMERIC)", fails(/does not support BIGNUMERIC beyond/)],
      ['SELECT APPROX_COUNT_DISTINCT(x) FROM UNNEST([1, 2, 2, NULL]) x', ['2']],
    ],
  },
  {
    group: 'a volatile argument is drawn once',
    doc: `${REFERENCE}/mathematical_functions#rand`,
    cases: [
      // Drawn twice, some of the zeros would come through.
      ['SELECT COUNTIF(NULLIF(ROUND(RAND()), 0.0) = 0) FROM UNNEST(GENERATE_ARRAY(1, 200))', ['0']],
      [
        'SELECT COUNT(DISTINCT RAND()), COUNTIF(RAND() < 0 OR 1 <= RAND()) FROM UNNEST(GENERATE_ARRAY(1, 50))',
        ['50', '0'],
      ],
      [
        'SELECT SUM(x) + CAST(FLOOR(RAND() * 0.5) AS INT64), LENGTH(SUBSTR(GENERATE_UUID(), 25)) FROM UNNEST([1, 2]) x',
        ['3', '12'],
      ],
      [
        'SELECT [7][OFFSET(CAST(FLOOR(RAND() / 2) AS INT64))], CAST(RAND() AS STRING) LIKE "0.%" FROM UNNEST([1]) ORDER BY RAND()',
        ['7', 'true'],
      ],
      ['SELECT r = s FROM (SELECT r, r AS s FROM (SELECT RAND() AS r))', ['true']],
      ['SELECT CASE ROUND(RAND()) WHEN 0 THEN 1 WHEN 1 THEN 1 END', fails(/does not support RAND\(\)/)],
      ['SELECT RAND() AS r FROM UNNEST([1, 2]) ORDER BY r', fails(/does not support RAND\(\)/)],
      ["SELECT REGEXP_EXTRACT(GENERATE_UUID(), r'[a-f]')", fails(/does not support RAND\(\)/)],
      ['SELECT RAND(1)', fails(/No matching signature/)],
    ],
  },
];
