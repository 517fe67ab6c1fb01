import type { MetricKey, MetricPlan } from '../../pipelines/model/watching.ts';
import { promMetric } from '../../pipelines/model/watching.ts';

/** https://cloud.google.com/monitoring/api/ref_v3/rest/v1/projects.dashboards#widget */
export type Widget = Readonly<Record<string, unknown>>;

const HOUR = '3600s';

interface Line {
  readonly query: Readonly<Record<string, unknown>>;
  readonly legend?: string;
}

/** Charts over the log-based metrics. */
export function chartsOf(metrics: readonly MetricPlan[]) {
  const metricOf = (key: MetricKey): MetricPlan => {
    const metric = metrics.find((one) => one.key === key);
    if (!metric)
      throw new Error(`no metric "${key}" is planned; there are: ${metrics.map((one) => one.key).join(', ')}`);
    return metric;
  };
  return {
    /** A metric by its labels, per hour. */
    chart: (metric: MetricPlan): Widget => {
      const by = Object.keys(metric.labels);
      const line = metric.value
        ? sumOf(metric, by)
        : aligned(filterOf(metric), 'ALIGN_SUM', 'REDUCE_SUM', by.map(ofMetric));
      return xyChart(metric.description.replace(/\.$/, ''), 'STACKED_BAR', [line]);
    },
    /** Several metrics in one chart, each under its own word. */
    together: (title: string, words: Readonly<Partial<Record<MetricKey, string>>>, by: string): Widget => {
      const lines = Object.entries(words).map(([key, word]) => sumOf(metricOf(key as MetricKey), [by], word));
      return xyChart(title, 'LINE', lines);
    },
    percentile: (title: string, key: MetricKey, by: string): Widget =>
      xyChart(title, 'LINE', [aligned(filterOf(metricOf(key)), 'ALIGN_SUM', 'REDUCE_PERCENTILE_95', [ofMetric(by)])]),
    /** One figure for each of `by`. */
    table: (
      title: string,
      key: MetricKey,
      labels: Readonly<Record<string, string>>,
      by: string,
      window: string,
    ): Widget => {
      const query = `sum by (${by}) (count_over_time(${promMetric(metricOf(key), '', labels)}[${window}]))`;
      const dataSets = [{ timeSeriesQuery: { prometheusQuery: query } }];
      return { title, timeSeriesTable: { dataSets, metricVisualization: 'NUMBER' } };
    },
  };
}

/** What the events' field adds up to; a filter could ask for a distribution's mean only. */
function sumOf(metric: MetricPlan, by: readonly string[], word?: string): Line {
  const query = `sum by (${by.join(', ')}) (increase(${promMetric(metric, '_sum')}[\${__interval}]))`;
  // Without a template the legend shows the labels, so the word is one more of them.
  const labelled = word === undefined ? query : `label_replace(${query}, "rows", "${word}", "", "")`;
  return { query: { prometheusQuery: labelled } };
}

function filterOf({ name, resource }: MetricPlan): string {
  return `metric.type="logging.googleapis.com/user/${name}" AND resource.type="${resource}"`;
}

/** One of Google's own metrics. */
export function googleChart(title: string, filter: string, aligner: string, reducer: string, by: string): Widget {
  return xyChart(title, 'LINE', [aligned(filter, aligner, reducer, [`resource.label.${by}`], '300s')]);
}

function aligned(
  filter: string,
  perSeriesAligner: string,
  crossSeriesReducer: string,
  groupByFields: readonly string[],
  alignmentPeriod = HOUR,
): Line {
  const aggregation = { alignmentPeriod, perSeriesAligner, crossSeriesReducer, groupByFields };
  const legend = groupByFields.map((field) => `\${${field.replace('.label.', '.labels.')}}`).join(' ');
  return { query: { timeSeriesFilter: { filter, aggregation } }, legend };
}

function xyChart(title: string, plotType: 'LINE' | 'STACKED_BAR', lines: readonly Line[]): Widget {
  const dataSets = lines.map(({ query, legend }) => ({
    timeSeriesQuery: query,
    plotType,
    ...(legend === undefined ? {} : { legendTemplate: legend }),
    targetAxis: 'Y1',
    ...('prometheusQuery' in query || plotType === 'STACKED_BAR' ? { minAlignmentPeriod: HOUR } : {}),
  }));
  return { title, xyChart: { dataSets, chartOptions: { mode: 'COLOR' }, yAxis: { scale: 'LINEAR' } } };
}

function ofMetric(label: string): string {
  return `metric.label.${label}`;
}
