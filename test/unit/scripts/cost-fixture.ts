import { plan } from '../../../pipelines/model/plan.ts';
import { isEventPipeline } from '../../../pipelines/model/pipeline.ts';
import type { Catalog } from '../../../pipelines/model/read.ts';
import type { Environment, Plan } from '../../../pipelines/model/resources.ts';
import { estimate, type Estimate, type Line } from '../../../scripts/cost/estimate.ts';
import { type Prices, PRICES } from '../../../scripts/cost/prices.ts';
import { type PostgresChoice } from '../../../scripts/cost/shared.ts';
import { resolveVolumes, type StatedVolume } from '../../../scripts/cost/volumes.ts';
import { fileOf, MOVE } from '../pipelines/model/yaml.ts';
import { contractOf, TIMESTAMP } from '../records.ts';

/** A Postgres whose price is easy to work out. */
export const SMALL = { tier: 'db-custom-1-3840', availability: 'ZONAL' } as const satisfies PostgresChoice;

/** One run a month, at midnight of the first: what a run takes is what a month takes. */
export const MONTHLY = MOVE.replace("'15 * * * *'", "'0 0 1 * *'");

/** 24 logical bytes a row. */
const thing = contractOf({ id: 'long', updated_at: TIMESTAMP, created_at: TIMESTAMP });

export function catalogOf(...texts: string[]): Catalog {
  const pipelines = texts.flatMap((text) => {
    const { pipeline } = fileOf(text, `${/^pipeline: (\S+)/.exec(text)?.[1] ?? ''}.yaml`);
    return isEventPipeline(pipeline) ? [] : [pipeline];
  });
  return { pipelines, events: [], contracts: new Map([['test/thing', thing]]) };
}

export const iowa: Environment = {
  name: 'test',
  projectId: 'my-project',
  region: 'us-central1',
  location: 'us-central1',
  datasetPrefix: '',
};

/** The plan with sizes that no other change moves: 1 GiB for encode and 256 MiB for the others. */
export function planOf(catalog: Catalog, environment: Environment = iowa): Plan {
  const resources = plan(catalog, environment);
  return {
    ...resources,
    functions: resources.functions.map((one) => ({ ...one, memoryMiB: one.entryPoint === 'encode' ? 1024 : 256 })),
  };
}

interface Case {
  readonly texts?: readonly string[];
  readonly volumes?: Readonly<Record<string, StatedVolume>>;
  readonly environment?: Environment;
  readonly prices?: Prices;
  readonly postgres?: PostgresChoice;
}

/** The estimate of MONTHLY, unless the case says otherwise. */
export function estimateOf({ texts = [MONTHLY], volumes = {}, ...more }: Case): Estimate {
  const catalog = catalogOf(...texts);
  const { environment = iowa, prices = PRICES, postgres = SMALL } = more;
  const stated = resolveVolumes(catalog, new Map(Object.entries(volumes)));
  return estimate(planOf(catalog, environment), catalog, stated, prices, postgres);
}

/** The line of `what`, which is there once. */
export function lineOf({ lines }: Estimate, what: string): Line {
  const found = lines.filter((line) => line.what === what);
  const [line] = found;
  if (line && found.length === 1) return line;
  throw new Error(`${found.length} lines "${what}"; there are: ${lines.map((one) => one.what).join(', ')}`);
}
