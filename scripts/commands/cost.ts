import { readFileSync } from 'node:fs';
import { plan } from '../../pipelines/model/plan.ts';
import { type Catalog, readCatalog } from '../../pipelines/model/read.ts';
import { GENERAL_ASSUMPTIONS } from '../cost/assumptions.ts';
import { estimate } from '../cost/estimate.ts';
import { estimateJson } from '../cost/json.ts';
import { PRICES } from '../cost/prices.ts';
import { checkLocation, checkRegion, defaultLocation, PRICED_REGION } from '../cost/regions.ts';
import { formatEstimate } from '../cost/report.ts';
import type { ProfileName } from '../../pipelines/model/profiles.ts';
import { type PostgresChoice, postgresOf } from '../cost/shared.ts';
import { parseRows, parseVolumes } from '../cost/stated.ts';
import { hint, resolveVolumes, type StatedVolumes } from '../cost/volumes.ts';
import { localEnvironment } from '../up/variables.ts';

export interface CostOptions {
  readonly rows: readonly string[];
  readonly volumes?: string;
  readonly region: string;
  readonly location?: string;
  readonly profile: ProfileName;
  readonly postgres?: string;
  readonly json?: boolean;
  readonly pipelines?: string;
  readonly schemas?: string;
}

/**
 * Prints what the pipelines cost in a month; needs no cloud. @returns the process's exit code
 * @throws Error, or PipelineMistakes, naming what was asked wrongly
 */
export function cost(names: readonly string[], options: CostOptions): number {
  const all = readCatalog(options.pipelines, options.schemas);
  const catalog = select(all, names);
  const region = checkRegion(options.region);
  const location = options.location === undefined ? defaultLocation(region) : checkLocation(options.location);
  const environment = { ...localEnvironment, region, location };
  const postgres = choosePostgres(options);
  const volumes = resolveVolumes(all, readStated(options, all));
  const resources = plan(all, environment);
  const result = estimate(resources, catalog, volumes, PRICES, postgres);
  const assumptions = [...describePlace(region, location), ...describePostgres(postgres), ...GENERAL_ASSUMPTIONS];
  if (all.events.length > 0) assumptions.push('Event pipelines are left out, for nobody says how much comes.');
  process.stdout.write(
    options.json
      ? `${JSON.stringify(estimateJson(result, volumes, assumptions, PRICES, environment))}\n`
      : formatEstimate(result, volumes, assumptions, PRICES),
  );
  return 0;
}

/** The pipelines that are asked for, in the catalog's order; all when none is. */
function select(catalog: Catalog, names: readonly string[]): Catalog {
  const known = catalog.pipelines.map(({ pipeline }) => pipeline);
  const events = catalog.events.find(({ pipeline }) => names.includes(pipeline));
  if (events)
    throw new Error(`${events.pipeline} is an event pipeline; nobody says how much comes, so it is not estimated`);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`there is no pipeline "${unknown}" (${hint(unknown, known)})`);
  if (names.length === 0) return catalog;
  return { ...catalog, pipelines: catalog.pipelines.filter(({ pipeline }) => names.includes(pipeline)) };
}

/** What an option says of a table goes before what the file says. */
function readStated({ rows, volumes: file }: CostOptions, catalog: Catalog): StatedVolumes {
  const stated = new Map(file === undefined ? [] : parseVolumes(file, readText(file), catalog));
  for (const text of rows) {
    const [key, volume] = parseRows(text);
    stated.set(key, { ...stated.get(key), ...volume });
  }
  return stated;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Error(`--volumes ${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

function choosePostgres({ profile, postgres }: CostOptions): PostgresChoice {
  if (postgres === 'existing') return postgres;
  return { ...postgresOf(profile), ...(postgres === undefined ? {} : { tier: postgres }) };
}

function describePlace(region: string, location: string): string[] {
  const where = `Functions in ${region}, buckets and datasets in ${location}`;
  if (region === PRICED_REGION) return [`${where}.`];
  return [
    `${where}. Cloud Run and multi-regions have their own prices there; all else is priced as in ${PRICED_REGION} or the US, and is often dearer there: Cloud SQL by 20 to 40 %.`,
  ];
}

function describePostgres(postgres: PostgresChoice): string[] {
  if (postgres === 'existing') return ['Postgres is there anyway and costs nothing here.'];
  const { tier, availability } = postgres;
  return [
    `Postgres is Cloud SQL Enterprise, ${tier}, ${availability.toLowerCase()}, for the ledger and the sources together.`,
  ];
}
