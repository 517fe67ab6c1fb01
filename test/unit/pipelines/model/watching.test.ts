import { describe, expect, test } from '@jest/globals';
import { planAlerts } from '../../../../pipelines/model/alerts/alerts.ts';
import type { AlertPlan } from '../../../../pipelines/model/alerts/alert.ts';
import { functionName, functionNames, jobLabels, scheduleName } from '../../../../pipelines/model/names.ts';
import { plan } from '../../../../pipelines/model/plan.ts';
import { readCatalog } from '../../../../pipelines/model/read.ts';
import type { Plan } from '../../../../pipelines/model/resources.ts';
import { type MetricKey, type MetricPlan, planMetrics, promMetric } from '../../../../pipelines/model/watching.ts';
import { cloudRunEntry, compileFilter, type LogEntry } from '../../../support/logging.ts';

const catalog = readCatalog();
const planFor = (name: string): Plan =>
  plan(catalog, { name, projectId: 'a-project', region: 'europe-west1', location: 'EU', datasetPrefix: '' });
const prod = planFor('prod');
const metrics = planMetrics(prod);
const alerts = planAlerts(prod);

const metricOf = (key: MetricKey) => metrics.find((metric) => metric.key === key);
const matching = (entry: LogEntry): MetricKey[] =>
  metrics.filter(({ filter }) => compileFilter(filter)(entry)).map(({ key }) => key);
const printed = (fields: object, service = functionName('prod', 'merge')): LogEntry =>
  cloudRunEntry(JSON.stringify({ severity: 'INFO', message: '', ...fields }), service);

describe('a metric takes the lines of its event', () => {
  test.each<[object, MetricKey[]]>([
    [{ event: 'run-began' }, ['began']],
    [{ event: 'run-ended', state: 'failed' }, ['runs', 'duration']],
    [{ event: 'expectation-judged', met: true }, []],
    [{ event: 'expectation-judged', met: false }, ['unmet']],
    [{ event: 'job-ended' }, ['billed']],
    [{ event: 'dead-lettered' }, ['deadletters']],
    [{ event: 'something-else' }, []],
    [{}, []],
  ])('%j', (line, keys) => {
    expect(matching(printed(line))).toEqual(keys);
  });

  test('table runs, and those with rejected rows beside', () => {
    const good = matching(printed({ event: 'table-run-ended', quarantined: 0 }));
    expect(matching(printed({ event: 'table-run-ended', quarantined: 1 })).sort()).toEqual(
      [...good, 'rejections'].sort(),
    );
    expect(matching(printed({ event: 'table-run-ended' }))).toEqual(good);
  });

  test.each(functionNames)('from whichever function they come: %s', (name) => {
    expect(matching(printed({ event: 'run-began' }, functionName('prod', name)))).toEqual(['began']);
  });

  test('failures of Cloud Scheduler, by its own log', () => {
    const attempt = (job: string, severity: string): LogEntry => ({
      severity,
      resource: { type: 'cloud_scheduler_job', labels: { job_id: job } },
      jsonPayload: { '@type': 'type.googleapis.com/google.cloud.scheduler.logging.AttemptFinished' },
    });
    expect(matching(attempt(scheduleName('prod', 'library'), 'ERROR'))).toEqual(['triggererrors']);
    expect(matching(attempt(scheduleName('prod', 'library'), 'INFO'))).toEqual([]);
    expect(matching(attempt(scheduleName('prod-2', 'library'), 'ERROR'))).toEqual([]);
  });

  test('without schedules there is nothing of Cloud Scheduler to watch', () => {
    const none = planMetrics({ ...prod, schedules: [] });
    expect(none.map(({ key }) => key)).toEqual(metrics.map(({ key }) => key).filter((key) => key !== 'triggererrors'));
    const names = planAlerts({ ...prod, schedules: [] }).map(({ name }) => name);
    expect(names).not.toContain('trigger-failed');
  });
});

describe('two environments in one project meet in no name', () => {
  const environments = ['prod', 'prod-2', 'prod-runs', 'a', 'a-b', 'a-b-runs'];

  test('of a metric, as Google or as PromQL has it', () => {
    const all = environments.flatMap((name) => planMetrics(planFor(name)));
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    const inPromql = all.flatMap((metric) => [promMetric(metric), promMetric(metric, '_sum')]);
    expect(new Set(inPromql.map((name) => name.split('{')[0])).size).toBe(inPromql.length);
  });

  test('in whose lines or messages they listen to', () => {
    const filters = [...planMetrics(prod).map(({ filter }) => filter), ...planAlerts(prod).map(watched)];
    expect(filters.filter((text) => /\balir-(?!prod[-/"])/.test(text))).toEqual([]);
    expect(matching(printed({ event: 'run-began' }, functionName('prod-2', 'merge')))).toEqual([]);
    const oldest = watched(alertOf('old-message'));
    const [pattern = ''] = /(?<=full_match\(").*?(?="\))/.exec(oldest) ?? [];
    expect(prod.subscriptions.every(({ name }) => new RegExp(`^(?:${pattern})$`).test(name))).toBe(true);
    expect(planFor('prod-2').subscriptions.some(({ name }) => new RegExp(`^(?:${pattern})$`).test(name))).toBe(false);
  });
});

test("names and labels are as Google's API takes them", () => {
  for (const metric of planMetrics(planFor('fifteen-letters'))) {
    expect(metric.name).toMatch(/^[A-Za-z0-9_\-.,+!*',()%/]{1,100}$/);
    expect(metric.key).toMatch(/^[a-z]+$/);
    expect(Object.keys(metric.labels).length).toBeLessThanOrEqual(10);
    expect(Object.values(metric.labels)).not.toContain('jsonPayload.runId');
  }
  expect(promMetric(metrics[0] as MetricPlan, '_sum', { state: 'failed' })).toBe(
    'logging_googleapis_com:user_alir_prod_began_sum{monitored_resource="cloud_run_revision",state="failed"}',
  );
  expect(jobLabels('prod', { pipeline: 'library', table: 'Rent_2' }, 'merge')).toEqual({
    'alir-environment': 'prod',
    'alir-pipeline': 'library',
    'alir-table': 'rent_2',
    'alir-stage': 'merge',
  });
});

function watched({ condition }: AlertPlan): string {
  return condition.kind === 'promql' ? condition.query : condition.filter;
}
function alertOf(name: string): AlertPlan {
  const found = alerts.find((alert) => alert.name === name);
  if (!found) throw new Error(`there is no alert "${name}"; there are: ${alerts.map((one) => one.name).join(', ')}`);
  return found;
}

describe('alerts', () => {
  test('who is woken by what', () => {
    const listed = alerts.map(({ name, severity, condition }) => `${name} ${severity} ${condition.seconds} s`);
    expect(listed).toEqual([
      'run-failed ERROR 0 s',
      'audit-failed ERROR 0 s',
      'rows-quarantined WARNING 0 s',
      'dead-letter ERROR 0 s',
      'trigger-failed WARNING 0 s',
      'late-library-generator ERROR 5400 s',
      'late-library ERROR 5400 s',
      'old-message ERROR 300 s',
      'quota-exceeded WARNING 0 s',
      'postgres-disk ERROR 900 s',
      'postgres-cpu WARNING 900 s',
      'postgres-connections WARNING 900 s',
    ]);
  });

  test('each says what it means and what to do, in as many words as Google takes', () => {
    for (const { name, documentation } of alerts) {
      const [meaning = '', ...todo] = documentation.split('\n\n');
      expect({ name, meaning: meaning.length > 50 }).toMatchObject({ meaning: true });
      expect({ name, todo: /`npx alir|console|Logs Explorer|`select/.test(todo.join(' ')) }).toMatchObject({
        todo: true,
      });
      expect(Buffer.byteLength(documentation)).toBeLessThan(8192);
    }
  });

  test('on our metrics, ask only for metrics and labels that there are', () => {
    const asked = alerts.flatMap(({ condition }) => (condition.kind === 'promql' ? [condition.query] : []));
    for (const query of asked) {
      const [, name = '', selectors = ''] = /(logging_googleapis_com:\w+)\{([^}]*)\}/.exec(query) ?? [];
      const metric = metrics.find((one) => promMetric(one).startsWith(`${name}{`));
      const labels = [...selectors.matchAll(/(\w+)=/g)].map(([, label]) => label);
      const grouped = /sum by \(([^)]*)\)/.exec(query)?.[1]?.split(', ') ?? [];
      const known = ['monitored_resource', ...Object.keys(metric?.labels ?? {})];
      expect({ query, unknown: [...labels, ...grouped].filter((label) => !known.includes(String(label))) }).toEqual({
        query,
        unknown: [],
      });
      expect(metric?.value).toBeUndefined(); // of a distribution PromQL knows the parts only
    }
  });

  test('a failed run, for each pipeline', () => {
    expect(watched(alertOf('run-failed'))).toBe(
      'sum by (pipeline) (count_over_time(logging_googleapis_com:user_alir_prod_runs{monitored_resource="cloud_run_revision",state="failed"}[30m])) > 0',
    );
  });

  test('a pipeline that is late is asked after by name', () => {
    expect(watched(alertOf('late-library'))).toBe(
      'absent_over_time(logging_googleapis_com:user_alir_prod_runs{monitored_resource="cloud_run_revision",pipeline="library",state="succeeded"}[3600s])',
    );
    expect(alertOf('late-library').documentation).toContain('has succeeded for 150 minutes');
  });

  test('a pipeline that runs on working days is not asked after', () => {
    const schedules = prod.schedules.map((schedule) => ({ ...schedule, schedule: '0 9 * * 1-5' }));
    expect(planAlerts({ ...prod, schedules }).filter(({ name }) => name.startsWith('late-'))).toEqual([]);
  });

  test('a Postgres of somebody else is not watched', () => {
    const names = planAlerts(prod, { postgres: false }).map(({ name }) => name);
    expect(names).toEqual(alerts.map(({ name }) => name).filter((name) => !name.startsWith('postgres-')));
  });

  test('connections run out at four fifths of what the instance has', () => {
    const instances = prod.functions.reduce((sum, { maxInstances }) => sum + maxInstances, 0);
    expect(alertOf('postgres-connections').condition).toMatchObject({
      above: Math.floor((instances * 5 + 20) * 0.8),
      filter:
        'metric.type="cloudsql.googleapis.com/database/postgresql/num_backends" AND resource.type="cloudsql_database" AND resource.labels.database_id="a-project:alir-prod"',
    });
  });
});

test('a distribution is a metric that adds up; the others count', () => {
  const adding = metrics.filter(({ value }) => value !== undefined).map(({ key }) => key);
  expect(adding).toEqual(['duration', 'extracted', 'encoded', 'quarantined', 'loaded', 'merged', 'bytes', 'billed']);
  expect(metricOf('billed')?.value).toEqual({ field: 'jsonPayload.bytesBilled', unit: 'By' });
});
