import type { Expectation } from '../../pipelines/model/pipeline.ts';
import { column, compare, compileExpression, type Expression } from './sql.ts';

/** An expectation as SQL over one table: two aggregates, and the rule that their values must meet. */
export interface CompiledExpectation {
  /** What people read: `expect_column_values_to_be_unique(id)`. */
  readonly label: string;
  readonly severity: 'error' | 'warn';
  /** Aggregate: how many rows (or values) were looked at. */
  readonly total: string;
  /** Aggregate: how many of them do not meet the expectation. */
  readonly unexpected: string;
  /** Whether that is acceptable, by `mostly`. */
  met(total: number, unexpected: number): boolean;
}

/** What an expectation found. */
export interface AuditResult {
  readonly expectation: string;
  readonly severity: 'error' | 'warn';
  readonly met: boolean;
  readonly total: number;
  readonly unexpected: number;
}

/** Compiles one expectation. As in Great Expectations, nulls are left out of everything but the check for nulls. */
export function compileExpectation(expectation: Expectation): CompiledExpectation {
  if ('expect_column_values_to_not_be_null' in expectation) {
    const { column: name, mostly, severity } = expectation.expect_column_values_to_not_be_null;
    const isNull: Expression = { kind: 'isNull', of: column(name) };
    return {
      ...rowWise(`expect_column_values_to_not_be_null(${name})`, severity, mostly),
      total: 'COUNT(*)',
      unexpected: `COUNTIF(${compileExpression(isNull)})`,
    };
  }
  if ('expect_column_values_to_be_unique' in expectation) {
    const { column: name, severity } = expectation.expect_column_values_to_be_unique;
    const values = `COUNT(${compileExpression(column(name))})`;
    return {
      ...rowWise(`expect_column_values_to_be_unique(${name})`, severity, 1),
      total: values,
      unexpected: `${values} - COUNT(DISTINCT ${compileExpression(column(name))})`,
    };
  }
  if ('expect_column_values_to_be_between' in expectation) {
    const { column: name, min, max, mostly, severity } = expectation.expect_column_values_to_be_between;
    return {
      ...rowWise(`expect_column_values_to_be_between(${name}, ${min ?? ''}..${max ?? ''})`, severity, mostly),
      total: `COUNT(${compileExpression(column(name))})`,
      unexpected: `COUNTIF(${compileExpression(outside(column(name), min, max))})`,
    };
  }
  if ('expect_column_pair_values_a_to_be_greater_than_b' in expectation) {
    const { a, b, mostly, severity } = expectation.expect_column_pair_values_a_to_be_greater_than_b;
    const neither = `NOT (${compileExpression({ kind: 'isNull', of: column(a) })} OR ${compileExpression({ kind: 'isNull', of: column(b) })})`;
    return {
      ...rowWise(`expect_column_pair_values_a_to_be_greater_than_b(${a} > ${b})`, severity, mostly),
      total: `COUNTIF(${neither})`,
      unexpected: `COUNTIF(${compileExpression(compare(column(a), '<=', column(b)))})`,
    };
  }
  const { min, max, severity } = expectation.expect_table_row_count_to_be_between;
  return {
    label: `expect_table_row_count_to_be_between(${min ?? ''}..${max ?? ''})`,
    severity,
    total: 'COUNT(*)',
    unexpected: '0',
    met: (total) => total >= (min ?? 0) && total <= (max ?? Infinity),
  };
}

/** One query that evaluates all of them: columns t0, u0, t1, u1 … */
export function auditQuery(expectations: readonly CompiledExpectation[], table: string): string {
  const columns = expectations.flatMap(({ total, unexpected }, index) => [
    `${total} AS t${index}`,
    `${unexpected} AS u${index}`,
  ]);
  return `SELECT ${['COUNT(*) AS row_count', ...columns].join(', ')} FROM ${table}`;
}

export function judge(
  expectations: readonly CompiledExpectation[],
  row: Readonly<Record<string, unknown>>,
): AuditResult[] {
  return expectations.map((expectation, index) => {
    const total = Number(row[`t${index}`]);
    const unexpected = Number(row[`u${index}`]);
    const { label, severity } = expectation;
    return { expectation: label, severity, met: expectation.met(total, unexpected), total, unexpected };
  });
}

function rowWise(
  label: string,
  severity: 'error' | 'warn',
  mostly: number,
): Pick<CompiledExpectation, 'label' | 'severity' | 'met'> {
  return {
    label: mostly === 1 ? label : `${label} mostly ${mostly}`,
    severity,
    // The quotient and not the product: 7 of 25 is 0.28, while 25 × 0.28 is a little more than 7.
    met: (total, unexpected) => total === 0 || (total - unexpected) / total >= mostly,
  };
}

function outside(value: Expression, min: number | undefined, max: number | undefined): Expression {
  const bound = (number: number): Expression =>
    Number.isSafeInteger(number)
      ? { kind: 'literal', type: 'INT64', value: String(number) }
      : { kind: 'literal', type: 'FLOAT64', value: number.toExponential() };
  return {
    kind: 'or',
    of: [
      ...(min === undefined ? [] : [compare(value, '<', bound(min))]),
      ...(max === undefined ? [] : [compare(value, '>', bound(max))]),
    ],
  };
}
