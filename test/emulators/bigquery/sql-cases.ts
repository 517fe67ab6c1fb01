/**
 * GoogleSQL in, wire values out. What is expected is written from Google's reference (`doc`), never from our own output.
 * A scalar on the wire is text, NULL is null, an array [{v}], a struct {f:[{v}]}; TIMESTAMP is microseconds.
 */
export interface CaseGroup {
  readonly group: string;
  readonly doc: string;
  readonly cases: readonly (readonly [sql: string, expected: readonly unknown[] | { readonly error: RegExp }])[];
}

const REFERENCE = 'https://cloud.google.com/bigquery/docs/reference/standard-sql';
const fails = (error: RegExp): { readonly error: RegExp } => ({ error });

export const CASES: readonly CaseGroup[] = [
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
    group: 'string functions',
    doc: `${REFERENCE}/string_functions`,
    cases: [
      [
        "SELECT SUBSTR('apple', 2), SUBSTR('apple', 2, 2), SUBSTR('apple', -2), SUBSTR('apple', 1, 123), SUBSTR('apple', 0, 2)",
        ['pple', 'pp', 'le', 'apple', 'ap'],
      ],
      ["SELECT LENGTH('абвгд'), BYTE_LENGTH('абвгд'), LENGTH(b'абвгд')", ['5', '10', '10']],
      [
        "SELECT CONCAT('a', NULL), TRIM('  x\\t'), TRIM('***x**', '*'), UPPER('ä'), REVERSE('abc')",
        [null, 'x', 'x', 'Ä', 'cba'],
      ],
      ["SELECT SPLIT('a,b'), SPLIT('', ',')", [[{ v: 'a' }, { v: 'b' }], [{ v: '' }]]],
      [
        "SELECT STARTS_WITH('bar', 'b'), ENDS_WITH('apple', 'e'), STRPOS('foo@x', '@'), REPLACE('apple pie', 'pie', 'cobbler')",
        ['true', 'true', '4', 'apple cobbler'],
      ],
      [
        "SELECT REGEXP_CONTAINS('foo@example.com', r'@[a-z]+\\.com'), REGEXP_EXTRACT('foo@example.com', r'^[a-z]+'), REGEXP_EXTRACT('user:x', r':(.)'), REGEXP_EXTRACT('a', 'b')",
        ['true', 'foo', 'x', null],
      ],
      ["SELECT REGEXP_REPLACE('# Heading', r'^# ([a-zA-Z0-9\\s]+$)', '<h1>\\\\1</h1>')", ['<h1>Heading</h1>']],
      [
        "SELECT TO_HEX(b'\\x00\\x01\\xff'), FROM_HEX('00ff'), TO_BASE64(b'\\xff'), FROM_BASE64('/w==')",
        ['0001ff', 'AP8=', '/w==', '/w=='],
      ],
      [
        "SELECT TO_HEX(MD5('')), TO_HEX(SHA256('abc'))",
        ['d41d8cd98f00b204e9800998ecf8427e', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
      ],
      [
        "SELECT FORMAT('%d %s %t %05d %.2f %%', 10, 'x', DATE '2015-09-01', 42, 1.005)",
        ['10 x 2015-09-01 00042 1.00 %'],
      ],
      [
        "SELECT LPAD('abc', 5), RPAD('abc', 5, '*'), REPEAT('ab', 2), LEFT('apple', 3), RIGHT('apple', 3)",
        ['  abc', 'abc**', 'abab', 'app', 'ple'],
      ],
    ],
  },
  {
    group: 'hash functions: the examples of the page',
    doc: `${REFERENCE}/hash_functions#farm_fingerprint`,
    cases: [
      ["SELECT FARM_FINGERPRINT(CONCAT(CAST(1 AS STRING), 'foo', CAST(TRUE AS STRING)))", ['-1541654101129638711']],
      ["SELECT FARM_FINGERPRINT(CONCAT(CAST(2 AS STRING), 'apple', CAST(FALSE AS STRING)))", ['2794438866806483259']],
      ["SELECT FARM_FINGERPRINT(CONCAT(CAST(3 AS STRING), '', CAST(TRUE AS STRING)))", ['-4880158226897771312']],
    ],
  },
  {
    group: 'array functions',
    doc: `${REFERENCE}/array_functions`,
    cases: [
      [
        "SELECT ARRAY_LENGTH([1, 2]), ARRAY_LENGTH(CAST([] AS ARRAY<INT64>)), ARRAY_TO_STRING(['coffee', NULL, 'milk'], '--'), ARRAY_TO_STRING(['cake', NULL], '--', 'MISSING')",
        ['2', '0', 'coffee--milk', 'cake--MISSING'],
      ],
      [
        'SELECT GENERATE_ARRAY(0, 10, 3), GENERATE_ARRAY(10, 0, -5), GENERATE_ARRAY(4, 1)',
        [[{ v: '0' }, { v: '3' }, { v: '6' }, { v: '9' }], [{ v: '10' }, { v: '5' }, { v: '0' }], []],
      ],
      [
        "SELECT GENERATE_DATE_ARRAY('2016-01-01', '2016-03-31', INTERVAL 1 MONTH)",
        [[{ v: '2016-01-01' }, { v: '2016-02-01' }, { v: '2016-03-01' }]],
      ],
      [
        'SELECT ARRAY_CONCAT([1], [2, 3]), ARRAY_REVERSE([1, 2]), ARRAY(SELECT x FROM UNNEST([3, 1]) x ORDER BY x)',
        [
          [{ v: '1' }, { v: '2' }, { v: '3' }],
          [{ v: '2' }, { v: '1' }],
          [{ v: '1' }, { v: '3' }],
        ],
      ],
      ['SELECT [1, NULL]', fails(/null element/)],
    ],
  },
  {
    group: 'date and timestamp functions',
    doc: `${REFERENCE}/timestamp_functions`,
    cases: [
      [
        "SELECT DATE_ADD('2008-12-25', INTERVAL 5 DAY), DATE_ADD('2024-01-31', INTERVAL 1 MONTH), DATE_SUB('2008-12-25', INTERVAL 5 DAY)",
        ['2008-12-30', '2024-02-29', '2008-12-20'],
      ],
      [
        "SELECT DATE_DIFF('2010-07-07', '2008-12-25', DAY), DATE_DIFF('2017-10-15', '2017-10-14', WEEK), DATE_DIFF('2017-12-18', '2017-12-17', WEEK), DATE_DIFF('2017-12-18', '2017-12-17', WEEK(MONDAY)), DATE_DIFF('2017-12-30', '2014-12-30', YEAR)",
        ['559', '1', '0', '1', '3'],
      ],
      [
        "SELECT DATE_TRUNC('2008-12-25', MONTH), DATE_TRUNC(DATE '2017-11-05', WEEK(MONDAY)), DATE_TRUNC(DATE '2017-11-08', WEEK)",
        ['2008-12-01', '2017-10-30', '2017-11-05'],
      ],
      [
        "SELECT TIMESTAMP_TRUNC('2008-12-25 15:30:00+00', DAY, 'UTC'), TIMESTAMP_TRUNC('2008-12-25 15:30:00+00', DAY, 'America/Los_Angeles')",
        ['1230163200000000', '1230192000000000'],
      ],
      [
        "SELECT TIMESTAMP_ADD('2008-12-25 15:30:00+00', INTERVAL 10 MINUTE), TIMESTAMP_SUB('2008-12-25 15:30:00+00', INTERVAL 10 MINUTE)",
        ['1230219600000000', '1230218400000000'],
      ],
      [
        "SELECT TIMESTAMP_DIFF('2010-07-07 10:20:00+00', '2008-12-25 15:30:00+00', HOUR), TIMESTAMP_DIFF('2018-08-14', '2018-10-14', DAY), TIMESTAMP_DIFF('2001-02-01 01:00:00', '2001-02-01 00:00:01', HOUR)",
        ['13410', '-61', '0'],
      ],
      [
        "SELECT EXTRACT(DAY FROM DATE '2013-12-25'), EXTRACT(DAYOFWEEK FROM DATE '2024-01-07'), EXTRACT(WEEK FROM DATE '2017-11-05'), EXTRACT(ISOWEEK FROM DATE '2015-12-31'), EXTRACT(HOUR FROM TIMESTAMP '2008-12-25 05:30:00+00' AT TIME ZONE 'America/Los_Angeles')",
        ['25', '1', '45', '53', '21'],
      ],
      [
        "SELECT UNIX_MICROS('2008-12-25 15:30:00+00'), UNIX_SECONDS('1970-01-01 00:00:01.8+00'), UNIX_SECONDS('1969-12-31 23:59:58.2+00'), UNIX_DATE(DATE '2008-12-25')",
        ['1230219000000000', '1', '-2', '14238'],
      ],
      [
        'SELECT TIMESTAMP_MICROS(1230219000000000), TIMESTAMP_MILLIS(1230219000000), TIMESTAMP_SECONDS(1230219000)',
        ['1230219000000000', '1230219000000000', '1230219000000000'],
      ],
      [
        "SELECT DATE(2016, 12, 25), DATE(DATETIME '2016-12-25 23:59:59'), DATE(TIMESTAMP '2016-12-25 05:30:00+07', 'America/Los_Angeles'), TIMESTAMP('2008-12-25 15:30:00', 'America/Los_Angeles')",
        ['2016-12-25', '2016-12-25', '2016-12-24', '1230247800000000'],
      ],
      ["SELECT FORMAT_DATE('%x', DATE '2008-12-25')", fails(/does not support/)],
      [
        "SELECT FORMAT_DATE('%b %Y', DATE '2008-12-25'), FORMAT_TIMESTAMP('%Y-%m-%dT%H:%M:%SZ', TIMESTAMP '2050-12-25 15:30:55+00')",
        ['Dec 2008', '2050-12-25T15:30:55Z'],
      ],
      [
        "SELECT PARSE_DATE('%Y%m%d', '20081225'), PARSE_TIMESTAMP('%Y-%m-%d %H:%M:%S', '2008-12-25 07:30:00')",
        ['2008-12-25', '1230190200000000'],
      ],
      [
        "SELECT DATETIME_DIFF(DATETIME '2010-07-07 10:20:00', DATETIME '2008-12-25 15:30:00', DAY), DATETIME_TRUNC(DATETIME '2008-12-25 15:30:00', DAY)",
        ['559', '2008-12-25T00:00:00'],
      ],
    ],
  },
  {
    group: 'aggregates',
    doc: `${REFERENCE}/aggregate_functions`,
    cases: [
      [
        'SELECT COUNT(*), COUNT(x), SUM(x), AVG(x), MIN(x), MAX(x), COUNTIF(x > 1) FROM UNNEST([1, 2, NULL]) x',
        ['3', '2', '3', '1.5', '1', '2', '1'],
      ],
      [
        "SELECT STRING_AGG(x), STRING_AGG(x, ' & ' ORDER BY x DESC) FROM UNNEST(['apple', 'pear', NULL]) x",
        ['apple,pear', 'pear & apple'],
      ],
      [
        'SELECT ARRAY_AGG(x IGNORE NULLS ORDER BY x LIMIT 2) FROM UNNEST([3, NULL, 1, 2]) x',
        [[{ v: '1' }, { v: '2' }]],
      ],
      [
        'SELECT LOGICAL_AND(x > 0), LOGICAL_OR(x > 2), BIT_XOR(x), COUNT(DISTINCT x) FROM UNNEST([1, 2, 2]) x',
        ['true', 'false', '1', '2'],
      ],
      ["SELECT SUM(x), AVG(x) FROM UNNEST([NUMERIC '1.1', NUMERIC '2.2', NUMERIC '0.1']) x", ['3.4', '1.133333333']],
      ["SELECT ANY_VALUE(f HAVING MAX s) FROM UNNEST([STRUCT('a' AS f, 1 AS s), ('b', 9)])", ['b']],
      ['SELECT SUM(x) FROM UNNEST([9223372036854775807, 1]) x', fails(/./)],
      ['SELECT SUM(x) FROM UNNEST(CAST([] AS ARRAY<INT64>)) x', [null]],
    ],
  },
  {
    group: 'json functions',
    doc: `${REFERENCE}/json_functions`,
    cases: [
      [
        'SELECT JSON_VALUE(\'{"name": "Jakob", "age": "6"}\', \'$.age\'), JSON_VALUE(\'{"a": {"b": 1}}\', \'$.a\'), JSON_QUERY(\'{"a": {"b": 1}}\', \'$.a\')',
        ['6', null, '{"b":1}'],
      ],
      [
        "SELECT TO_JSON_STRING(STRUCT(1 AS id, [10, 20] AS coordinates, 'a\"b' AS s, NULL AS n, TRUE AS t))",
        ['{"id":1,"coordinates":[10,20],"s":"a\\"b","n":null,"t":true}'],
      ],
      [
        "SELECT TO_JSON_STRING(9007199254740993), TO_JSON_STRING(9007199254740992), TO_JSON_STRING(TIMESTAMP '2017-05-24 16:30:00+00')",
        ['"9007199254740993"', '9007199254740992', '"2017-05-24T16:30:00Z"'],
      ],
    ],
  },
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
  {
    group: 'bit shifts',
    doc: `${REFERENCE}/operators#bitwise_operators`,
    cases: [
      ['SELECT 1 << 4, 1 << 64, -1 << 63, 256 >> 4, -1 >> 63', ['16', '0', '-9223372036854775808', '16', '1']],
      ['SELECT 1 << -1', fails(/negative/)],
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
