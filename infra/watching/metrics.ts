import * as gcp from '@pulumi/gcp';
import type * as pulumi from '@pulumi/pulumi';
import type { MetricPlan } from '../../pipelines/model/watching.ts';

/** From 1 to 10^18 in steps of a third; a sum is exact whatever the buckets, for a distribution keeps count and mean. */
const BUCKETS = { numFiniteBuckets: 145, growthFactor: 4 / 3, scale: 1 };

export function createMetric(planned: MetricPlan, options: pulumi.CustomResourceOptions): gcp.logging.Metric {
  const { key, name, description, filter, labels, value } = planned;
  const extract = (field: string): string => `EXTRACT(${field})`;
  return new gcp.logging.Metric(
    key,
    {
      name,
      description,
      filter,
      metricDescriptor: {
        displayName: name,
        metricKind: 'DELTA',
        valueType: value ? 'DISTRIBUTION' : 'INT64',
        unit: value?.unit ?? '1',
        labels: Object.keys(labels).map((label) => ({ key: label, valueType: 'STRING' })),
      },
      labelExtractors: Object.fromEntries(Object.entries(labels).map(([label, field]) => [label, extract(field)])),
      ...(value ? { valueExtractor: extract(value.field), bucketOptions: { exponentialBuckets: BUCKETS } } : {}),
    },
    options,
  );
}
