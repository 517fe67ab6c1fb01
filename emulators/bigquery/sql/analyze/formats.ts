import { invalidQuery, unsupported } from '../../errors.ts';
import { duckType, quoteText, scalar } from '../../types/types.ts';
import { mustCoerce } from './coerce.ts';
import type { Expr } from './context.ts';

/**
 * GoogleSQL's format elements as DuckDB's: https://cloud.google.com/bigquery/docs/reference/standard-sql/format-elements#format_elements_date_time
 * Those that are missing here mean another thing in DuckDB, or nothing, and are refused.
 */
const ELEMENTS: Readonly<Record<string, string>> = {
  '%Y': '%Y',
  '%y': '%y',
  '%m': '%m',
  '%d': '%d',
  '%H': '%H',
  '%I': '%I',
  '%M': '%M',
  '%S': '%S',
  '%p': '%p',
  '%j': '%j',
  '%B': '%B',
  '%b': '%b',
  '%h': '%b',
  '%A': '%A',
  '%a': '%a',
  '%U': '%U',
  '%W': '%W',
  '%w': '%w',
  '%u': '%u',
  '%G': '%G',
  '%V': '%V',
  '%F': '%Y-%m-%d',
  '%T': '%H:%M:%S',
  '%R': '%H:%M',
  '%D': '%m/%d/%y',
  '%%': '%%',
  '%n': '\n',
  '%t': '\t',
  '%E3S': '%S.%g',
  '%E6S': '%S.%f',
  '%E4Y': '%Y',
};
const ELEMENT = /%(?:E[*\d]?[a-zA-Z]|[a-zA-Z%])/g;

type Kind = 'DATE' | 'DATETIME' | 'TIMESTAMP';

export function formatTime(
  kind: Kind,
  format: Expr | undefined,
  value: Expr | undefined,
  zone: Expr | undefined,
): Expr {
  const text = constantFormat(format);
  if (!value) throw invalidQuery(`FORMAT_${kind} lacks its value`);
  const typed = mustCoerce(
    value,
    scalar(kind),
    (from) => `No matching signature for function FORMAT_${kind} for argument type ${from}`,
  );
  const local = kind === 'TIMESTAMP' ? `timezone(${zone?.sql ?? "'UTC'"}, ${typed.sql})` : typed.sql;
  const inUtc = kind === 'TIMESTAMP' && (!zone || zone.constant === 'UTC');
  const duck = text.replace(ELEMENT, (element) => {
    if (inUtc && element === '%z') return '+0000';
    if (inUtc && element === '%Ez') return '+00:00';
    if (inUtc && element === '%Z') return 'UTC';
    return translate(element);
  });
  return { sql: `strftime(${local}, ${quoteText(duck)})`, type: scalar('STRING') };
}

export function parseTime(kind: Kind, format: Expr | undefined, value: Expr | undefined, zone: Expr | undefined): Expr {
  const text = constantFormat(format);
  if (!value) throw invalidQuery(`PARSE_${kind} lacks its value`);
  const typed = mustCoerce(
    value,
    scalar('STRING'),
    (from) => `No matching signature for function PARSE_${kind} for argument type ${from}`,
  );
  const variants = /%E\*S/.test(text) ? [text.replace('%E*S', '%E6S'), text.replace('%E*S', '%S')] : [text];
  const withZone = /%E?z/.test(text) && kind === 'TIMESTAMP';
  const duck = variants.map((variant) =>
    variant.replace(ELEMENT, (element) => (withZone && /z$/.test(element) ? '%z' : translate(element))),
  );
  const list = duck.map(quoteText);
  const parsed = `strptime(${typed.sql}, ${list.length === 1 ? (list[0] ?? '') : `[${list.join(', ')}]`})`;
  if (kind === 'TIMESTAMP' && !withZone) {
    return { sql: `timezone(${zone?.sql ?? "'UTC'"}, ${parsed})`, type: scalar(kind) };
  }
  return { sql: `CAST(${parsed} AS ${duckType(scalar(kind))})`, type: scalar(kind) };
}

function constantFormat(format: Expr | undefined): string {
  if (format?.type.kind !== 'STRING' || format.constant === undefined)
    throw unsupported('a date format that is no literal');
  return format.constant;
}

function translate(element: string): string {
  const found = ELEMENTS[element];
  if (found === undefined) throw unsupported(`the format element ${element}`);
  return found;
}
