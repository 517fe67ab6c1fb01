import type { MetricPlan } from '../../pipelines/model/watching.ts';

/** A log entry: https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry */
export type LogEntry = Readonly<Record<string, unknown>>;

/** In this order: https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry#LogSeverity */
const SEVERITIES = ['DEFAULT', 'DEBUG', 'INFO', 'NOTICE', 'WARNING', 'ERROR', 'CRITICAL', 'ALERT', 'EMERGENCY'];

const TERM = /^(?<field>[A-Za-z_][\w.]*)(?<operator>=~|!=|>=|<=|=|>|<)(?<value>\(.*\)|"(?:[^"\\]|\\.)*"|[\w.]+)$/s;

/**
 * What Cloud Run makes of a line that a function prints: an object's severity becomes the entry's, and the rest its
 * payload: https://cloud.google.com/run/docs/logging#run_manual_logging-nodejs
 */
export function cloudRunEntry(line: string, serviceName: string): LogEntry {
  const resource = { type: 'cloud_run_revision', labels: { service_name: serviceName } };
  const parsed = line.startsWith('{') ? (JSON.parse(line) as Record<string, unknown>) : undefined;
  if (!parsed) return { resource, severity: 'DEFAULT', textPayload: line };
  const { severity = 'DEFAULT', ...jsonPayload } = parsed;
  return { resource, severity, jsonPayload };
}

/**
 * Understands as much of the Logging query language as our filters use: comparisons that are joined by AND, each of a field
 * with a string, a number, a boolean or `("a" OR "b")`: https://cloud.google.com/logging/docs/view/logging-query-language
 * @throws Error at anything else
 */
export function compileFilter(filter: string): (entry: LogEntry) => boolean {
  const terms = filter.split(/\s+AND\s+/).map((term) => {
    const { field = '', operator = '', value = '' } = TERM.exec(term.trim())?.groups ?? {};
    if (field === '') throw new Error(`not understood in a filter: ${term}`);
    const values = value.startsWith('(') ? value.slice(1, -1).split(/\s+OR\s+/) : [value];
    return { field, operator, values: values.map(literal) };
  });
  return (entry) =>
    terms.every(({ field, operator, values }) => {
      const found = fieldOf(entry, field);
      return values.some((value) => compare(field, found, operator, value));
    });
}

/** What `EXTRACT(field)` takes out of an entry; undefined when the field is not there. */
export function extract(extractor: string, entry: LogEntry): unknown {
  const field = /^EXTRACT\(([\w.]+)\)$/.exec(extractor)?.[1];
  if (field === undefined) throw new Error(`not understood as an extractor: ${extractor}`);
  return fieldOf(entry, field);
}

/** A time series: its labels, how many entries it counts, and for a distribution what their values add up to. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly count: number;
  readonly sum: number;
}

/** What a log-based metric would hold after these entries. An entry without the value is left out, as Google does. */
export function measure(metric: MetricPlan, entries: readonly LogEntry[]): Series[] {
  const series = new Map<string, Series>();
  for (const entry of entries.filter(compileFilter(metric.filter))) {
    const value = metric.value ? extract(`EXTRACT(${metric.value.field})`, entry) : 0;
    if (typeof value !== 'number') continue;
    // A label that is not there is an empty string.
    const labels = Object.fromEntries(
      Object.entries(metric.labels).map(([label, field]) => [label, text(fieldOf(entry, field))]),
    );
    const key = JSON.stringify(labels);
    const { count, sum } = series.get(key) ?? { count: 0, sum: 0 };
    series.set(key, { labels, count: count + 1, sum: sum + value });
  }
  return [...series.values()];
}

function fieldOf(entry: LogEntry, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | null | undefined)?.[name], entry);
}

function literal(written: string): string | number | boolean {
  if (written.startsWith('"')) return JSON.parse(written) as string;
  if (written === 'true' || written === 'false') return written === 'true';
  return /^[\d.]+$/.test(written) ? Number(written) : written;
}

function compare(field: string, found: unknown, operator: string, wanted: string | number | boolean): boolean {
  if (field === 'severity')
    return ordered(SEVERITIES.indexOf(String(found)), operator, SEVERITIES.indexOf(String(wanted)));
  if (operator === '=' && typeof wanted === 'string') return text(found).toLowerCase() === wanted.toLowerCase();
  if (operator === '=') return found === wanted;
  return typeof found === 'number' && typeof wanted === 'number' && ordered(found, operator, wanted);
}

function ordered(found: number, operator: string, wanted: number): boolean {
  if (found < 0 || wanted < 0) throw new Error('there is no such severity');
  if (operator === '=') return found === wanted;
  if (operator === '>=') return found >= wanted;
  if (operator === '>') return found > wanted;
  throw new Error(`not understood in a filter: ${operator}`);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
}
