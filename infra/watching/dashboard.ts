import { ofMessages, ofPostgres } from '../../pipelines/model/alerts/google.ts';
import { freshness } from '../../pipelines/model/freshness.ts';
import type { Plan } from '../../pipelines/model/resources.ts';
import { linesOf, planMetrics, scheduledPipelines } from '../../pipelines/model/watching.ts';
import { chartsOf, googleChart, type Widget } from './charts.ts';

const COLUMNS = 48;
const WIDTH = 24;
const HEIGHT = 16;

interface DashboardOptions {
  readonly postgres: boolean;
  /** `projects/…/alertPolicies/…` */
  readonly policyNames: readonly string[];
}

/** The dashboard as the API takes it: https://cloud.google.com/monitoring/api/ref_v3/rest/v1/projects.dashboards */
export function dashboardOf(
  plan: Plan,
  { postgres, policyNames }: DashboardOptions,
): Readonly<Record<string, unknown>> {
  const widgets = [
    { text: { content: describe(plan), format: 'MARKDOWN' } },
    { title: 'Open incidents', incidentList: { policyNames } },
    ...ofPipelines(plan),
    ...ofGoogle(plan, postgres),
    {
      title: 'Warnings and errors',
      logsPanel: {
        filter: `${linesOf(plan)}\nAND severity>=WARNING`,
        resourceNames: [`projects/${plan.environment.projectId}`],
      },
    },
  ];
  const perRow = COLUMNS / WIDTH;
  const tiles = widgets.map((widget, index) => ({
    xPos: (index % perRow) * WIDTH,
    yPos: Math.floor(index / perRow) * HEIGHT,
    width: WIDTH,
    height: HEIGHT,
    widget,
  }));
  return { displayName: `Alir ${plan.environment.name}`, mosaicLayout: { columns: COLUMNS, tiles } };
}

/** A chart for every metric, and what several of them say together. */
function ofPipelines(plan: Plan): Widget[] {
  const metrics = planMetrics(plan);
  const { chart, together, percentile, table } = chartsOf(metrics);
  const stages = { extracted: 'extracted', encoded: 'encoded', loaded: 'loaded', merged: 'merged' };
  return [
    table('Freshness: runs that succeeded in the last 25 hours', 'runs', { state: 'succeeded' }, 'pipeline', '25h'),
    percentile('From the tick to the end, 95th percentile in seconds', 'duration', 'pipeline'),
    together('Rows, by how far they came', stages, 'pipeline'),
    // Durations that are added up say nothing.
    ...metrics.filter(({ key }) => key !== 'duration').map(chart),
  ];
}

function ofGoogle(plan: Plan, postgres: boolean): Widget[] {
  const { disk, cpu, connections } = ofPostgres(plan);
  const instance = 'database_id';
  return [
    googleChart('Oldest message, in seconds', ofMessages(plan), 'ALIGN_MAX', 'REDUCE_MAX', 'subscription_id'),
    ...(postgres
      ? [
          googleChart("Postgres' disk, share used", disk, 'ALIGN_MEAN', 'REDUCE_MAX', instance),
          googleChart("Postgres' processor, share busy", cpu, 'ALIGN_MEAN', 'REDUCE_MAX', instance),
          googleChart("Postgres' connections", connections, 'ALIGN_MEAN', 'REDUCE_SUM', instance),
        ]
      : []),
  ];
}

function describe(plan: Plan): string {
  const rows = scheduledPipelines(plan).map(({ pipeline, schedule, timezone }) => {
    const late = freshness(schedule);
    const watched = late ? `${Math.round((late.windowSeconds + late.retestSeconds) / 60)} minutes` : 'not watched';
    return `| ${pipeline} | \`${schedule}\` ${timezone} | ${watched} |`;
  });
  return [
    `Environment **${plan.environment.name}**. \`npx alir status\` shows runs one by one.`,
    '',
    '| pipeline | schedule | late without a success for |',
    '| --- | --- | --- |',
    ...rows,
    '',
    'Google looks back over 25 hours at most, so a schedule that leaves out whole days is not watched for being late; its failures are.',
  ].join('\n');
}
