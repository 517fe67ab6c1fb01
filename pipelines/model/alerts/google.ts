import { maxConnections } from '../connections.ts';
import { instanceName } from '../names.ts';
import type { Plan } from '../resources.ts';
import { type AlertPlan, spell, type ThresholdCondition } from './alert.ts';

/** A message that is not done by then has been tried more than once, at the longest backoff. */
const OLDEST_MESSAGE_SECONDS = 1800;
/** https://cloud.google.com/sql/docs/postgres/recommender-out-of-disk */
const POSTGRES_DISK = 0.8;
const POSTGRES_CPU = 0.9;
const POSTGRES_CONNECTIONS = 0.8;

/** The oldest message of each of the environment's subscriptions, as a filter of Cloud Monitoring. */
export function ofMessages(plan: Plan): string {
  const names = [...plan.subscriptions, ...plan.eventSubscriptions].map(({ name }) => name);
  return googleMetric(
    'pubsub.googleapis.com/subscription/oldest_unacked_message_age',
    'pubsub_subscription',
    `resource.labels.subscription_id=monitoring.regex.full_match("${names.join('|')}")`,
  );
}

export function alertOfMessages(plan: Plan): AlertPlan {
  return {
    name: 'old-message',
    title: 'a message waits for too long',
    severity: 'ERROR',
    documentation: `The oldest message of a subscription has waited for more than ${spell(OLDEST_MESSAGE_SECONDS)}. Its function fails again and again for a passing reason, is at its limit of instances, or cannot be called at all.

The subscription has the name of its function. In the Logs Explorer: \`resource.labels.service_name="<function>" AND severity>=WARNING\`. A message that runs out of attempts goes to the dead letter topic by itself, so nothing has to be deleted.`,
    condition: {
      kind: 'threshold',
      filter: ofMessages(plan),
      above: OLDEST_MESSAGE_SECONDS,
      seconds: 300,
      aligner: 'ALIGN_MAX',
      reducer: 'REDUCE_MAX',
      groupBy: ['resource.label.subscription_id'],
    },
  };
}

/** Quotas are the project's, so every environment in it says so. */
export function alertOfQuota(): AlertPlan {
  return {
    name: 'quota-exceeded',
    title: 'a quota of the project is used up',
    severity: 'WARNING',
    documentation: `Google refused calls because a quota of this project is used up. They are tried again later, so runs get slower before they fail.

In the console under IAM & Admin, Quotas & System Limits: sort by current usage, and ask for more or use less. The quota may be used up by something else in the project.`,
    condition: {
      kind: 'threshold',
      filter: googleMetric('serviceruntime.googleapis.com/quota/exceeded', 'consumer_quota'),
      above: 0,
      seconds: 0,
      aligner: 'ALIGN_COUNT_TRUE',
      reducer: 'REDUCE_SUM',
      groupBy: ['resource.label.service', 'metric.label.quota_metric'],
    },
  };
}

/** What there is to know of the Postgres instance, as filters of Cloud Monitoring. */
export function ofPostgres({ environment }: Plan): Readonly<Record<'disk' | 'cpu' | 'connections', string>> {
  const id = `${environment.projectId}:${instanceName(environment.name)}`;
  const of = (metric: string): string =>
    googleMetric(
      `cloudsql.googleapis.com/database/${metric}`,
      'cloudsql_database',
      `resource.labels.database_id="${id}"`,
    );
  return { disk: of('disk/utilization'), cpu: of('cpu/utilization'), connections: of('postgresql/num_backends') };
}

export function alertsOfPostgres(plan: Plan): AlertPlan[] {
  const filters = ofPostgres(plan);
  const above = (
    what: keyof typeof filters,
    limit: number,
    rest: Omit<AlertPlan, 'condition'>,
    reducer: ThresholdCondition['reducer'] = 'REDUCE_MAX',
  ): AlertPlan => ({
    ...rest,
    condition: {
      kind: 'threshold',
      filter: filters[what],
      above: limit,
      seconds: 900,
      aligner: 'ALIGN_MEAN',
      reducer,
      groupBy: ['resource.label.database_id'],
    },
  });
  const connections = maxConnections(plan.functions);
  return [
    above('disk', POSTGRES_DISK, {
      name: 'postgres-disk',
      title: "Postgres' disk fills up",
      severity: 'ERROR',
      documentation: `More than ${percent(POSTGRES_DISK)} of the disk is used. A Postgres whose disk is full stops, and every pipeline with it.

In the console under SQL: whether storage grows by itself, and up to what limit. What grows is the sources' tables, or write-ahead log that a forgotten replication slot holds back (\`select * from pg_replication_slots\`).`,
    }),
    above('cpu', POSTGRES_CPU, {
      name: 'postgres-cpu',
      title: "Postgres' processor is busy",
      severity: 'WARNING',
      documentation: `The processor has been more than ${percent(POSTGRES_CPU)} busy for a quarter of an hour; claims and leases get slow with it.

In the console under SQL, Query insights shows what costs the most. A cursor column without an index makes every run read its whole table. A larger machine is \`pulumi config set postgresTier …\`.`,
    }),
    above(
      'connections',
      Math.floor(connections * POSTGRES_CONNECTIONS),
      {
        name: 'postgres-connections',
        title: "Postgres' connections run out",
        severity: 'WARNING',
        documentation: `More than ${percent(POSTGRES_CONNECTIONS)} of the ${connections} connections are taken. The functions at their most instances fit in; something else is connected too.

\`select application_name, usename, count(*) from pg_stat_activity group by 1, 2\` says who; the functions are \`alir\`.`,
      },
      'REDUCE_SUM',
    ),
  ];
}

function googleMetric(type: string, resource: string, ...conditions: readonly string[]): string {
  return [`metric.type="${type}"`, `resource.type="${resource}"`, ...conditions].join(' AND ');
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
