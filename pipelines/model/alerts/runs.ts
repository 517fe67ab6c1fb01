import { freshness } from '../freshness.ts';
import { type MetricKey, type MetricPlan, promMetric, type ScheduledPipeline } from '../watching.ts';
import { type AlertPlan, spell } from './alert.ts';

/** A line reaches its metric within ten minutes: https://cloud.google.com/logging/docs/logs-based-metrics/troubleshooting */
const RECENT = '30m';

interface OnMetric extends Omit<AlertPlan, 'condition'> {
  readonly metric: MetricKey;
  /** Only time series that have these values. */
  readonly labels: Readonly<Record<string, string>>;
  /** One notification for each of these. */
  readonly by: string;
}

/** Alerts on events: each says that something has happened just now. */
const onMetrics: readonly OnMetric[] = [
  {
    metric: 'runs',
    labels: { state: 'failed' },
    by: 'pipeline',
    name: 'run-failed',
    title: 'a run failed',
    severity: 'ERROR',
    documentation: `A run ended as failed. Nothing is lost: the cursor of a table that failed has not moved, and the next run reads the same rows again.

\`npx alir status\` lists the runs; \`npx alir status <run>\` says which table failed, and why. Mend the cause, then \`npx alir run <pipeline>\`, or wait for the next tick.`,
  },
  {
    metric: 'unmet',
    labels: { demands: 'error' },
    by: 'pipeline, table',
    name: 'audit-failed',
    title: 'an audit failed',
    severity: 'ERROR',
    documentation: `An expectation of severity \`error\` was not met. Nothing of that table run was merged; its rows are in the staging table for three days.

\`npx alir status <run>\` shows each expectation with its counts and names the staging table. Mend the rows in the source or the expectation in the pipeline's file, then \`npx alir run <pipeline>\`.`,
  },
  {
    metric: 'rejections',
    labels: {},
    by: 'pipeline, table',
    name: 'rows-quarantined',
    title: 'rows broke the contract',
    severity: 'WARNING',
    documentation: `Rows could not be written as the contract says and are in the quarantine bucket, with their values and the reason. The rest of the run went on.

\`npx alir status <run>\` counts them; the objects lie under \`<pipeline>/<table>/dt=<date>/run=<run>/\`. \`npx alir quarantine\` shows rows and reasons. Mend them in the source: a row that changes is read again; or mend the contract, and \`npx alir quarantine replay\`.`,
  },
  {
    metric: 'deadletters',
    labels: {},
    by: 'pipeline, giver',
    name: 'dead-letter',
    title: 'a message went to the dead letter topic',
    severity: 'ERROR',
    documentation: `A function could not do a message: it failed for good, or it was out of attempts. A run that it stands for has failed and has an alert of its own; a message that stands for no run is here alone.

\`npx alir dead-letters\` lists them, each with its bytes and the reason; \`npx alir replay\` sends it on once the cause is mended. In the Logs Explorer: \`jsonPayload.event="dead-lettered"\`.`,
  },
  {
    metric: 'triggererrors',
    labels: {},
    by: 'job',
    name: 'trigger-failed',
    title: 'Cloud Scheduler could not publish a tick',
    severity: 'WARNING',
    documentation: `An attempt failed; Cloud Scheduler tries again for a few minutes. If none succeeds, the tick has no run, and the next one moves what this one would have moved.

Look at the job in the console under Cloud Scheduler. A permission or a topic that is gone comes back with \`pulumi up\`.`,
  },
];

type Metrics = ReadonlyMap<MetricKey, MetricPlan>;

export function alertsOfRuns(metrics: Metrics, pipelines: readonly ScheduledPipeline[]): AlertPlan[] {
  const ofEvents = onMetrics.flatMap(({ metric: key, labels, by, ...alert }) => {
    const metric = metrics.get(key);
    if (!metric) return [];
    // That there are points at all, and not their increase: of a single point an increase may say nothing.
    const query = `sum by (${by}) (count_over_time(${promMetric(metric, '', labels)}[${RECENT}])) > 0`;
    return [{ ...alert, condition: { kind: 'promql', query, seconds: 0 } as const }];
  });
  return [...ofEvents, ...pipelines.flatMap((pipeline) => ofFreshness(pipeline, metrics))];
}

/** A pipeline without a success for too long: its tick did not come, its run hangs, or it is skipped time and again. */
function ofFreshness({ pipeline, schedule, timezone }: ScheduledPipeline, metrics: Metrics): AlertPlan[] {
  const late = freshness(schedule);
  const runs = metrics.get('runs');
  if (!late || !runs) return [];
  const { windowSeconds, retestSeconds } = late;
  const succeeded = promMetric(runs, '', { pipeline, state: 'succeeded' });
  return [
    {
      name: `late-${pipeline}`,
      title: `${pipeline} is late`,
      severity: 'ERROR',
      pipeline,
      documentation: `No run of ${pipeline} has succeeded for ${spell(windowSeconds + retestSeconds)}; its schedule is \`${schedule}\` (${timezone}).

\`npx alir status\` says what its last runs came to. With no run at all, look at the job under Cloud Scheduler in the console: it may be paused or failing. With a run that goes on, see the alert on old messages; with runs that are skipped, another one holds the table. \`npx alir run ${pipeline}\` starts one now.`,
      condition: {
        kind: 'promql',
        query: `absent_over_time(${succeeded}[${windowSeconds}s])`,
        seconds: retestSeconds,
      },
    },
  ];
}
