import type { Plan } from '../resources.ts';
import { planMetrics, scheduledPipelines } from '../watching.ts';
import type { AlertPlan } from './alert.ts';
import { alertOfMessages, alertOfQuota, alertsOfPostgres } from './google.ts';
import { alertsOfRuns } from './runs.ts';

/** @param options.postgres false when every database is somebody else's, and so is watching it */
export function planAlerts(plan: Plan, { postgres = true }: { postgres?: boolean } = {}): AlertPlan[] {
  const metrics = new Map(planMetrics(plan).map((metric) => [metric.key, metric]));
  return [
    ...alertsOfRuns(metrics, scheduledPipelines(plan)),
    alertOfMessages(plan),
    alertOfQuota(),
    ...(postgres ? alertsOfPostgres(plan) : []),
  ];
}
