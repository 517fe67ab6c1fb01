import type { Environment } from '../../pipelines/model/resources.ts';
import type { Estimate } from './estimate.ts';
import { PRICES_DATE, type Prices } from './prices.ts';
import { isPipeline } from './report.ts';
import { sum } from './usage.ts';
import { tableKey, type Volumes } from './volumes.ts';

/** The estimate as one JSON document: everything that it was computed from goes with it. */
export function estimateJson(
  { lines, usd, composerUsd, works, notes }: Estimate,
  volumes: Volumes,
  assumptions: readonly string[],
  prices: Prices,
  { region, location }: Environment,
) {
  return {
    currency: 'USD',
    per: 'month',
    region,
    location,
    usd,
    sharedUsd: sum(
      lines.filter(({ owner }) => owner === 'shared'),
      (line) => line.usd,
    ),
    freeUsd: sum(
      lines.filter(({ owner }) => owner === 'free'),
      (line) => line.usd,
    ),
    composerUsd,
    pipelines: works.map(({ pipeline, runs, tables }) => ({
      pipeline,
      runs: runs.perMonth,
      usd: sum(
        lines.filter(({ owner }) => isPipeline(owner, pipeline)),
        (line) => line.usd,
      ),
      tables: tables.map(({ name, slices }) => ({ table: name, slices, ...volumes.get(tableKey(pipeline, name)) })),
    })),
    lines: lines.map(({ owner, ...line }) => ({
      owner: typeof owner === 'object' ? owner.pipeline : owner,
      ...line,
    })),
    notes,
    assumptions,
    pricesDate: PRICES_DATE,
    prices,
  };
}
