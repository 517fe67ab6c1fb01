import { invalidQuery } from '../../errors.ts';
import { type Field, fieldType } from '../../types/schema.ts';
import { duckType, quoteText, type SqlType, typeName } from '../../types/types.ts';
import { coerce } from '../analyze/coerce.ts';
import type { Expr } from '../analyze/context.ts';
import { renderOnce } from '../functions/once.ts';

/** The value as the column holds it. @throws ApiError invalidQuery when the types do not meet */
export function assign(value: Expr, field: Field): string {
  const type = fieldType(field);
  const coerced = coerce(value, type);
  if (!coerced)
    throw invalidQuery(
      `Value has type ${typeName(value.type)} which cannot be inserted into column ${field.name}, which has type ${typeName(type)}`,
    );
  return renderOnce([coerced.sql], ([sql]) => fit(sql ?? '', field, type));
}

export function defaultOf(field: Field): string {
  return field.mode === 'REPEATED'
    ? `CAST([] AS ${duckType(fieldType(field))})`
    : `CAST(NULL AS ${duckType(fieldType(field))})`;
}

/** Parameters of the type (NUMERIC(10, 2), STRING(5)), and no NULL inside an array. */
function fit(sql: string, field: Field, type: SqlType): string {
  if (type.kind === 'ARRAY') return `bq_no_nulls(${sql}, ${quoteText(field.name)})`;
  if (field.maxLength !== undefined && type.kind === 'STRING')
    return `bq_max_length(${sql}, ${Number(field.maxLength)}, ${quoteText(field.name)})`;
  if (field.precision !== undefined && (type.kind === 'NUMERIC' || type.kind === 'BIGNUMERIC')) {
    return `CAST(CAST(${sql} AS DECIMAL(${Number(field.precision)},${Number(field.scale ?? 0)})) AS ${duckType(type)})`;
  }
  return sql;
}
