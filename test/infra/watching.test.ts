import { beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { planAlerts } from '../../pipelines/model/alerts/alerts.ts';
import { planMetrics, promMetric } from '../../pipelines/model/watching.ts';
import { deploy, type Deployment, environment, type Inputs, unwrapSecret, visible } from './deploy.ts';
import { messageType, misfits } from './google-types.ts';
import { before } from './monitor/graph.ts';

const webhook = 'https://hooks.example.com/recognisable-secret';
const emails = ['data@example.com', 'night@example.com'];

let deployment: Deployment;
beforeAll(async () => {
  deployment = await deploy({
    config: { 'alir:alertEmails': JSON.stringify(emails) },
    secrets: { 'alir:alertWebhookUrl': webhook },
  });
}, 60_000);

const byName = (items: readonly Inputs[], key: string): Record<string, Inputs> =>
  Object.fromEntries(items.map((item) => [String(item[key]), item]));

describe('log-based metrics', () => {
  test('are those of the plan, and no others', () => {
    const { plan, inputsOf } = deployment;
    const expected = planMetrics(plan).map(({ name, description, filter, labels, value }) => ({
      name,
      description,
      filter,
      metricDescriptor: {
        displayName: name,
        metricKind: 'DELTA',
        valueType: value ? 'DISTRIBUTION' : 'INT64',
        unit: value?.unit ?? '1',
        labels: Object.keys(labels).map((key) => ({ key, valueType: 'STRING' })),
      },
      labelExtractors: Object.fromEntries(Object.entries(labels).map(([key, field]) => [key, `EXTRACT(${field})`])),
      ...(value ? { valueExtractor: `EXTRACT(${value.field})`, bucketOptions: expect.anything() } : {}),
    }));
    expect(byName(inputsOf('Metric'), 'name')).toEqual(byName(expected, 'name'));
  });

  test("fit Google's types, and each label has an extractor", () => {
    const descriptor = messageType('google/api/metric.proto', 'google.api.MetricDescriptor');
    const buckets = messageType('google/api/distribution.proto', 'google.api.Distribution.BucketOptions');
    for (const { metricDescriptor, bucketOptions = {}, filter } of deployment.inputsOf('Metric')) {
      expect(misfits(descriptor, metricDescriptor as object)).toEqual([]);
      expect(misfits(buckets, bucketOptions as object)).toEqual([]);
      expect(String(filter).length).toBeLessThan(20_000);
    }
  });
});

describe('alert policies', () => {
  test('are those of the plan, and no others; each wakes everybody', () => {
    const { plan, inputsOf } = deployment;
    const policies = inputsOf('AlertPolicy');
    const expected = planAlerts(plan).map(({ title, severity }) => ({ title: `Alir prod: ${title}`, severity }));
    const actual = policies.map(({ displayName, severity }) => ({ title: String(displayName), severity }));
    const order = (a: { title: string }, b: { title: string }): number => (a.title < b.title ? -1 : 1);
    expect(actual.sort(order)).toEqual(expected.sort(order));
    for (const { notificationChannels } of policies) expect(notificationChannels).toHaveLength(emails.length + 1);
  });

  test("fit Google's types", () => {
    const policy = messageType('google/monitoring/v3/alert.proto', 'google.monitoring.v3.AlertPolicy');
    for (const inputs of deployment.inputsOf('AlertPolicy')) expect(misfits(policy, inputs)).toEqual([]);
  });

  test('come after the metrics that they ask for, and name those that may not be known yet without a check', () => {
    const { resources } = deployment;
    const metrics = resources.filter(({ type }) => type.endsWith(':Metric')).map(({ urn }) => urn);
    for (const policy of resources.filter(({ type }) => type.endsWith(':AlertPolicy'))) {
      expect([...before(deployment, policy)]).toEqual(expect.arrayContaining(metrics));
      const text = JSON.stringify(policy.inputs['conditions']);
      const isOurs = text.includes('logging_googleapis_com:');
      expect({ name: policy.name, unchecked: text.includes('"disableMetricValidation":true') }).toMatchObject({
        unchecked: isOurs,
      });
    }
  });

  test('that compare with a number do so as the API can', () => {
    const thresholds = deployment.inputsOf('AlertPolicy').flatMap(({ conditions }) => {
      const [{ conditionThreshold }] = conditions as [{ conditionThreshold?: Inputs }];
      return conditionThreshold ? [conditionThreshold] : [];
    });
    expect(thresholds).toHaveLength(5);
    for (const { filter, comparison, duration } of thresholds) {
      expect(filter).toMatch(/metric\.type="[a-z.]+\.googleapis\.com\/[\w/]+" AND resource\.type="\w+"/);
      expect(comparison).toBe('COMPARISON_GT');
      expect(Number.parseInt(String(duration)) % 60).toBe(0);
    }
  });
});

describe('those who are told', () => {
  test('are the addresses of the configuration, and the webhook, whose address nobody sees', () => {
    const channel = messageType('google/monitoring/v3/notification.proto', 'google.monitoring.v3.NotificationChannel');
    const channels = deployment.inputsOf('NotificationChannel');
    const [, , last = {}] = channels;
    expect(channels.slice(0, 2)).toEqual(
      emails.map((address) => ({
        displayName: `Alir prod: ${address}`,
        type: 'email',
        labels: { email_address: address },
      })),
    );
    for (const mail of channels.slice(0, 2)) expect(misfits(channel, mail)).toEqual([]);
    expect(last).toMatchObject({ displayName: 'Alir prod: webhook', type: 'webhook_tokenauth' });
    const { labels } = last as { labels: unknown };
    const revealed = JSON.stringify(labels, (_key, value: unknown) => {
      try {
        return unwrapSecret(value);
      } catch {
        return value;
      }
    });
    expect(JSON.parse(revealed)).toEqual({ url: webhook });
    for (const { inputs } of deployment.resources) expect(visible(inputs)).not.toContain('recognisable-secret');
  });
});

const query = z.union([
  z.strictObject({ prometheusQuery: z.string() }),
  z.strictObject({
    timeSeriesFilter: z.strictObject({
      filter: z.string().regex(/^metric\.type="[^"]+" AND resource\.type="[^"]+"/),
      aggregation: z.strictObject({
        alignmentPeriod: z.string().regex(/^\d+s$/),
        perSeriesAligner: z.enum(['ALIGN_SUM', 'ALIGN_MAX', 'ALIGN_MEAN']),
        crossSeriesReducer: z.enum(['REDUCE_SUM', 'REDUCE_MAX', 'REDUCE_PERCENTILE_95']),
        groupByFields: z.array(z.string().regex(/^(?:metric|resource)\.label\.\w+$/)),
      }),
    }),
  }),
]);
const dataSet = z.strictObject({
  timeSeriesQuery: query,
  plotType: z.enum(['LINE', 'STACKED_BAR']),
  legendTemplate: z.string().optional(),
  targetAxis: z.literal('Y1'),
  minAlignmentPeriod: z.string().optional(),
});
/** https://cloud.google.com/monitoring/api/ref_v3/rest/v1/projects.dashboards#widget */
const widget = z.union([
  z.strictObject({ text: z.strictObject({ content: z.string(), format: z.literal('MARKDOWN') }) }),
  z.strictObject({ title: z.string(), incidentList: z.strictObject({ policyNames: z.array(z.string()) }) }),
  z.strictObject({
    title: z.string(),
    logsPanel: z.strictObject({ filter: z.string(), resourceNames: z.array(z.string()) }),
  }),
  z.strictObject({
    title: z.string(),
    xyChart: z.strictObject({
      dataSets: z.array(dataSet).min(1),
      chartOptions: z.strictObject({ mode: z.literal('COLOR') }),
      yAxis: z.strictObject({ scale: z.literal('LINEAR') }),
    }),
  }),
  z.strictObject({
    title: z.string(),
    timeSeriesTable: z.strictObject({
      dataSets: z.array(z.strictObject({ timeSeriesQuery: query })).min(1),
      metricVisualization: z.enum(['NUMBER', 'BAR']),
    }),
  }),
]);
const dashboardShape = z.strictObject({
  displayName: z.string(),
  mosaicLayout: z.strictObject({
    columns: z.literal(48),
    tiles: z.array(z.strictObject({ xPos: z.int(), yPos: z.int(), width: z.int(), height: z.int(), widget })),
  }),
});

describe('the dashboard', () => {
  const json = (): string => String(deployment.inputsOf('Dashboard')[0]?.['dashboardJson']);

  test("has the API's shape, and its tiles lie side by side", () => {
    const { displayName, mosaicLayout } = dashboardShape.parse(JSON.parse(json()));
    expect(displayName).toBe('Alir prod');
    const cells = mosaicLayout.tiles.map(({ xPos, yPos }) => `${xPos} ${yPos}`);
    expect(new Set(cells).size).toBe(cells.length);
    for (const { xPos, width } of mosaicLayout.tiles) expect(xPos + width).toBeLessThanOrEqual(48);
  });

  test('charts every metric, and no metric that there is not', () => {
    const names = planMetrics(deployment.plan).map((metric) => ({
      key: metric.key,
      type: `logging.googleapis.com/user/${metric.name}`,
      prom: promMetric(metric, metric.value ? '_sum' : '').split('{')[0] ?? '',
    }));
    const text = json();
    const missing = names.filter(({ type, prom }) => !text.includes(`${type}\\"`) && !text.includes(`${prom}{`));
    expect(missing).toEqual([]);
    const used = text.match(/logging\.googleapis\.com\/user\/[\w/-]+|logging_googleapis_com:\w+/g) ?? [];
    const known = names.flatMap(({ type, prom }) => [type, prom]);
    expect(used.filter((name) => !known.includes(name))).toEqual([]);
  });

  test('lists the incidents of its policies, says which pipelines are watched for being late, and is an output', () => {
    const { plan, outputs, resources } = deployment;
    const list = /"policyNames":\[(.*?)\]/.exec(json())?.[1]?.split(',') ?? [];
    expect(list).toHaveLength(resources.filter(({ type }) => type.endsWith(':AlertPolicy')).length);
    for (const { message } of plan.schedules) expect(json()).toContain(`| ${String(message['pipeline'])} |`);
    expect(outputs['dashboardUrl']).toMatch(
      /^https:\/\/console\.cloud\.google\.com\/monitoring\/dashboards\/builder\//,
    );
    expect(JSON.stringify(outputs)).toContain(`project=${environment.projectId}`);
  });
});

test('the instance takes as many connections as the alert takes it to', () => {
  const flags = (deployment.inputsOf('DatabaseInstance')[0]?.['settings'] as Inputs)['databaseFlags'] as Inputs[];
  const most = Number(flags.find(({ name }) => name === 'max_connections')?.['value']);
  const alert = planAlerts(deployment.plan).find(({ name }) => name === 'postgres-connections');
  expect(alert?.condition).toMatchObject({ above: Math.floor(most * 0.8) });
});
