import { invalidQuery, unsupported } from '../../errors.ts';
import {
  BIGNUMERIC_SCALE,
  DECIMAL_DIGITS,
  duckType,
  NUMERIC_SCALE,
  quoteText,
  scalar,
  type ScalarKind,
} from '../../types/types.ts';
import type { LiteralKind } from '../ast.ts';
import type { Expr } from './context.ts';

const DATE = '(\\d{4})-(\\d{1,2})-(\\d{1,2})';
const TIME = '(\\d{1,2}):(\\d{1,2}):(\\d{1,2})(\\.\\d{1,6}0*)?';
const ZONE = '(?:\\s*(Z|z|UTC|[+-]\\d{1,2}(?::\\d{2})?)|\\s+([A-Za-z_]+(?:/[A-Za-z_+-]+)*))?';
/** The canonical formats: https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical#date_literals */
const FORMATS: Partial<Record<ScalarKind, RegExp>> = {
  DATE: new RegExp(`^${DATE}$`),
  TIME: new RegExp(`^${TIME}$`),
  DATETIME: new RegExp(`^${DATE}(?:[ Tt]${TIME})?$`),
  TIMESTAMP: new RegExp(`^${DATE}(?:[ Tt]${TIME}${ZONE})?$`),
};
const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** @throws ApiError invalidQuery for a value that the type does not hold */
export function literal(kind: LiteralKind, text: string): Expr {
  switch (kind) {
    case 'NULL':
      return { sql: 'NULL', type: scalar('INT64'), loose: 'null' };
    case 'BOOL':
      return { sql: text.toLowerCase(), type: scalar('BOOL'), constant: text.toLowerCase() };
    case 'INT64':
      return intLiteral(text);
    case 'FLOAT64':
      return { sql: `CAST('${text}' AS DOUBLE)`, type: scalar('FLOAT64'), loose: 'literal', constant: text };
    case 'STRING':
      return { sql: quoteText(text), type: scalar('STRING'), loose: 'literal', constant: text };
    case 'BYTES':
      return { sql: `unhex('${text}')`, type: scalar('BYTES') };
    case 'NUMERIC':
    case 'BIGNUMERIC':
      return decimalLiteral(kind, text);
    case 'JSON':
      return jsonLiteral(text);
    default:
      return temporalLiteral(kind, text);
  }
}

function intLiteral(text: string): Expr {
  const value = text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text);
  if (value < INT64_MIN || value > INT64_MAX) throw invalidQuery(`Invalid integer literal: ${text}`);
  return { sql: `CAST(${value} AS BIGINT)`, type: scalar('INT64'), loose: 'literal', constant: String(value) };
}

/** A DATE, TIME, DATETIME or TIMESTAMP from its canonical text; without a zone it is UTC. */
export function temporalLiteral(kind: ScalarKind, text: string): Expr {
  const type = scalar(kind);
  const found = FORMATS[kind]?.exec(text.trim());
  if (!found || !isRealDate(kind, found))
    throw invalidQuery(`Could not cast literal ${JSON.stringify(text)} to type ${kind}`);
  return {
    sql: `CAST(${quoteText(
      text
        .trim()
        .replace(/z$/, 'Z')
        .replace(/(\.\d{6})0+/, '$1'),
    )} AS ${duckType(type)})`,
    type,
  };
}

function isRealDate(kind: ScalarKind, found: RegExpExecArray): boolean {
  if (kind === 'TIME') return Number(found[1]) < 24 && Number(found[2]) < 60 && Number(found[3]) < 60;
  const [year, month, day] = [Number(found[1]), Number(found[2]), Number(found[3])];
  const days = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > days) return false;
  return found[4] === undefined || (Number(found[4]) < 24 && Number(found[5]) < 60 && Number(found[6]) < 60);
}

/** `text` rounds to the type's scale at Google; digits that BIGNUMERIC has and DuckDB has not are refused. */
export function decimalLiteral(kind: 'NUMERIC' | 'BIGNUMERIC', text: string): Expr {
  const found = /^\s*[+-]?(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?\s*$/.exec(text);
  if (!found || (found[1] === '' && found[2] === ''))
    throw invalidQuery(`Invalid ${kind} literal: ${JSON.stringify(text)}`);
  const exponent = Number(found[3] ?? 0);
  const before = (found[1] ?? '').replace(/^0+/, '').length + exponent;
  const behind = (found[2] ?? '').replace(/0+$/, '').length - exponent;
  const scale = kind === 'NUMERIC' ? NUMERIC_SCALE : BIGNUMERIC_SCALE;
  if (before > DECIMAL_DIGITS - scale) {
    if (kind === 'BIGNUMERIC')
      throw unsupported(`BIGNUMERIC beyond ${DECIMAL_DIGITS - scale} digits before the point: ${text}`);
    throw invalidQuery(`Invalid ${kind} literal: ${JSON.stringify(text)}`);
  }
  if (kind === 'BIGNUMERIC' && behind > scale)
    throw unsupported(`BIGNUMERIC beyond ${scale} digits behind the point: ${text}`);
  return { sql: `CAST('${text.trim()}' AS ${duckType(scalar(kind))})`, type: scalar(kind) };
}

function jsonLiteral(text: string): Expr {
  try {
    JSON.parse(text);
  } catch {
    throw invalidQuery(`Invalid JSON literal: ${JSON.stringify(text)}`);
  }
  return { sql: `CAST(${quoteText(text)} AS JSON)`, type: scalar('JSON') };
}
