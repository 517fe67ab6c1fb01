import { invalidQuery, unsupported } from '../../errors.ts';
import { scalar, type ScalarKind, typeName } from '../../types/types.ts';
import type { Call, Node } from '../ast.ts';
import { renderOnce } from '../functions/once.ts';
import { mustCoerce } from './coerce.ts';
import type { Context, Expr } from './context.ts';

/** Microseconds of the parts that are always as long. */
const MICROS: Readonly<Record<string, number>> = {
  MICROSECOND: 1,
  MILLISECOND: 1_000,
  SECOND: 1_000_000,
  MINUTE: 60_000_000,
  HOUR: 3_600_000_000,
  DAY: 86_400_000_000,
};
const MONTHS: Readonly<Record<string, number>> = { MONTH: 1, QUARTER: 3, YEAR: 12 };
const WEEKDAYS = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'];

type Family = 'DATE' | 'DATETIME' | 'TIMESTAMP' | 'TIME';
const FAMILY = /^(DATE|DATETIME|TIMESTAMP|TIME)_(ADD|SUB|DIFF|TRUNC)$/;

/** DATE_ADD and its kin, whose last arguments are parts of a date; `undefined` for any other function. */
export function analyzeDateFunction(call: Call, context: Context): Expr | undefined {
  const [, family, verb] = FAMILY.exec(call.name) ?? [];
  if (family === undefined) return call.name === 'GENERATE_DATE_ARRAY' ? dateArray(call, context) : undefined;
  const kind = family as Family;
  const arg = (index: number): Expr => context.analyze.expression(need(call, index), context);
  const typed = (index: number, as: ScalarKind = kind): Expr =>
    mustCoerce(
      arg(index),
      scalar(as),
      (from) => `No matching signature for function ${call.name} for argument types: ${from}`,
    );
  if (verb === 'ADD' || verb === 'SUB') return addInterval(call, kind, typed(0), verb === 'ADD' ? 1 : -1, context);
  if (verb === 'DIFF') return { sql: diff(kind, typed(0).sql, typed(1).sql, partOf(call, 2)), type: scalar('INT64') };
  const given = arg(0);
  const value = call.name === 'DATE_TRUNC' && given.loose === undefined ? given : typed(0);
  return trunc(value, partOf(call, 1), call.args[2] && typed(2, 'STRING'), call.name);
}

function addInterval(call: Call, kind: Family, value: Expr, sign: 1 | -1, context: Context): Expr {
  const node = need(call, 1);
  if (node.k !== 'interval') throw invalidQuery(`${call.name}: the second argument must be INTERVAL <number> <part>`);
  const amount = mustCoerce(
    context.analyze.expression(node.amount, context),
    scalar('INT64'),
    (from) => `Interval value must be INT64, not ${from}`,
  );
  const months = MONTHS[node.part];
  const days = node.part === 'WEEK' ? 7 : node.part === 'DAY' ? 1 : undefined;
  const micros = MICROS[node.part];
  const added = (of: (value: string, count: (factor: number) => string) => string): Expr => ({
    type: value.type,
    sql: renderOnce([value.sql, amount.sql], ([start = '', count = '']) => {
      const sum = of(start, (factor) => `(${count} * ${sign * factor})`);
      return kind === 'TIME' ? sum : `bq_in_calendar(${sum})`;
    }),
  });
  if (kind === 'DATE' && days !== undefined)
    return added((start, count) => `(${start} + CAST(${count(days)} AS INTEGER))`);
  if (months !== undefined && (kind === 'DATE' || kind === 'DATETIME')) {
    const duck = kind === 'DATE' ? 'DATE' : 'TIMESTAMP';
    return added((start, count) => `CAST(${start} + to_months(CAST(${count(months)} AS INTEGER)) AS ${duck})`);
  }
  if (kind === 'DATETIME' && days !== undefined)
    return added((start, count) => `(${start} + to_days(CAST(${count(days)} AS INTEGER)))`);
  if (kind !== 'DATE' && micros !== undefined && (kind !== 'TIME' || node.part !== 'DAY'))
    return added((start, count) => `(${start} + to_microseconds(${count(micros)}))`);
  throw invalidQuery(`${call.name} does not support the ${node.part} date part`);
}

/** Whole units for TIMESTAMP and TIME; for DATE and DATETIME the boundaries between the two values. */
function diff(kind: Family, a: string, b: string, part: string): string {
  const micros = MICROS[part];
  if (kind === 'TIMESTAMP' || kind === 'TIME') {
    if (micros === undefined) throw invalidQuery(`${kind}_DIFF does not support the ${part} date part`);
    const us = kind === 'TIMESTAMP' ? 'epoch_us' : 'bq_time_us';
    return `((${us}(${a}) - ${us}(${b})) // ${micros})`;
  }
  const first = firstWeekday(part);
  if (first !== undefined) return `(bq_week_index(${a}, ${first}) - bq_week_index(${b}, ${first}))`;
  if (!(part in MONTHS) && part !== 'DAY' && (kind === 'DATE' || micros === undefined)) {
    throw unsupported(`${kind}_DIFF with the part ${part}`);
  }
  return `date_diff('${part.toLowerCase()}', ${b}, ${a})`;
}

function trunc(value: Expr, part: string, zone: Expr | undefined, name: string): Expr {
  const kind = value.type.kind;
  if (kind === 'TIMESTAMP') {
    const inZone = `timezone(${zone?.sql ?? "'UTC'"}, ${value.sql})`;
    return { ...plain(value), sql: `timezone(${zone?.sql ?? "'UTC'"}, ${truncLocal(inZone, part)})` };
  }
  if (kind === 'DATETIME') return { ...plain(value), sql: truncLocal(value.sql, part) };
  if (kind === 'TIME' && part in MICROS && part !== 'DAY')
    return { ...plain(value), sql: `CAST(${truncLocal(`(DATE '1970-01-01' + ${value.sql})`, part)} AS TIME)` };
  if (kind !== 'DATE')
    throw invalidQuery(`No matching signature for function ${name} for argument types: ${typeName(value.type)}`);
  if (part in MICROS && part !== 'DAY') throw invalidQuery(`${name} does not support the ${part} date part`);
  return { ...plain(value), sql: `CAST(${truncLocal(`CAST(${value.sql} AS TIMESTAMP)`, part)} AS DATE)` };
}

function truncLocal(timestamp: string, part: string): string {
  const first = firstWeekday(part);
  if (first !== undefined) return `bq_week_start(${timestamp}, ${first})`;
  if (!(part in MICROS) && !(part in MONTHS)) throw unsupported(`truncation to ${part}`);
  return `CAST(date_trunc('${part.toLowerCase()}', ${timestamp}) AS TIMESTAMP)`;
}

/** https://cloud.google.com/bigquery/docs/reference/standard-sql/timestamp_functions#extract */
export function extract(part: string, value: Expr, zone: Expr | undefined): Expr {
  const int = (sql: string): Expr => ({ sql: `CAST(${sql} AS BIGINT)`, type: scalar('INT64') });
  const kind = value.type.kind;
  if (!['DATE', 'DATETIME', 'TIMESTAMP', 'TIME'].includes(kind))
    throw invalidQuery(`No matching signature for function EXTRACT from ${typeName(value.type)}`);
  const v = kind === 'TIMESTAMP' ? `timezone(${zone?.sql ?? "'UTC'"}, ${value.sql})` : value.sql;
  const hasTime = kind !== 'DATE';
  const hasDate = kind !== 'TIME';
  if (hasDate && ['YEAR', 'MONTH', 'DAY', 'QUARTER', 'ISOYEAR'].includes(part))
    return int(`extract(${part} FROM ${v})`);
  if (hasTime && ['HOUR', 'MINUTE'].includes(part)) return int(`extract(${part} FROM ${v})`);
  if (hasTime && part === 'SECOND') return int(`floor(extract(SECOND FROM ${v}))`);
  if (hasTime && part === 'MILLISECOND') return int(`extract(MILLISECOND FROM ${v}) % 1000`);
  if (hasTime && part === 'MICROSECOND') return int(`extract(MICROSECOND FROM ${v}) % 1000000`);
  if (hasDate && part === 'DAYOFWEEK') return int(`extract(DOW FROM ${v}) + 1`);
  if (hasDate && part === 'DAYOFYEAR') return int(`extract(DOY FROM ${v})`);
  if (hasDate && part === 'WEEK') return int(`strftime(${v}, '%U')`);
  if (hasDate && part === 'WEEK(MONDAY)') return int(`strftime(${v}, '%W')`);
  if (hasDate && part === 'ISOWEEK') return int(`extract(WEEK FROM ${v})`);
  if (hasDate && hasTime && part === 'DATE') return { sql: `CAST(${v} AS DATE)`, type: scalar('DATE') };
  if (hasDate && hasTime && part === 'TIME') return { sql: `CAST(${v} AS TIME)`, type: scalar('TIME') };
  if (kind === 'TIMESTAMP' && part === 'DATETIME') return { sql: v, type: scalar('DATETIME') };
  throw invalidQuery(`EXTRACT from ${kind} does not support the ${part} date part`);
}

function dateArray(call: Call, context: Context): Expr {
  const date = (index: number): string =>
    mustCoerce(
      context.analyze.expression(need(call, index), context),
      scalar('DATE'),
      (from) => `GENERATE_DATE_ARRAY needs DATE, not ${from}`,
    ).sql;
  const step = call.args[2];
  if (step && step.k !== 'interval')
    throw invalidQuery('GENERATE_DATE_ARRAY: the third argument must be INTERVAL <number> <part>');
  const amount = step
    ? mustCoerce(
        context.analyze.expression(step.amount, context),
        scalar('INT64'),
        (from) => `Interval value must be INT64, not ${from}`,
      ).sql
    : '1';
  const part = step?.part ?? 'DAY';
  const months = MONTHS[part];
  const interval =
    months === undefined
      ? `to_days(CAST(${amount} * ${part === 'WEEK' ? 7 : 1} AS INTEGER))`
      : `to_months(CAST(${amount} * ${months} AS INTEGER))`;
  if (months === undefined && part !== 'DAY' && part !== 'WEEK')
    throw invalidQuery(`GENERATE_DATE_ARRAY does not support the ${part} date part`);
  const element = scalar('DATE');
  return {
    sql: `list_transform(generate_series(CAST(${date(0)} AS TIMESTAMP), CAST(${date(1)} AS TIMESTAMP), ${interval}), lambda e: CAST(e AS DATE))`,
    type: { kind: 'ARRAY', element },
  };
}

/** A part is written like a name: `DAY`, or `WEEK(MONDAY)`. */
function partOf(call: Call, index: number): string {
  const node = need(call, index);
  if (node.k === 'path' && node.parts.length === 1) return (node.parts[0] ?? '').toUpperCase();
  const [day] = node.k === 'call' ? node.args : [];
  if (node.k === 'call' && node.name === 'WEEK' && day?.k === 'path')
    return `WEEK(${(day.parts[0] ?? '').toUpperCase()})`;
  throw invalidQuery(`A valid date part name is required in ${call.name}`);
}

function firstWeekday(part: string): number | undefined {
  if (part === 'WEEK') return 0;
  if (part === 'ISOWEEK') return 1;
  const day = /^WEEK\((\w+)\)$/.exec(part)?.[1];
  const index = day === undefined ? -1 : WEEKDAYS.indexOf(day);
  return index < 0 ? undefined : index;
}

function need(call: Call, index: number): Node {
  const node = call.args[index];
  if (!node) throw invalidQuery(`Number of arguments does not match for function ${call.name}`);
  return node;
}

function plain(value: Expr): { type: Expr['type'] } {
  return { type: value.type };
}
