import { UNSUPPORTED } from '../errors.ts';
import { BIGNUMERIC_SCALE, DECIMAL_DIGITS, NUMERIC_SCALE } from '../types/types.ts';

const NUMERIC = `DECIMAL(38,${NUMERIC_SCALE})`;
const BIGNUMERIC = `DECIMAL(38,${BIGNUMERIC_SCALE})`;
const BLANK = '[\\s\\p{Z}\\x{85}]';

const DECIMAL_TEXT = "'^\\s*[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?\\s*$'";
/** As much of a BIGNUMERIC as fits DuckDB's DECIMAL; the rest is refused, by SAFE_CAST too, for Google would hold it. */
const BIGNUMERIC_TEXT = `^\\s*[+-]?0*(\\d{1,${DECIMAL_DIGITS - BIGNUMERIC_SCALE}}(\\.\\d{0,${BIGNUMERIC_SCALE}}0*)?|\\.\\d{1,${BIGNUMERIC_SCALE}}0*)\\s*$`;

/** Parsing of text: what CAST accepts, and the macro that refuses or, for SAFE_CAST, answers NULL. */
const PARSERS: readonly (readonly [name: string, type: string, duck: string, accepts: string, value: string])[] = [
  ['int64', 'int64', 'BIGINT', "'^\\s*[+-]?(0[xX][0-9a-fA-F]+|\\d+)\\s*$'", 'bq_parse_int64(s)'],
  [
    'float64',
    'double',
    'DOUBLE',
    "'(?i)^\\s*[+-]?(\\d+\\.?\\d*|\\.\\d+|inf|infinity|nan)(e[+-]?\\d+)?\\s*$'",
    'TRY_CAST(s AS DOUBLE)',
  ],
  ['numeric', 'NUMERIC', NUMERIC, DECIMAL_TEXT, `TRY_CAST(s AS ${NUMERIC})`],
  ['bignumeric', 'BIGNUMERIC', BIGNUMERIC, DECIMAL_TEXT, 'bq_parse_bignumeric(s)'],
  ['bool', 'bool', 'BOOLEAN', "'(?i)^\\s*(true|false)\\s*$'", 'TRY_CAST(trim(s) AS BOOLEAN)'],
  ['date', 'date', 'DATE', "'^\\s*\\d{1,4}-\\d{1,2}-\\d{1,2}\\s*$'", 'TRY_CAST(s AS DATE)'],
  ['time', 'time', 'TIME', "'^\\s*\\d{1,2}:\\d{1,2}:\\d{1,2}(\\.\\d{1,6})?\\s*$'", 'TRY_CAST(trim(s) AS TIME)'],
  [
    'datetime',
    'datetime',
    'TIMESTAMP',
    "'^\\s*\\d{1,4}-\\d{1,2}-\\d{1,2}([ Tt]\\d{1,2}:\\d{1,2}:\\d{1,2}(\\.\\d{1,6})?)?\\s*$'",
    "TRY_CAST(replace(trim(s), 't', 'T') AS TIMESTAMP)",
  ],
  [
    'timestamp',
    'timestamp',
    'TIMESTAMPTZ',
    "'^\\s*\\d{1,4}-\\d{1,2}-\\d{1,2}([ Tt]\\d{1,2}:\\d{1,2}:\\d{1,2}(\\.\\d{1,6})?)?\\s*([Zz]|[+-]\\d{1,2}(:\\d{2})?|[A-Za-z_]+(/[A-Za-z_+-]+)*)?\\s*$'",
    "TRY_CAST(regexp_replace(trim(s), '([+-])(\\d)(:|$)', '\\10\\2\\3') AS TIMESTAMPTZ)",
  ],
];

const PLAIN: readonly string[] = [
  // FLOAT64 overflow is an error in GoogleSQL, infinity in DuckDB.
  `bq_finite(r, a, b) AS CASE WHEN isinf(r) AND NOT isinf(a) AND NOT isinf(b) THEN error('double overflow: ' || a || ', ' || b) ELSE r END`,
  `bq_safe_finite(r, a, b) AS CASE WHEN isinf(r) AND NOT isinf(a) AND NOT isinf(b) THEN NULL ELSE r END`,
  `bq_div(a, b) AS CASE WHEN b = 0 THEN error('division by zero: ' || a || ' / ' || b) ELSE bq_finite(a / b, a, b) END`,
  `bq_int_div(a, b) AS CASE WHEN b = 0 THEN error('division by zero: DIV(' || a || ', ' || b || ')') ELSE a // b END`,
  `bq_mod(a, b) AS CASE WHEN b = 0 THEN error('division by zero: MOD(' || a || ', ' || b || ')') ELSE a % b END`,
  `bq_floor_div(a, b) AS ((a - ((a % b) + b) % b) // b)`,
  // DuckDB divides DECIMALs as DOUBLEs. Here the unscaled values are divided, rounded half away from zero.
  `bq_unscaled(d) AS CAST(replace(CAST(d AS VARCHAR), '.', '') AS HUGEINT)`,
  `bq_round_div(n, d) AS (n // d + CASE WHEN 2 * abs(n % d) >= abs(d) THEN CASE WHEN (n < 0) = (d < 0) THEN 1 ELSE -1 END ELSE 0 END)`,
  `bq_numeric_div(a, b) AS CASE WHEN b = 0 THEN error('division by zero: ' || a || ' / ' || b) ELSE bq_scaled(bq_round_div(bq_unscaled(a) * 1000000000, bq_unscaled(b))) END`,
  // A product of two DECIMAL(38,9) has no room in DuckDB; by halves of nine digits every product that NUMERIC holds is exact.
  `bq_halves_mul(ah, al, bh, bl) AS ah * bh * 1000000000 + ah * bl + al * bh + bq_round_div(al * bl, CAST(1000000000 AS HUGEINT))`,
  `bq_unscaled_mul(a, b) AS bq_halves_mul(a // 1000000000, a % 1000000000, b // 1000000000, b % 1000000000)`,
  `bq_scaled(h) AS CAST(CAST(h // 1000000000 AS ${NUMERIC}) + CAST(CAST(h % 1000000000 AS DECIMAL(18,0)) * 0.000000001 AS ${NUMERIC}) AS ${NUMERIC})`,
  `bq_numeric_mul(a, b) AS bq_scaled(bq_unscaled_mul(bq_unscaled(a), bq_unscaled(b)))`,
  // A product with more digits than DuckDB's BIGNUMERIC keeps would be rounded where Google rounds not.
  `bq_exact_bignumeric(p) AS CASE WHEN p <> CAST(p AS ${BIGNUMERIC}) THEN CAST(error('${UNSUPPORTED}BIGNUMERIC beyond its digits here: ' || p) AS ${BIGNUMERIC}) ELSE CAST(p AS ${BIGNUMERIC}) END`,
  `bq_numeric_round(a, n) AS CASE WHEN n >= ${NUMERIC_SCALE} THEN a ELSE bq_scaled(bq_round_div(bq_unscaled(a), CAST(pow(10, ${NUMERIC_SCALE} - n) AS HUGEINT)) * CAST(pow(10, ${NUMERIC_SCALE} - n) AS HUGEINT)) END`,
  `bq_shift_left(a, n) AS CASE WHEN n < 0 THEN error('Bitwise shift by negative offset.') WHEN n > 63 THEN 0 ELSE CAST(CAST(CAST(a AS BIT) << CAST(n AS INTEGER) AS BIGINT) AS BIGINT) END`,
  `bq_shift_right(a, n) AS CASE WHEN n < 0 THEN error('Bitwise shift by negative offset.') WHEN n > 63 THEN 0 ELSE CAST(CAST(CAST(a AS BIT) >> CAST(n AS INTEGER) AS BIGINT) AS BIGINT) END`,
  // Comparisons with NaN are false in GoogleSQL, but for !=.
  `bq_eq(a, b) AS (a = b AND NOT isnan(a))`,
  `bq_ne(a, b) AS (a <> b OR isnan(a))`,
  `bq_lt(a, b) AS (a < b AND NOT isnan(b))`,
  `bq_gt(a, b) AS (a > b AND NOT isnan(a))`,
  `bq_le(a, b) AS (a <= b AND NOT isnan(b))`,
  `bq_ge(a, b) AS (a >= b AND NOT isnan(a))`,
  // NaN goes before -infinity.
  `bq_sort_key(x) AS CASE WHEN x IS NOT NULL THEN struct_pack(number := NOT isnan(x), v := x) END`,
  `bq_finite_sum(s) AS CASE WHEN isinf(s) THEN CAST(error('${UNSUPPORTED}a SUM or AVG that is infinite') AS DOUBLE) ELSE s END`,
  // DuckDB's calendar goes on where GoogleSQL's ends.
  `bq_in_calendar(t) AS CASE WHEN year(t) NOT BETWEEN 1 AND 9999 THEN error('the date or timestamp overflows: ' || t) ELSE t END`,
  `bq_not_nan(x) AS CASE WHEN isnan(x) THEN CAST(error('${UNSUPPORTED}NaN after HAVING MAX/MIN') AS DOUBLE) ELSE x END`,
  `bq_at_offset(l, i) AS CASE WHEN i < 0 OR i >= len(l) THEN error('Array index ' || i || ' is out of bounds (offset)') ELSE l[i + 1] END`,
  `bq_at_ordinal(l, i) AS CASE WHEN i < 1 OR i > len(l) THEN error('Array index ' || i || ' is out of bounds (ordinal)') ELSE l[i] END`,
  `bq_safe_at_offset(l, i) AS CASE WHEN i >= 0 AND i < len(l) THEN l[i + 1] END`,
  `bq_safe_at_ordinal(l, i) AS CASE WHEN i >= 1 AND i <= len(l) THEN l[i] END`,
  `bq_array_to_string(l, d) AS CASE WHEN l IS NULL OR d IS NULL THEN NULL ELSE coalesce(array_to_string(l, d), '') END`,
  `bq_position(p, n) AS CASE WHEN p = 0 OR p < -n THEN 1 ELSE p END`,
  `bq_substr(s, p, n) AS CASE WHEN n < 0 THEN error('Third argument in SUBSTR() cannot be negative') ELSE substr(s, bq_position(p, length(s)), n) END`,
  `bq_byte_substr_hex(h, p, z, n) AS substr(h, CASE WHEN p < 0 THEN 2 * (z + p) + 1 ELSE 2 * p - 1 END, 2 * n)`,
  `bq_byte_substr(b, p, n) AS unhex(bq_byte_substr_hex(hex(b), bq_position(p, octet_length(b)), octet_length(b), n))`,
  `bq_ltrim(s) AS regexp_replace(s, '^${BLANK}+', '')`,
  `bq_rtrim(s) AS regexp_replace(s, '${BLANK}+$', '')`,
  `bq_fraction(us) AS CASE WHEN us = 0 THEN '' WHEN us % 1000 = 0 THEN printf('.%03d', us // 1000) ELSE printf('.%06d', us) END`,
  `bq_datetime_string(t) AS strftime(t, '%Y-%m-%d %H:%M:%S') || bq_fraction(CAST(extract(MICROSECOND FROM t) % 1000000 AS BIGINT))`,
  `bq_timestamp_string(t) AS bq_datetime_string(timezone('UTC', t)) || '+00'`,
  `bq_time_us(t) AS (extract(HOUR FROM t) * 3600000000 + extract(MINUTE FROM t) * 60000000 + extract(MICROSECOND FROM t))`,
  `bq_time_string(t) AS strftime(DATE '2000-01-01' + t, '%H:%M:%S') || bq_fraction(CAST(extract(MICROSECOND FROM t) % 1000000 AS BIGINT))`,
  // The shortest of 15 or 17 digits that reads back as the same value, as Google prints FLOAT64.
  `bq_float_string(x) AS CASE WHEN isnan(x) THEN 'nan' WHEN isinf(x) THEN CASE WHEN x > 0 THEN 'inf' ELSE '-inf' END WHEN x = 0 THEN '0' WHEN CAST(printf('%.15g', x) AS DOUBLE) = x THEN printf('%.15g', x) ELSE printf('%.17g', x) END`,
  `bq_float_text(x) AS CASE WHEN regexp_matches(bq_float_string(x), '[.enia]') THEN bq_float_string(x) ELSE bq_float_string(x) || '.0' END`,
  `bq_decimal_string(x) AS CASE WHEN x = 0 THEN '0' ELSE rtrim(rtrim(CAST(x AS VARCHAR), '0'), '.') END`,
  `bq_json_int64(x) AS CASE WHEN x BETWEEN -9007199254740992 AND 9007199254740992 THEN CAST(x AS VARCHAR) ELSE '"' || x || '"' END`,
  `bq_json_float64(x) AS CASE WHEN isnan(x) THEN '"NaN"' WHEN isinf(x) THEN CASE WHEN x > 0 THEN '"Infinity"' ELSE '"-Infinity"' END ELSE bq_float_string(x) END`,
  `bq_json_decimal(x) AS CASE WHEN length(regexp_replace(bq_decimal_string(x), '[-.]|^-?0\\.0*', '', 'g')) <= 15 THEN bq_decimal_string(x) ELSE '"' || bq_decimal_string(x) || '"' END`,
  `bq_json_value(j, p) AS CASE WHEN json_type(j, p) IN ('OBJECT', 'ARRAY', 'NULL') THEN NULL ELSE json_extract_string(j, p) END`,
  `bq_json_query(j, p) AS CAST(json_extract(j, p) AS VARCHAR)`,
  `bq_week_index(d, f) AS CAST(floor((date_diff('day', DATE '1970-01-01', CAST(d AS DATE)) + 4 - f) / 7) AS BIGINT)`,
  `bq_week_start(t, f) AS CAST(CAST(t AS DATE) - CAST((extract(DOW FROM t) - f + 7) % 7 AS INTEGER) AS TIMESTAMP)`,
  `bq_no_nulls(l, f) AS CASE WHEN len(list_filter(l, lambda e: e IS NULL)) > 0 THEN error('Array cannot have a null element; error in writing field ' || f) ELSE coalesce(l, []) END`,
  `bq_max_length(s, n, f) AS CASE WHEN length(s) > n THEN error('Field ' || f || ': value has length ' || length(s) || ' which is greater than the maximum length ' || n) ELSE s END`,
  `bq_parse_bignumeric(s) AS CASE WHEN regexp_matches(s, '${BIGNUMERIC_TEXT}') THEN CAST(s AS ${BIGNUMERIC}) ELSE CAST(error('${UNSUPPORTED}BIGNUMERIC beyond its digits here: ' || s) AS ${BIGNUMERIC}) END`,
  `bq_parse_int64(s) AS CASE WHEN regexp_matches(s, '0[xX]') THEN CASE WHEN trim(s) LIKE '-%' THEN TRY_CAST(-CAST(TRY_CAST(regexp_replace(trim(s), '^[+-]', '') AS UBIGINT) AS HUGEINT) AS BIGINT) ELSE TRY_CAST(regexp_replace(trim(s), '^[+-]', '') AS BIGINT) END ELSE TRY_CAST(s AS BIGINT) END`,
];

/** What DuckDB does otherwise than GoogleSQL, as macros that the translated SQL calls. Each is checked by the conformance cases. */
export function macroStatements(): string[] {
  const parsers = PARSERS.flatMap(([name, shown, duck, accepts, value]) => [
    `bq_safe_${name}(s) AS CAST(CASE WHEN regexp_matches(s, ${accepts}) THEN ${value} END AS ${duck})`,
    `bq_${name}(s) AS CASE WHEN s IS NOT NULL AND bq_safe_${name}(s) IS NULL THEN CAST(error('${badValue(shown)}' || s${shown === 'int64' || shown === 'double' || shown === 'bool' ? '' : " || '\"'"}) AS ${duck}) ELSE bq_safe_${name}(s) END`,
  ]);
  const order = [
    ...PLAIN.filter((text) => text.startsWith('bq_parse_')),
    ...parsers,
    ...PLAIN.filter((text) => !text.startsWith('bq_parse_')),
  ];
  return order.map((text) => `CREATE OR REPLACE MACRO ${text}`);
}

function badValue(type: string): string {
  if (type === 'int64' || type === 'double' || type === 'bool') return `Bad ${type} value: `;
  return `Invalid ${type}: "`;
}
