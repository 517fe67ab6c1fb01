import * as gcp from '@pulumi/gcp';
import type * as pulumi from '@pulumi/pulumi';
import type { AlertPlan } from '../../pipelines/model/alerts/alert.ts';
import { labels } from '../../pipelines/model/names.ts';

/** An incident of which nothing is heard any more ends after so long; half an hour is the least that there is. */
const AUTO_CLOSE_SECONDS = 3600;
const EVALUATION_SECONDS = 60;
const ALIGNMENT_SECONDS = 300;

/** https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies */
export function createAlert(
  environment: string,
  planned: AlertPlan,
  channels: readonly gcp.monitoring.NotificationChannel[],
  options: pulumi.CustomResourceOptions,
): gcp.monitoring.AlertPolicy {
  const displayName = `Alir ${environment}: ${planned.title}`;
  return new gcp.monitoring.AlertPolicy(
    planned.name,
    {
      displayName,
      severity: planned.severity,
      combiner: 'OR',
      conditions: [{ displayName: planned.title, ...conditionOf(planned) }],
      documentation: { subject: displayName, content: planned.documentation, mimeType: 'text/markdown' },
      notificationChannels: channels.map(({ name }) => name),
      alertStrategy: { autoClose: `${AUTO_CLOSE_SECONDS}s`, notificationPrompts: ['OPENED', 'CLOSED'] },
      userLabels: { ...labels(environment, planned.pipeline) },
    },
    options,
  );
}

function conditionOf({ condition }: AlertPlan): Omit<gcp.types.input.monitoring.AlertPolicyCondition, 'displayName'> {
  if (condition.kind === 'promql') {
    return {
      conditionPrometheusQueryLanguage: {
        query: condition.query,
        duration: `${condition.seconds}s`,
        evaluationInterval: `${EVALUATION_SECONDS}s`,
        // The metrics are made a moment before, and Monitoring may not have heard of them yet.
        disableMetricValidation: true,
      },
    };
  }
  return {
    conditionThreshold: {
      filter: condition.filter,
      comparison: 'COMPARISON_GT',
      thresholdValue: condition.above,
      duration: `${condition.seconds}s`,
      aggregations: [
        {
          alignmentPeriod: `${ALIGNMENT_SECONDS}s`,
          perSeriesAligner: condition.aligner,
          crossSeriesReducer: condition.reducer,
          groupByFields: [...condition.groupBy],
        },
      ],
      trigger: { count: 1 },
    },
  };
}
