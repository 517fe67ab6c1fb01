import { type CaseGroup, fails, REFERENCE } from './case.ts';

export const LANGUAGE: readonly CaseGroup[] = [
  {
    group: 'literals',
    doc: `${REFERENCE}/lexical#literals`,
    cases: [
      ["SELECT r'\\d', 'a\\tb', '''it's''', \"double\", 'x\\x41\\u00e9'", ['\\d', 'a\tb', "it's", 'double', 'xAé']],
      ["SELECT b'\\xff\\x00', rb'\\x'", ['/wA=', 'XHg=']],
      ['SELECT 0x1F, -9223372036854775808, 9223372036854775807', ['31', '-9223372036854775808', '9223372036854775807']],
      ['SELECT 9223372036854775808', fails(/Invalid integer literal/)],
      [
        "SELECT DATE '2024-02-29', TIME '12:30:00.5', DATETIME '2024-01-01T00:00:00'",
        ['2024-02-29', '12:30:00.500000', '2024-01-01T00:00:00'],
      ],
      ["SELECT DATE '2023-02-29'", fails(/Could not cast literal/)],
      ["SELECT TIMESTAMP '2014-09-27 12:30:00.45-08'", ['1411849800450000']],
      ["SELECT 'a' -- comment\n, 'b' # other\n /* third */", ['a', 'b']],
      ["SELECT '\\q'", fails(/Illegal escape/)],
    ],
  },
  {
    group: 'casts',
    doc: `${REFERENCE}/conversion_functions#cast`,
    cases: [
      [
        "SELECT CAST('0x87a' AS INT64), CAST('-0x87a' AS INT64), CAST(CONCAT('0x', 'ff') AS INT64)",
        ['2170', '-2170', '255'],
      ],
      [
        "SELECT CAST('-0x8000000000000000' AS INT64), SAFE_CAST('0x8000000000000000' AS INT64)",
        ['-9223372036854775808', null],
      ],
      ["SELECT CAST('apple' AS INT64)", fails(/Bad int64 value: apple/)],
      ["SELECT CAST('1.5' AS INT64)", fails(/Bad int64 value: 1.5/)],
      ["SELECT SAFE_CAST('apple' AS INT64), SAFE_CAST('x' AS DATE), SAFE_CAST('yes' AS BOOL)", [null, null, null]],
      [
        'SELECT CAST(1.5 AS INT64), CAST(2.5 AS INT64), CAST(-1.5 AS INT64), CAST(-0.5 AS INT64)',
        ['2', '3', '-2', '-1'],
      ],
      ['SELECT CAST(TRUE AS STRING), CAST(1 AS BOOL), CAST(FALSE AS INT64)', ['true', 'true', '0']],
      ["SELECT CAST(TIMESTAMP '2020-06-02 17:00:53.110+00:00' AS STRING)", ['2020-06-02 17:00:53.110+00']],
      [
        "SELECT CAST(TIMESTAMP '2020-06-02 17:00:53' AS STRING), CAST(DATETIME '2020-06-02 17:00:53' AS STRING)",
        ['2020-06-02 17:00:53+00', '2020-06-02 17:00:53'],
      ],
      ["SELECT CAST(NUMERIC '1.50' AS STRING), CAST(1e20 AS STRING), CAST(1.5 AS STRING)", ['1.5', '1e+20', '1.5']],
      ["SELECT CAST('2020-06-02 17:00:53+07' AS TIMESTAMP)", ['1591092053000000']],
      ["SELECT CAST(b'\\xe2\\x98\\x83' AS STRING), CAST('é' AS BYTES)", ['☃', 'w6k=']],
      ['SELECT CAST(1 AS DATE)', fails(/Invalid cast from INT64 to DATE/)],
      ['SELECT CAST([1, 2] AS ARRAY<FLOAT64>)', [[{ v: '1.0' }, { v: '2.0' }]]],
      ['SELECT CAST(1e30 AS INT64)', fails(/./)],
    ],
  },
  {
    group: 'operators',
    doc: `${REFERENCE}/operators`,
    cases: [
      ['SELECT 7 / 2, DIV(7, 2), DIV(-7, 2), MOD(-7, 3)', ['3.5', '3', '-3', '-1']],
      ['SELECT 1 / 0', fails(/division by zero/)],
      ['SELECT MOD(1, 0)', fails(/division by zero/)],
      ['SELECT 9223372036854775807 + 1', fails(/overflow/)],
      [
        "SELECT NUMERIC '1' / NUMERIC '3', NUMERIC '0.1' + NUMERIC '0.2', NUMERIC '-2' / 3",
        ['0.333333333', '0.3', '-0.666666667'],
      ],
      ["SELECT NUMERIC '12345678901234567890.123456789' * 10", ['123456789012345678901.23456789']],
      ["SELECT 1 = 1.0, 'a' < 'b', NULL = NULL, 1 BETWEEN 0 AND 2", ['true', 'true', null, 'true']],
      ["SELECT CAST('nan' AS FLOAT64) = CAST('nan' AS FLOAT64), CAST('nan' AS FLOAT64) > 1", ['false', 'false']],
      ["SELECT 1 = 'a'", fails(/No matching signature for operator =/)],
      ["SELECT 'a_b' LIKE 'a\\\\_b', 'axb' LIKE 'a\\\\_b', 'abc' LIKE 'a%'", ['true', 'false', 'true']],
      ['SELECT 1 IN (1, 2), 3 IN UNNEST([1, 2]), NULL IN (1), 1 NOT IN (SELECT 2)', ['true', 'false', null, 'true']],
      ["SELECT 'a' || 'b', [1] || [2], b'a' || b'b'", ['ab', [{ v: '1' }, { v: '2' }], 'YWI=']],
      ['SELECT 5 & 3, 5 | 3, 5 ^ 3, ~5', ['1', '7', '6', '-6']],
      ['SELECT 1 IS DISTINCT FROM NULL, NULL IS NOT DISTINCT FROM NULL, (1 = 1) IS TRUE', ['true', 'true', 'true']],
      [
        'SELECT [10, 20][OFFSET(0)], [10, 20][ORDINAL(1)], [10, 20][SAFE_OFFSET(2)], [10, 20][0]',
        ['10', '10', null, '10'],
      ],
      ['SELECT [10, 20][OFFSET(2)]', fails(/out of bounds/)],
      ['SELECT 1 + 2 * 3, (1 + 2) * 3, -2 + 1', ['7', '9', '-1']],
    ],
  },
  {
    group: 'conditional expressions',
    doc: `${REFERENCE}/conditional_expressions`,
    cases: [
      ["SELECT IF(TRUE, 1, 2), IFNULL(NULL, 'x'), COALESCE(NULL, NULL, 3), NULLIF(1, 1)", ['1', 'x', '3', null]],
      ["SELECT CASE 2 WHEN 1 THEN 'a' WHEN 2 THEN 'b' ELSE 'c' END, CASE WHEN FALSE THEN 1 END", ['b', null]],
      ["SELECT IF(TRUE, 1, 'a')", fails(/No matching signature/)],
    ],
  },
  {
    group: 'bit shifts',
    doc: `${REFERENCE}/operators#bitwise_operators`,
    cases: [
      ['SELECT 1 << 4, 1 << 64, -1 << 63, 256 >> 4, -1 >> 63', ['16', '0', '-9223372036854775808', '16', '1']],
      ['SELECT 1 << -1', fails(/negative/)],
    ],
  },
  {
    group: 'NUMERIC arithmetic is exact',
    doc: `${REFERENCE}/data-types#decimal_types`,
    cases: [
      [
        "SELECT NUMERIC '99999999999999999999999999999.999999999' * 1, NUMERIC '1.000000001' * NUMERIC '1.000000001'",
        ['99999999999999999999999999999.999999999', '1.000000002'],
      ],
      ["SELECT NUMERIC '99999999999999999999999999999' * 10", fails(/./)],
      [
        "SELECT ROUND(NUMERIC '2.345', 2), ROUND(NUMERIC '-2.5'), CAST(NUMERIC '2.5' AS INT64), NUMERIC '-7.5' * NUMERIC '-0.000000001'",
        ['2.35', '-3', '3', '0.000000008'],
      ],
      ["SELECT ROUND(NUMERIC '125', -1), SAFE_DIVIDE(NUMERIC '1', 3), SAFE_DIVIDE(1, 0)", ['130', '0.333333333', null]],
    ],
  },
  {
    group: 'order, and equality of structs',
    doc: `${REFERENCE}/operators#comparison_operators`,
    cases: [
      ['SELECT [x], x FROM UNNEST([1, 3, 2]) x ORDER BY x DESC', [[{ v: '3' }], '3']],
      ['SELECT DISTINCT x FROM UNNEST([1.5, CAST("nan" AS FLOAT64), 0.5]) x ORDER BY x DESC', ['1.5']],
      ['SELECT DISTINCT x + 1 AS y FROM UNNEST([1, 2]) x ORDER BY y DESC LIMIT 1', ['3']],
      [
        'SELECT (1, 2) = (1, 2), (1, NULL) = (1, NULL), (1, 2) != (1, 3), (1, 2) IN ((1, 2), (3, 4))',
        ['true', null, 'true', 'true'],
      ],
      ["SELECT x FROM (SELECT NULL AS x UNION ALL SELECT 'a') ORDER BY x DESC", ['a']],
    ],
  },
];
