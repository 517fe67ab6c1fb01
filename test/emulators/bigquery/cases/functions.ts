import { type CaseGroup, fails, REFERENCE } from './case.ts';

export const FUNCTIONS: readonly CaseGroup[] = [
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
];
