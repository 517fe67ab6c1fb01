import type { Overloads } from './signature.ts';

/**
 * Aggregates, which are window functions too when OVER follows. `@sum()` in a template is DuckDB's `sum` with the
 * call's arguments, DISTINCT, ORDER BY, FILTER and OVER in their places.
 * https://cloud.google.com/bigquery/docs/reference/standard-sql/aggregate_functions
 */
export interface Aggregate {
  readonly overloads: Overloads;
  /** NULL arguments take no part although DuckDB's function would take them. */
  readonly skipsNulls?: boolean;
}

const comparable = (name: string): Aggregate => ({ overloads: { 'T > T': `@${name}()` } });
const bits = (name: string): Aggregate => ({ overloads: { 'INT64 > INT64': `@${name}()` } });
const statistic = (name: string): Aggregate => ({ overloads: { 'FLOAT64 > FLOAT64': `@${name}()` } });

export const AGGREGATES: Readonly<Record<string, Aggregate>> = {
  COUNT: { overloads: { '> INT64': '@count()', 'T > INT64': '@count()' } },
  COUNTIF: { overloads: { 'BOOL > INT64': 'CAST(@count_if() AS BIGINT)' } },
  SUM: {
    overloads: {
      'INT64 > INT64': 'CAST(@sum() AS BIGINT)',
      'NUMERIC > NUMERIC': 'CAST(@sum() AS DECIMAL(38,9))',
      'BIGNUMERIC > BIGNUMERIC': 'CAST(@sum() AS DECIMAL(38,18))',
      'FLOAT64 > FLOAT64': '@sum()',
    },
  },
  AVG: {
    overloads: {
      'INT64 > FLOAT64': '@avg()',
      'NUMERIC > NUMERIC':
        'CASE WHEN @count() > 0 THEN bq_numeric_div(CAST(@sum() AS DECIMAL(38,9)), CAST(@count() AS DECIMAL(38,9))) END',
      'FLOAT64 > FLOAT64': '@avg()',
    },
  },
  MIN: comparable('min'),
  MAX: comparable('max'),
  ANY_VALUE: { overloads: { 'T > T': '@any_value()' } },
  ARRAY_AGG: { overloads: { 'T > T[]': '@array_agg()' } },
  STRING_AGG: {
    overloads: { 'STRING > STRING': '@string_agg()', 'STRING STRING > STRING': '@string_agg()' },
    skipsNulls: true,
  },
  APPROX_COUNT_DISTINCT: { overloads: { 'T > INT64': '@approx_count_distinct()' } },
  LOGICAL_AND: { overloads: { 'BOOL > BOOL': '@bool_and()' } },
  LOGICAL_OR: { overloads: { 'BOOL > BOOL': '@bool_or()' } },
  BIT_XOR: bits('bit_xor'),
  BIT_AND: bits('bit_and'),
  BIT_OR: bits('bit_or'),
  STDDEV: statistic('stddev_samp'),
  STDDEV_SAMP: statistic('stddev_samp'),
  STDDEV_POP: statistic('stddev_pop'),
  VARIANCE: statistic('var_samp'),
  VAR_SAMP: statistic('var_samp'),
  VAR_POP: statistic('var_pop'),
  CORR: { overloads: { 'FLOAT64 FLOAT64 > FLOAT64': '@corr()' } },
  MAX_BY: { overloads: { 'T U > T': '@arg_max()' } },
  MIN_BY: { overloads: { 'T U > T': '@arg_min()' } },
};

/** https://cloud.google.com/bigquery/docs/reference/standard-sql/window-functions: those that are no aggregates. */
export const WINDOW_FUNCTIONS: Readonly<Record<string, Overloads>> = {
  ROW_NUMBER: { '> INT64': '@row_number()' },
  RANK: { '> INT64': '@rank()' },
  DENSE_RANK: { '> INT64': '@dense_rank()' },
  PERCENT_RANK: { '> FLOAT64': '@percent_rank()' },
  CUME_DIST: { '> FLOAT64': '@cume_dist()' },
  NTILE: { 'INT64 > INT64': '@ntile()' },
  LAG: { 'T > T': '@lag()', 'T INT64 > T': '@lag()', 'T INT64 T > T': '@lag()' },
  LEAD: { 'T > T': '@lead()', 'T INT64 > T': '@lead()', 'T INT64 T > T': '@lead()' },
  FIRST_VALUE: { 'T > T': '@first_value()' },
  LAST_VALUE: { 'T > T': '@last_value()' },
  NTH_VALUE: { 'T INT64 > T': '@nth_value()' },
};
