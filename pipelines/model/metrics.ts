import type { LogEventName, LogEvents } from './log-events.ts';

type NumbersOf<T> = { [K in keyof T]-?: NonNullable<T[K]> extends number ? K : never }[keyof T] & string;

/** A log-based metric as declared: which events it is made of, and which of their fields. */
interface Declared<E extends LogEventName> {
  readonly description: string;
  readonly event: E;
  /** Only events that have these values. */
  readonly where?: { readonly [K in keyof LogEvents[E] & string]?: LogEvents[E][K] & (string | boolean) };
  /** Only events where this is more than nothing. */
  readonly positive?: NumbersOf<LogEvents[E]>;
  /** By which it can be told apart; each combination of values is a time series, so never by run. */
  readonly labels: readonly (keyof LogEvents[E] & string)[];
  /** Adds this field up; without it, events are counted. */
  readonly value?: { readonly field: NumbersOf<LogEvents[E]>; readonly unit: 's' | 'By' | '{row}' };
}

/** The same once the compiler has seen that every field is one of the event's. */
export interface DeclaredMetric {
  readonly description: string;
  readonly event: LogEventName;
  readonly where?: Readonly<Record<string, string | boolean | undefined>>;
  readonly positive?: string;
  readonly labels: readonly string[];
  readonly value?: { readonly field: string; readonly unit: string };
}

function declare<E extends LogEventName>(metric: Declared<E>): DeclaredMetric {
  return metric;
}

const rows = (field: NumbersOf<LogEvents['table-run-ended']>, description: string): DeclaredMetric =>
  declare({ description, event: 'table-run-ended', labels: ['pipeline', 'table'], value: { field, unit: '{row}' } });

/**
 * Everything that is measured. One more is one entry here: metric, chart and test follow, or fail. A name is one
 * word, for PromQL turns "/" and "-" into "_" alike, and two environments must not meet in one name.
 */
export const declaredMetrics = {
  began: declare({ description: 'Runs that began.', event: 'run-began', labels: ['pipeline'] }),
  runs: declare({ description: 'Runs that ended.', event: 'run-ended', labels: ['pipeline', 'state'] }),
  duration: declare({
    description: 'From the tick to the end of its run.',
    event: 'run-ended',
    labels: ['pipeline', 'state'],
    value: { field: 'seconds', unit: 's' },
  }),
  tables: declare({
    description: 'Table runs that ended.',
    event: 'table-run-ended',
    labels: ['pipeline', 'table', 'state'],
  }),
  extracted: rows('extracted', 'Rows read from the source.'),
  encoded: rows('encoded', 'Rows in the lake.'),
  quarantined: rows('quarantined', 'Rows that broke the contract, kept in the quarantine bucket.'),
  loaded: rows('loaded', 'Rows in staging tables.'),
  merged: rows('merged', 'Rows inserted into or updated in final tables.'),
  rejections: declare({
    description: 'Table runs that put rows into quarantine.',
    event: 'table-run-ended',
    positive: 'quarantined',
    labels: ['pipeline', 'table'],
  }),
  bytes: declare({
    description: 'Size of the Avro files in the lake.',
    event: 'table-run-ended',
    labels: ['pipeline', 'table'],
    value: { field: 'bytes', unit: 'By' },
  }),
  billed: declare({
    description: 'Bytes that BigQuery bills for queries; loading is free.',
    event: 'job-ended',
    labels: ['pipeline', 'table', 'stage'],
    value: { field: 'bytesBilled', unit: 'By' },
  }),
  unmet: declare({
    description: 'Expectations that a table run did not meet.',
    event: 'expectation-judged',
    where: { met: false },
    labels: ['pipeline', 'table', 'demands'],
  }),
  deadletters: declare({
    description: 'Messages that no function could do.',
    event: 'dead-lettered',
    labels: ['pipeline', 'giver'],
  }),
} as const;
