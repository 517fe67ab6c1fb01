import type { Plan } from '../../pipelines/model/resources.ts';
import type { Catalog } from '../../pipelines/model/read.ts';
import { deletesScans, deletesWorks } from './deletes.ts';
import { lakeUsage } from './lake.ts';
import type { Price, Prices, RegionClass, Sku } from './prices.ts';
import { quotaNotes } from './quotas.ts';
import { regionClasses } from './regions.ts';
import { servingUsage } from './serving.ts';
import { type PostgresChoice, sharedUsage } from './shared.ts';
import { sum, type Usage } from './usage.ts';
import type { Volumes } from './volumes.ts';
import { warehouseUsage } from './warehouse.ts';
import { type Workload, workloadOf } from './workload.ts';

/** On whose account: a pipeline's name, what all share, or what Google gives for nothing. */
export type Owner = { readonly pipeline: string } | 'shared' | 'free';

/** US dollars a month; negative where something is free. */
export interface Line extends Usage {
  readonly owner: Owner;
  readonly service: string;
  readonly unit: string;
  /** Per unit. */
  readonly price: number;
  readonly usd: number;
}

export interface Estimate {
  readonly lines: readonly Line[];
  readonly usd: number;
  /** The smallest environment of Cloud Composer for a month, and nothing that it moves. */
  readonly composerUsd: number;
  readonly works: readonly Workload[];
  readonly notes: readonly string[];
}

/**
 * The bill of a month. Pure: the same arguments give the same lines. Every pipeline's lines are its whole usage; what is
 * free is taken off once, for all of them.
 * @param catalog the pipelines that are estimated, with their contracts; the plan may have more
 */
export function estimate(
  plan: Plan,
  catalog: Catalog,
  volumes: Volumes,
  prices: Prices,
  postgres: PostgresChoice,
): Estimate {
  const { region, location } = plan.environment;
  const classes = regionClasses(region, location);
  const works = catalog.pipelines.map((pipeline) => workloadOf(pipeline, catalog, volumes));
  const priced = (owner: Owner, usage: readonly Usage[]): Line[] =>
    usage.map((used) => priceUsage(owner, used, prices, classes));
  const deletes = catalog.pipelines.flatMap((pipeline, index) => {
    const moves = works[index];
    return moves ? deletesWorks(pipeline, moves).map((work) => ({ work, moves })) : [];
  });
  const paid = [
    ...works.flatMap((work) =>
      priced({ pipeline: work.pipeline }, [
        ...servingUsage(work, plan, postgres),
        ...(work.tables.length === 0 ? [] : [...lakeUsage(work, plan), ...warehouseUsage(work, plan)]),
      ]),
    ),
    ...deletes.flatMap(({ work, moves }) =>
      priced(
        { pipeline: work.pipeline },
        [...servingUsage(work, plan, postgres), ...lakeUsage(work, plan), deletesScans(work, moves)].map((used) => {
          return { ...used, what: `${used.what}, for deletes` };
        }),
      ),
    ),
    ...priced('shared', sharedUsage(plan, postgres)),
  ].filter(({ quantity }) => quantity > 0);
  const lines = [...paid, ...freeLines(paid, prices)];
  const notes = quotaNotes([...works, ...deletes.map(({ work }) => work)], plan);
  const usd = sum(lines, (line) => line.usd);
  return { lines, usd, composerUsd: prices.composerSmall.usd, works, notes };
}

function priceUsage(owner: Owner, used: Usage, prices: Prices, classes: ReadonlySet<RegionClass>): Line {
  const { service, unit } = prices[used.sku];
  const price = priceIn(prices[used.sku], classes);
  return { owner, ...used, service, unit, price, usd: used.quantity * price };
}

function priceIn(price: Price, classes: ReadonlySet<RegionClass>): number {
  const [dearer] = [...classes].flatMap((one) => price.in?.[one] ?? []);
  return dearer ?? price.usd;
}

/** Free amounts are worth what they cost in the cheapest region, as https://cloud.google.com/run/pricing says. */
function freeLines(paid: readonly Line[], prices: Prices): Line[] {
  return (Object.keys(prices) as Sku[]).flatMap((sku): Line[] => {
    const { service, unit, usd, free = 0 } = prices[sku];
    const used = paid.filter((line) => line.sku === sku);
    const worth = Math.min(
      free * usd,
      sum(used, (line) => line.usd),
    );
    if (worth <= 0) return [];
    return [{ owner: 'free', sku, what: 'free', quantity: -worth / usd, service, unit, price: usd, usd: -worth }];
  });
}
