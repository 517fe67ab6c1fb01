/** Somebody is to be told. */
export interface AlertPlan {
  /** Unique in the environment. */
  readonly name: string;
  readonly title: string;
  readonly severity: 'CRITICAL' | 'ERROR' | 'WARNING';
  /** Markdown: what it means, and what to do. */
  readonly documentation: string;
  readonly condition: PromqlCondition | ThresholdCondition;
  /** The pipeline that it is about, if it is about one. */
  readonly pipeline?: string;
}

/**
 * Our own metrics are asked for in PromQL, for that may name a metric which is minutes old and not known everywhere yet;
 * with a filter, a first deployment would fail: https://github.com/hashicorp/terraform-provider-google/issues/11102
 */
export interface PromqlCondition {
  readonly kind: 'promql';
  readonly query: string;
  /** It must hold for so long. */
  readonly seconds: number;
}

/** One of Google's own metrics above a threshold. */
export interface ThresholdCondition {
  readonly kind: 'threshold';
  readonly filter: string;
  readonly above: number;
  readonly seconds: number;
  readonly aligner: 'ALIGN_MAX' | 'ALIGN_MEAN' | 'ALIGN_COUNT_TRUE';
  readonly reducer: 'REDUCE_MAX' | 'REDUCE_SUM';
  readonly groupBy: readonly string[];
}

/** For people: `2 hours`, `61 minutes`. */
export function spell(seconds: number): string {
  return seconds % 3600 === 0 ? `${seconds / 3600} hours` : `${Math.round(seconds / 60)} minutes`;
}
