import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';
import { planAlerts } from '../../pipelines/model/alerts/alerts.ts';
import type { Plan } from '../../pipelines/model/resources.ts';
import { planMetrics } from '../../pipelines/model/watching.ts';
import { createAlert } from './alerts.ts';
import { type Channels, createChannels } from './channels.ts';
import { dashboardOf } from './dashboard.ts';
import { createMetric } from './metrics.ts';

export interface WatchingOptions {
  readonly channels: Channels;
  /** What must be there before. */
  readonly dependsOn: readonly pulumi.Resource[];
  /** Whether there is a Postgres of ours to watch; so it is if nothing is said. */
  readonly postgres?: boolean;
}

/**
 * What an environment tells of itself: log-based metrics, alerts on them and on Google's own, and a dashboard, which comes
 * first in the answer. Two environments in one project share none of it.
 */
export function createWatching(
  plan: Plan,
  options: WatchingOptions,
): [gcp.monitoring.Dashboard, ...pulumi.CustomResource[]] {
  const environment = plan.environment.name;
  const { channels, postgres = true } = options;
  const parent = new pulumi.ComponentResource('alir:infra:Watching', 'watching');
  const after = (...resources: readonly pulumi.Resource[]): pulumi.CustomResourceOptions => {
    return { parent, dependsOn: [...options.dependsOn, ...resources] };
  };

  const metrics = planMetrics(plan).map((planned) => createMetric(planned, after()));
  const notified = createChannels(environment, channels, after());
  const alerts = planAlerts(plan, { postgres }).map((planned) =>
    createAlert(environment, planned, notified, after(...metrics)),
  );
  const dashboardJson = pulumi
    .all(alerts.map(({ name }) => name))
    .apply((policyNames) => JSON.stringify(dashboardOf(plan, { postgres, policyNames })));
  const dashboard = new gcp.monitoring.Dashboard(
    'dashboard',
    { project: plan.environment.projectId, dashboardJson },
    after(...metrics),
  );
  return [dashboard, ...metrics, ...notified, ...alerts];
}

/** Where people look. */
export function dashboardUrl({ id, project }: gcp.monitoring.Dashboard): pulumi.Output<string> {
  return pulumi.all([id, project]).apply(([path, projectId]) => {
    const [dashboard = ''] = path.split('/').slice(-1);
    return `https://console.cloud.google.com/monitoring/dashboards/builder/${dashboard}?project=${projectId}`;
  });
}
