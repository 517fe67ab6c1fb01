import { type DeclaredMetric, declaredMetrics } from './metrics.ts';
import { metricName } from './names.ts';
import type { Plan } from './resources.ts';

/** Cloud Scheduler writes its own log: https://cloud.google.com/scheduler/docs/logging */
const triggerErrors = 'triggererrors';

export type MetricKey = keyof typeof declaredMetrics | typeof triggerErrors;

/** A log-based metric, resolved. */
export interface MetricPlan {
  readonly key: MetricKey;
  readonly name: string;
  readonly description: string;
  /** In Google's Logging query language. */
  readonly filter: string;
  /** What the lines come from, and so what the time series belong to. */
  readonly resource: 'cloud_run_revision' | 'cloud_scheduler_job';
  /** Label to the field of a log entry that it is taken from. */
  readonly labels: Readonly<Record<string, string>>;
  /** With a value it is a distribution, without one a counter. */
  readonly value?: { readonly field: string; readonly unit: string };
}

/** The log-based metrics of an environment. */
export function planMetrics(plan: Plan): MetricPlan[] {
  const ofFunctions = Object.entries<DeclaredMetric>(declaredMetrics).map(([key, metric]): MetricPlan => ({
    key: key as MetricKey,
    name: metricName(plan.environment.name, key),
    description: metric.description,
    filter: all([
      linesOf(plan),
      `jsonPayload.event="${metric.event}"`,
      ...Object.entries(metric.where ?? {}).map(([field, is]) => `jsonPayload.${field}=${JSON.stringify(is)}`),
      ...(metric.positive === undefined ? [] : [`jsonPayload.${metric.positive}>0`]),
    ]),
    resource: 'cloud_run_revision',
    labels: Object.fromEntries(metric.labels.map((label) => [label, `jsonPayload.${label}`])),
    ...(metric.value ? { value: { field: `jsonPayload.${metric.value.field}`, unit: metric.value.unit } } : {}),
  }));
  return [...ofFunctions, ...(plan.schedules.length > 0 ? [planTriggerErrors(plan)] : [])];
}

function planTriggerErrors(plan: Plan): MetricPlan {
  return {
    key: triggerErrors,
    name: metricName(plan.environment.name, triggerErrors),
    description: 'Attempts of Cloud Scheduler that failed to publish a tick.',
    filter: all([
      'resource.type="cloud_scheduler_job"',
      oneOf('resource.labels.job_id', plan.schedules),
      'severity>=ERROR',
    ]),
    resource: 'cloud_scheduler_job',
    labels: { job: 'resource.labels.job_id' },
  };
}

/** Everything that the functions of the environment write. */
export function linesOf(plan: Plan): string {
  return all(['resource.type="cloud_run_revision"', oneOf('resource.labels.service_name', plan.functions)]);
}

/** The environment's own and no other's: by names that are spelt out, since one name may begin with another. */
function oneOf(field: string, named: readonly { readonly name: string }[]): string {
  return `${field}=(${named.map(({ name }) => `"${name}"`).join(' OR ')})`;
}

function all(conditions: readonly string[]): string {
  return conditions.join('\nAND ');
}

/** A log-based metric as PromQL names it: https://cloud.google.com/monitoring/promql/promql-mapping */
export function promMetric(
  { name, resource }: MetricPlan,
  suffix: '' | '_sum' = '',
  labels: Readonly<Record<string, string>> = {},
): string {
  const selectors = Object.entries({ monitored_resource: resource, ...labels }).map(([key, is]) => `${key}="${is}"`);
  return `logging_googleapis_com:user_${name.replaceAll(/[^A-Za-z0-9]/g, '_')}${suffix}{${selectors.join(',')}}`;
}

export interface ScheduledPipeline {
  readonly pipeline: string;
  readonly schedule: string;
  readonly timezone: string;
}

/** By the schedules that move rows: one that looks for rows that are gone says nothing of how fresh a table is. */
export function scheduledPipelines(plan: Plan): ScheduledPipeline[] {
  return plan.schedules
    .filter(({ message }) => message['deletes'] === undefined)
    .map(({ message, schedule, timezone }) => {
      return { pipeline: String(message['pipeline']), schedule, timezone };
    });
}
