import { beforeAll, describe, expect, test } from '@jest/globals';
import { functionName } from '../../pipelines/model/names.ts';
import { type MetricKey, type MetricPlan, planMetrics } from '../../pipelines/model/watching.ts';
import { localEnvironment } from '../../scripts/up/variables.ts';
import { startTestCloud, type TestCloud } from '../support/cloud.ts';
import { cloudRunEntry, type LogEntry, measure } from '../support/logging.ts';
import { until } from '../support/until.ts';
import { runEventfully } from './eventful-runs.ts';

/**
 * The metrics, computed from the lines of real runs, say what the ledger says: good runs, one whose audit fails, one
 * with a row in quarantine, one that is skipped, messages that nobody can do; every message delivered twice.
 */
let cloud: TestCloud;
let metrics: readonly MetricPlan[];
const lines: string[] = [];
let entries: readonly LogEntry[] = [];

const { projectId, name: environment } = localEnvironment;
const serviceName = functionName(environment, 'merge');

beforeAll(async () => {
  cloud = await startTestCloud({ onFunctionLog: (line) => lines.push(line) });
  metrics = planMetrics(cloud.plan);
  await cloud.control('PUBSUB_EMULATOR_HOST', 'faults', { duplicateDeliveries: true });
  await runEventfully(cloud, (line) => lines.push(line));
  await linesHaveCome();
  entries = readEntries();
}, 240_000);

/** A line is written after the commit that it tells of, so the last ones may still be on their way. */
async function linesHaveCome(): Promise<void> {
  const counts = async (table: string): Promise<number> =>
    Number((await ledger(`select count(*) as count from ${table}`))[0]?.['count']);
  await until('every dead letter and run to be told of', async () => {
    const letters = await counts('dead_letter');
    const told = total('deadletters') >= letters && total('runs') >= (await counts('run')) && letters >= 5;
    return told || undefined;
  });
}

type Row = Record<string, string | null>;
const ledger = async (sql: string): Promise<Row[]> => (await cloud.services.ledger.query<Row>(sql)).rows;

const readEntries = (): LogEntry[] => lines.map((line) => cloudRunEntry(line, serviceName));
const metricOf = (key: MetricKey): MetricPlan => {
  const metric = metrics.find((one) => one.key === key);
  if (!metric) throw new Error(`there is no metric ${key}`);
  return metric;
};
const total = (key: MetricKey): number =>
  measure(metricOf(key), readEntries()).reduce((sum, { count }) => sum + count, 0);

/** What the ledger says: one row for each combination of labels, and the value that the metric has there. */
const TRUTH: Readonly<Record<Exclude<MetricKey, 'triggererrors' | 'billed'>, string>> = {
  began: `select pipeline, count(*) as value from run group by 1`,
  runs: `select pipeline, state, count(*) as value from run group by 1, 2`,
  duration: `select pipeline, state, sum(extract(epoch from finished_at - tick)) as value from run group by 1, 2`,
  tables: `select pipeline, table_name as table, state, count(*) as value from table_run group by 1, 2, 3`,
  extracted: sumOf('extracted'),
  encoded: sumOf('encoded'),
  quarantined: sumOf('quarantined'),
  loaded: sumOf('loaded'),
  merged: sumOf('merged'),
  bytes: sumOf('bytes'),
  rejections: `select pipeline, table_name as table, count(*) as value from table_run where quarantined > 0 group by 1, 2`,
  unmet: `select pipeline, table_name as table, found->>'severity' as demands, count(*) as value
            from table_run, jsonb_array_elements(audit) as found where not (found->>'met')::boolean group by 1, 2, 3`,
  deadletters: `select coalesce(pipeline, '') as pipeline, coalesce(attributes->>'alirStage', 'load') as giver, count(*) as value
                  from dead_letter left join run using (run_id) group by 1, 2`,
};

function sumOf(column: string): string {
  return `select pipeline, table_name as table, sum(${column}) as value from table_run where ${column} is not null group by 1, 2`;
}

describe('each metric says what the ledger says, for each combination of its labels', () => {
  test.each(Object.entries(TRUTH) as [MetricKey, string][])('%s', async (key, sql) => {
    const metric = metricOf(key);
    const measured = measure(metric, entries).map(({ labels, count, sum }) => ({
      ...labels,
      value: metric.value ? sum : count,
    }));
    const truth = (await ledger(sql)).map(({ value, ...labels }) => ({ ...labels, value: Number(value) }));
    expect(truth.length).toBeGreaterThan(0);
    expect(sorted(measured)).toEqual(sorted(truth.map((row) => ({ ...row, value: about(row.value) }))));
  });

  test('triggererrors are not ours to write', () => {
    expect(measure(metricOf('triggererrors'), entries)).toEqual([]);
  });

  test('billed: what BigQuery says of the jobs that carry the labels', async () => {
    const host = cloud.env['BIGQUERY_EMULATOR_HOST'] ?? '';
    const url = `${host}/bigquery/v2/projects/${projectId}/jobs?allUsers=true&projection=full&maxResults=1000`;
    const { jobs } = (await (await fetch(url)).json()) as { jobs: readonly Job[] };
    const sums = new Map<string, { pipeline: string; table: string; stage: string; jobs: number; value: number }>();
    for (const { configuration, statistics } of jobs) {
      const {
        'alir-pipeline': pipeline,
        'alir-table': table,
        'alir-stage': stage,
        ...rest
      } = configuration.labels ?? {};
      if (pipeline === undefined || table === undefined || stage === undefined) continue;
      expect(rest).toEqual({ 'alir-environment': environment });
      const key = `${pipeline} ${table} ${stage}`;
      const known = sums.get(key) ?? { pipeline, table, stage, jobs: 0, value: 0 };
      const value = known.value + Number(statistics.query?.totalBytesBilled ?? 0);
      sums.set(key, { ...known, jobs: known.jobs + 1, value });
    }
    const measured = measure(metricOf('billed'), entries).map(({ labels, count, sum }) => {
      return { ...labels, jobs: count, value: sum };
    });
    expect(sorted(measured)).toEqual(sorted([...sums.values()]));
    expect(new Set([...sums.values()].map(({ stage }) => stage))).toEqual(new Set(['load', 'audit', 'merge']));
    expect(measured.some(({ value }) => value > 0)).toBe(true);
  });
});

interface Job {
  readonly configuration: { readonly labels?: Readonly<Record<string, string>> };
  readonly statistics: { readonly query?: { readonly totalBytesBilled?: string } };
}

/** Seconds are not whole, and the order of addition shows in the last digits. */
function about(value: number): unknown {
  return Number.isInteger(value) ? value : expect.closeTo(value, 3);
}

function sorted<T extends object>(rows: readonly T[]): T[] {
  const key = (row: T): string => JSON.stringify(Object.entries({ ...row, value: undefined, jobs: undefined }).sort());
  return [...rows].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

test('what was meant to happen has: failures, a skip, rejected rows, unmet expectations of both kinds, dead letters', () => {
  const labelsOf = (key: MetricKey): unknown[] => measure(metricOf(key), entries).map(({ labels }) => labels);
  expect(labelsOf('tables')).toEqual(
    expect.arrayContaining([
      { pipeline: 'library', table: 'book', state: 'failed' },
      { pipeline: 'library', table: 'rent', state: 'skipped' },
      { pipeline: 'library', table: 'rent', state: 'failed' },
    ]),
  );
  expect(labelsOf('unmet')).toEqual(
    expect.arrayContaining([
      { pipeline: 'library', table: 'book', demands: 'error' },
      { pipeline: 'library', table: 'member', demands: 'warn' },
    ]),
  );
  expect(labelsOf('deadletters')).toEqual(
    expect.arrayContaining([
      { pipeline: '', giver: 'merge' },
      { pipeline: '', giver: 'load' },
      { pipeline: 'library', giver: 'audit' },
    ]),
  );
  expect(measure(metricOf('quarantined'), entries).find(({ labels }) => labels['table'] === 'member')?.sum).toBe(2);
});

test('every field that a metric takes is in every line that it is made of, or in one at least where it may be absent', () => {
  for (const metric of metrics.filter(({ resource }) => resource === 'cloud_run_revision')) {
    const series = measure(metric, entries);
    for (const label of Object.keys(metric.labels)) {
      const known = series.map(({ labels }) => labels[label]);
      expect({ metric: metric.key, label, known: known.some((value) => value !== '') }).toMatchObject({ known: true });
    }
  }
});

test('a line is as severe as what it tells', () => {
  const severitiesOf = (where: object): unknown[] => [
    ...new Set(
      entries
        .filter(({ jsonPayload }) =>
          Object.entries(where).every(([key, is]) => (jsonPayload as Row | undefined)?.[key] === is),
        )
        .map(({ severity }) => severity),
    ),
  ];
  expect(severitiesOf({ event: 'run-ended', state: 'succeeded' })).toEqual(['INFO']);
  expect(severitiesOf({ event: 'run-ended', state: 'failed' })).toEqual(['ERROR']);
  expect(severitiesOf({ event: 'table-run-ended', state: 'skipped' })).toEqual(['WARNING']);
  expect(severitiesOf({ event: 'expectation-judged', met: true })).toEqual(['INFO']);
  expect(severitiesOf({ event: 'expectation-judged', met: false, demands: 'warn' })).toEqual(['WARNING']);
  expect(severitiesOf({ event: 'expectation-judged', met: false, demands: 'error' })).toEqual(['ERROR']);
  expect(severitiesOf({ event: 'dead-lettered' })).toEqual(['ERROR']);
});

test('the lines of another environment, even one whose name begins alike, are in no metric', () => {
  for (const service of [functionName(`${environment}-2`, 'merge'), `x-${serviceName}`, 'somebody-elses']) {
    const theirs = lines.map((line) => cloudRunEntry(line, service));
    for (const metric of metrics) expect(measure(metric, theirs)).toEqual([]);
  }
});
