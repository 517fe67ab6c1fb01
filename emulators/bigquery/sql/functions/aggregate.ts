import type { FunctionTable, Overloads } from './signature.ts';

/**
 * Aggregates, which are window functions too when OVER follows. `@sum()` in a template is DuckDB's `sum` with the
 * call's arguments, DISTINCT, ORDER BY, FILTER and OVER in their places; `@sum(-)` negates the argument.
 * https://cloud.google.com/bigquery/docs/reference/standard-sql/aggregate_functions
 */
const bits = (name: string): Overloads => ({ 'INT64 > INT64': `@${name}()` });
const statistic = (name: string): Overloads => ({
  'FLOAT64 > FLOAT64': `@${name}()`,
  'NUMERIC > FLOAT64': `@${name}()`,
});

export const AGGREGATES: FunctionTable = {
  COUNT: { '> INT64': '@count()', 'T > INT64': '@count()' },
  COUNTIF: { 'BOOL > INT64': 'CAST(@count_if() AS BIGINT)' },
  SUM: {
    'INT64 > INT64': 'CAST(@sum() AS BIGINT)',
    'NUMERIC > NUMERIC': 'CAST(@sum() AS DECIMAL(38,9))',
    'BIGNUMERIC > BIGNUMERIC': 'CAST(@sum() AS DECIMAL(38,18))',
    'FLOAT64 > FLOAT64': '@sum()',
  },
  AVG: {
    'INT64 > FLOAT64': '@avg()',
    'NUMERIC > NUMERIC':
      'CASE WHEN @count() > 0 THEN bq_numeric_div(CAST(@sum() AS DECIMAL(38,9)), CAST(@count() AS DECIMAL(38,9))) END',
    'FLOAT64 > FLOAT64': '@avg()',
  },
  // NaN for any row makes both NaN; DuckDB holds it above all else, so its max() does and its min() does not.
  MIN: { 'FLOAT64 > FLOAT64': '(-@max(-))', 'T > T': '@min()' },
  MAX: { 'T > T': '@max()' },
  ANY_VALUE: { 'T > T': '@any_value()' },
  ARRAY_AGG: { 'T > T[]': '@array_agg()' },
  STRING_AGG: { 'STRING > STRING': '@string_agg()', 'STRING STRING > STRING': '@string_agg()' },
  // Exact, which every approximation may be.
  APPROX_COUNT_DISTINCT: { 'T > INT64': 'coalesce(len(list_distinct(@list())), 0)' },
  LOGICAL_AND: { 'BOOL > BOOL': '@bool_and()' },
  LOGICAL_OR: { 'BOOL > BOOL': '@bool_or()' },
  BIT_XOR: bits('bit_xor'),
  BIT_AND: bits('bit_and'),
  BIT_OR: bits('bit_or'),
  STDDEV: statistic('stddev_samp'),
  STDDEV_SAMP: statistic('stddev_samp'),
  STDDEV_POP: statistic('stddev_pop'),
  VARIANCE: statistic('var_samp'),
  VAR_SAMP: statistic('var_samp'),
  VAR_POP: statistic('var_pop'),
  CORR: { 'FLOAT64 FLOAT64 > FLOAT64': '@corr()', 'NUMERIC NUMERIC > FLOAT64': '@corr()' },
};

/** https://cloud.google.com/bigquery/docs/reference/standard-sql/window-functions: those that are no aggregates. */
export const WINDOW_FUNCTIONS: FunctionTable = {
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
