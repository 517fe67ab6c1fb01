import type { FunctionTable } from './signature.ts';

const anyNull = (args: readonly string[]): string => args.map((arg) => `${arg} IS NULL`).join(' OR ');

const notNegative = (name: string, arg: string): string =>
  `CASE WHEN ${arg} < 0 THEN error('Second argument of ${name} must not be negative') ELSE ${arg} END`;

/** https://cloud.google.com/bigquery/docs/reference/standard-sql/conditional_expressions and …/debugging_functions */
export const CONDITIONAL: FunctionTable = {
  IF: { 'BOOL T T > T': 'CASE WHEN $1 THEN $2 ELSE $3 END' },
  IFNULL: { 'T T > T': 'coalesce($1, $2)' },
  COALESCE: { 'T* > T': 'coalesce($*)' },
  NULLIF: { 'FLOAT64 FLOAT64 > FLOAT64': 'CASE WHEN bq_eq($1, $2) THEN NULL ELSE $1 END', 'T T > T': 'nullif($1, $2)' },
  ERROR: { 'STRING > INT64': 'CAST(error($1) AS BIGINT)' },
};

/** https://cloud.google.com/bigquery/docs/reference/standard-sql/mathematical_functions */
export const MATH: FunctionTable = {
  ABS: {
    'INT64 > INT64': 'abs($1)',
    'NUMERIC > NUMERIC': 'abs($1)',
    'BIGNUMERIC > BIGNUMERIC': 'abs($1)',
    'FLOAT64 > FLOAT64': 'abs($1)',
  },
  SIGN: {
    'INT64 > INT64': 'CAST(sign($1) AS BIGINT)',
    'NUMERIC > NUMERIC': 'CAST(sign($1) AS DECIMAL(38,9))',
    'FLOAT64 > FLOAT64': 'CAST(sign($1) AS DOUBLE)',
  },
  ROUND: {
    'NUMERIC > NUMERIC': 'CAST(round($1) AS DECIMAL(38,9))',
    'NUMERIC INT64 > NUMERIC': 'bq_numeric_round($1, $2)',
    'FLOAT64 > FLOAT64': 'round($1)',
    'FLOAT64 INT64 > FLOAT64': 'round($1, CAST($2 AS INTEGER))',
  },
  TRUNC: { 'NUMERIC > NUMERIC': 'CAST(trunc($1) AS DECIMAL(38,9))', 'FLOAT64 > FLOAT64': 'trunc($1)' },
  CEIL: { 'NUMERIC > NUMERIC': 'CAST(ceil($1) AS DECIMAL(38,9))', 'FLOAT64 > FLOAT64': 'ceil($1)' },
  CEILING: { 'NUMERIC > NUMERIC': 'CAST(ceil($1) AS DECIMAL(38,9))', 'FLOAT64 > FLOAT64': 'ceil($1)' },
  FLOOR: { 'NUMERIC > NUMERIC': 'CAST(floor($1) AS DECIMAL(38,9))', 'FLOAT64 > FLOAT64': 'floor($1)' },
  MOD: {
    'INT64 INT64 > INT64': 'bq_mod($1, $2)',
    'NUMERIC NUMERIC > NUMERIC': 'CAST(bq_mod($1, $2) AS DECIMAL(38,9))',
  },
  DIV: { 'INT64 INT64 > INT64': 'bq_int_div($1, $2)' },
  POW: { 'FLOAT64 FLOAT64 > FLOAT64': 'bq_finite(pow($1, $2), $1, $2)' },
  POWER: { 'FLOAT64 FLOAT64 > FLOAT64': 'bq_finite(pow($1, $2), $1, $2)' },
  SQRT: { 'FLOAT64 > FLOAT64': 'sqrt($1)' },
  EXP: { 'FLOAT64 > FLOAT64': 'bq_finite(exp($1), $1, $1)' },
  LN: { 'FLOAT64 > FLOAT64': 'ln($1)' },
  LOG: { 'FLOAT64 > FLOAT64': 'ln($1)', 'FLOAT64 FLOAT64 > FLOAT64': 'log($2, $1)' },
  LOG10: { 'FLOAT64 > FLOAT64': 'log10($1)' },
  IS_NAN: { 'FLOAT64 > BOOL': 'isnan($1)' },
  IS_INF: { 'FLOAT64 > BOOL': 'isinf($1)' },
  IEEE_DIVIDE: { 'FLOAT64 FLOAT64 > FLOAT64': '($1 / $2)' },
  SAFE_DIVIDE: {
    'FLOAT64 FLOAT64 > FLOAT64': 'CASE WHEN $2 <> 0 THEN bq_safe_finite($1 / $2, $1, $2) END',
    'NUMERIC NUMERIC > NUMERIC': 'CASE WHEN $2 <> 0 THEN bq_numeric_div($1, $2) END',
  },
  SAFE_ADD: { 'INT64 INT64 > INT64': 'TRY($1 + $2)', 'FLOAT64 FLOAT64 > FLOAT64': 'bq_safe_finite($1 + $2, $1, $2)' },
  SAFE_SUBTRACT: {
    'INT64 INT64 > INT64': 'TRY($1 - $2)',
    'FLOAT64 FLOAT64 > FLOAT64': 'bq_safe_finite($1 - $2, $1, $2)',
  },
  SAFE_MULTIPLY: {
    'INT64 INT64 > INT64': 'TRY($1 * $2)',
    'FLOAT64 FLOAT64 > FLOAT64': 'bq_safe_finite($1 * $2, $1, $2)',
  },
  SAFE_NEGATE: { 'INT64 > INT64': 'TRY(-$1)', 'FLOAT64 > FLOAT64': '(-$1)' },
  GREATEST: { 'T* > T': (args) => `CASE WHEN ${anyNull(args)} THEN NULL ELSE greatest(${args.join(', ')}) END` },
  // DuckDB holds NaN above all else, so that its least() is one only where nothing else is there.
  LEAST: {
    'FLOAT64* > FLOAT64': (args) =>
      `CASE WHEN ${anyNull(args)} THEN NULL ELSE -greatest(${args.map((arg) => `-(${arg})`).join(', ')}) END`,
    'T* > T': (args) => `CASE WHEN ${anyNull(args)} THEN NULL ELSE least(${args.join(', ')}) END`,
  },
  BIT_COUNT: { 'INT64 > INT64': 'CAST(bit_count($1) AS BIGINT)' },
};

/** https://cloud.google.com/bigquery/docs/reference/standard-sql/string_functions */
export const STRINGS: FunctionTable = {
  CONCAT: {
    'STRING* > STRING': (args) => `(${args.join(' || ')})`,
    'BYTES* > BYTES': (args) => `(${args.join(' || ')})`,
  },
  SUBSTR: {
    'STRING INT64 > STRING': 'bq_substr($1, $2, length($1))',
    'STRING INT64 INT64 > STRING': 'bq_substr($1, $2, $3)',
    'BYTES INT64 > BYTES': 'bq_byte_substr($1, $2, octet_length($1))',
    'BYTES INT64 INT64 > BYTES': 'bq_byte_substr($1, $2, $3)',
  },
  LENGTH: { 'STRING > INT64': 'length($1)', 'BYTES > INT64': 'octet_length($1)' },
  CHAR_LENGTH: { 'STRING > INT64': 'length($1)' },
  CHARACTER_LENGTH: { 'STRING > INT64': 'length($1)' },
  BYTE_LENGTH: { 'STRING > INT64': 'strlen($1)', 'BYTES > INT64': 'octet_length($1)' },
  OCTET_LENGTH: { 'STRING > INT64': 'strlen($1)', 'BYTES > INT64': 'octet_length($1)' },
  LOWER: { 'STRING > STRING': 'lower($1)' },
  UPPER: { 'STRING > STRING': 'upper($1)' },
  TRIM: { 'STRING > STRING': 'bq_ltrim(bq_rtrim($1))', 'STRING STRING > STRING': 'trim($1, $2)' },
  LTRIM: { 'STRING > STRING': 'bq_ltrim($1)', 'STRING STRING > STRING': 'ltrim($1, $2)' },
  RTRIM: { 'STRING > STRING': 'bq_rtrim($1)', 'STRING STRING > STRING': 'rtrim($1, $2)' },
  REPLACE: { 'STRING STRING STRING > STRING': "CASE WHEN $2 = '' THEN $1 ELSE replace($1, $2, $3) END" },
  SPLIT: { 'STRING > STRING[]': "string_split($1, ',')", 'STRING STRING > STRING[]': 'string_split($1, $2)' },
  STARTS_WITH: { 'STRING STRING > BOOL': 'starts_with($1, $2)' },
  ENDS_WITH: { 'STRING STRING > BOOL': 'ends_with($1, $2)' },
  STRPOS: { 'STRING STRING > INT64': 'strpos($1, $2)' },
  INSTR: { 'STRING STRING > INT64': 'strpos($1, $2)' },
  REPEAT: { 'STRING INT64 > STRING': `repeat($1, ${notNegative('REPEAT', '$2')})` },
  REVERSE: { 'STRING > STRING': 'reverse($1)' },
  LEFT: { 'STRING INT64 > STRING': 'bq_substr($1, 1, $2)' },
  RIGHT: {
    'STRING INT64 > STRING':
      "CASE WHEN $2 < 0 THEN CAST(error('Second argument of RIGHT must be non-negative') AS VARCHAR) ELSE right($1, $2) END",
  },
  LPAD: {
    'STRING INT64 > STRING': `lpad($1, CAST(${notNegative('LPAD', '$2')} AS INTEGER), ' ')`,
    'STRING INT64 STRING > STRING': `lpad($1, CAST(${notNegative('LPAD', '$2')} AS INTEGER), $3)`,
  },
  RPAD: {
    'STRING INT64 > STRING': `rpad($1, CAST(${notNegative('RPAD', '$2')} AS INTEGER), ' ')`,
    'STRING INT64 STRING > STRING': `rpad($1, CAST(${notNegative('RPAD', '$2')} AS INTEGER), $3)`,
  },
  CHR: { 'INT64 > STRING': "CASE WHEN $1 = 0 THEN '' ELSE chr(CAST($1 AS INTEGER)) END" },
  ASCII: {
    'STRING > INT64':
      "CASE WHEN ascii($1) > 127 THEN error('ASCII: the first character is none of ASCII') ELSE CAST(ascii($1) AS BIGINT) END",
  },
  UNICODE: { 'STRING > INT64': "CAST(CASE WHEN $1 = '' THEN 0 ELSE unicode($1) END AS BIGINT)" },
  REGEXP_CONTAINS: { 'STRING STRING > BOOL': 'regexp_matches($1, $2)' },
  REGEXP_REPLACE: { 'STRING STRING STRING > STRING': "regexp_replace($1, $2, $3, 'g')" },
  TO_HEX: { 'BYTES > STRING': 'lower(hex($1))' },
  FROM_HEX: { 'STRING > BYTES': "unhex(CASE WHEN length($1) % 2 = 1 THEN '0' || $1 ELSE $1 END)" },
  TO_BASE64: { 'BYTES > STRING': 'to_base64($1)' },
  FROM_BASE64: { 'STRING > BYTES': 'from_base64($1)' },
  MD5: { 'STRING > BYTES': 'unhex(md5($1))', 'BYTES > BYTES': 'unhex(md5($1))' },
  SHA1: { 'STRING > BYTES': 'unhex(sha1($1))', 'BYTES > BYTES': 'unhex(sha1($1))' },
  SHA256: { 'STRING > BYTES': 'unhex(sha256($1))', 'BYTES > BYTES': 'unhex(sha256($1))' },
  FARM_FINGERPRINT: { 'STRING > INT64': 'bq_farm_fingerprint(encode($1))', 'BYTES > INT64': 'bq_farm_fingerprint($1)' },
};

/** https://cloud.google.com/bigquery/docs/reference/standard-sql/array_functions */
export const ARRAYS: FunctionTable = {
  ARRAY_LENGTH: { 'T[] > INT64': 'len($1)' },
  ARRAY_CONCAT: {
    'T[]* > T[]': (args) => `CASE WHEN ${anyNull(args)} THEN NULL ELSE list_concat(${args.join(', ')}) END`,
  },
  ARRAY_REVERSE: { 'T[] > T[]': 'list_reverse($1)' },
  ARRAY_FIRST: {
    'T[] > T':
      "CASE WHEN len($1) = 0 THEN error('ARRAY_FIRST cannot get the first element of an empty array') ELSE $1[1] END",
  },
  ARRAY_LAST: {
    'T[] > T':
      "CASE WHEN len($1) = 0 THEN error('ARRAY_LAST cannot get the last element of an empty array') ELSE $1[-1] END",
  },
  ARRAY_TO_STRING: {
    'STRING[] STRING > STRING': 'bq_array_to_string($1, $2)',
    'STRING[] STRING STRING > STRING': 'bq_array_to_string(list_transform($1, lambda e: coalesce(e, $3)), $2)',
  },
  GENERATE_ARRAY: {
    'INT64 INT64 > INT64[]': 'generate_series($1, $2)',
    'INT64 INT64 INT64 > INT64[]':
      "CASE WHEN $3 = 0 THEN error('Sequence step cannot be 0.') ELSE generate_series($1, $2, $3) END",
  },
};

/** https://cloud.google.com/bigquery/docs/reference/standard-sql/json_functions */
export const JSONS: FunctionTable = {
  PARSE_JSON: { 'STRING > JSON': 'CAST($1 AS JSON)' },
  JSON_VALUE: {
    'JSON STRING > STRING': 'bq_json_value($1, $2)',
    'STRING STRING > STRING': 'bq_json_value(CAST($1 AS JSON), $2)',
    'JSON > STRING': "bq_json_value($1, '$')",
  },
  JSON_EXTRACT_SCALAR: {
    'JSON STRING > STRING': 'bq_json_value($1, $2)',
    'STRING STRING > STRING': 'bq_json_value(CAST($1 AS JSON), $2)',
  },
  JSON_QUERY: {
    'JSON STRING > JSON': 'json_extract($1, $2)',
    'STRING STRING > STRING': 'bq_json_query(CAST($1 AS JSON), $2)',
  },
  JSON_EXTRACT: {
    'JSON STRING > JSON': 'json_extract($1, $2)',
    'STRING STRING > STRING': 'bq_json_query(CAST($1 AS JSON), $2)',
  },
};

/** The part of https://cloud.google.com/bigquery/docs/reference/standard-sql/timestamp_functions that takes no date part */
export const TIMES: FunctionTable = {
  DATE: {
    'TIMESTAMP > DATE': "CAST(timezone('UTC', $1) AS DATE)",
    'TIMESTAMP STRING > DATE': 'CAST(timezone($2, $1) AS DATE)',
    'DATETIME > DATE': 'CAST($1 AS DATE)',
    'DATE > DATE': '$1',
    'STRING > DATE': 'bq_date($1)',
    'INT64 INT64 INT64 > DATE': 'make_date($1, $2, $3)',
  },
  TIMESTAMP: {
    'TIMESTAMP > TIMESTAMP': '$1',
    'STRING > TIMESTAMP': 'bq_timestamp($1)',
    'STRING STRING > TIMESTAMP': 'timezone($2, bq_datetime($1))',
    'DATE > TIMESTAMP': 'CAST($1 AS TIMESTAMPTZ)',
    'DATE STRING > TIMESTAMP': 'timezone($2, CAST($1 AS TIMESTAMP))',
    'DATETIME > TIMESTAMP': "timezone('UTC', $1)",
    'DATETIME STRING > TIMESTAMP': 'timezone($2, $1)',
  },
  DATETIME: {
    'DATETIME > DATETIME': '$1',
    'TIMESTAMP > DATETIME': "timezone('UTC', $1)",
    'TIMESTAMP STRING > DATETIME': 'timezone($2, $1)',
    'DATE > DATETIME': 'CAST($1 AS TIMESTAMP)',
    'DATE TIME > DATETIME': '($1 + $2)',
    'INT64 INT64 INT64 INT64 INT64 INT64 > DATETIME': 'make_timestamp($1, $2, $3, $4, $5, CAST($6 AS DOUBLE))',
  },
  TIME: {
    'TIMESTAMP > TIME': "CAST(timezone('UTC', $1) AS TIME)",
    'TIMESTAMP STRING > TIME': 'CAST(timezone($2, $1) AS TIME)',
    'DATETIME > TIME': 'CAST($1 AS TIME)',
    'INT64 INT64 INT64 > TIME': 'make_time($1, $2, CAST($3 AS DOUBLE))',
  },
  STRING: {
    'TIMESTAMP > STRING': 'bq_timestamp_string($1)',
    'DATETIME > STRING': 'bq_datetime_string($1)',
    'DATE > STRING': "strftime($1, '%Y-%m-%d')",
  },
  UNIX_MICROS: { 'TIMESTAMP > INT64': 'epoch_us($1)' },
  UNIX_MILLIS: { 'TIMESTAMP > INT64': 'bq_floor_div(epoch_us($1), 1000)' },
  UNIX_SECONDS: { 'TIMESTAMP > INT64': 'bq_floor_div(epoch_us($1), 1000000)' },
  UNIX_DATE: { 'DATE > INT64': "date_diff('day', DATE '1970-01-01', $1)" },
  DATE_FROM_UNIX_DATE: { 'INT64 > DATE': "bq_in_calendar(DATE '1970-01-01' + CAST($1 AS INTEGER))" },
  TIMESTAMP_MICROS: { 'INT64 > TIMESTAMP': "bq_in_calendar(timezone('UTC', make_timestamp($1)))" },
  TIMESTAMP_MILLIS: { 'INT64 > TIMESTAMP': "bq_in_calendar(timezone('UTC', make_timestamp($1 * 1000)))" },
  TIMESTAMP_SECONDS: { 'INT64 > TIMESTAMP': "bq_in_calendar(timezone('UTC', make_timestamp($1 * 1000000)))" },
  LAST_DAY: { 'DATE > DATE': 'last_day($1)' },
};

export const SCALAR_FUNCTIONS: FunctionTable = { ...CONDITIONAL, ...MATH, ...STRINGS, ...ARRAYS, ...JSONS, ...TIMES };
