import { closest } from '../../pipelines/model/mistake.ts';
import type { RegionClass } from './prices.ts';

/**
 * Where Cloud Run is, by the tier of its price: https://cloud.google.com/run/docs/locations. A region of which the lists
 * that were found disagree stands in tier 2, the dearer one.
 */
const TIER_1 =
  'asia-east1 asia-northeast1 asia-northeast2 europe-north1 europe-southwest1 europe-west1 europe-west4 europe-west8 europe-west9 me-west1 us-central1 us-east1 us-east4 us-east5 us-south1 us-west1'.split(
    ' ',
  );
const TIER_2 =
  'africa-south1 asia-east2 asia-northeast3 asia-south1 asia-south2 asia-southeast1 asia-southeast2 asia-southeast3 australia-southeast1 australia-southeast2 europe-central2 europe-north2 europe-west10 europe-west12 europe-west2 europe-west3 europe-west6 me-central1 me-central2 northamerica-northeast1 northamerica-northeast2 northamerica-south1 southamerica-east1 southamerica-west1 us-west2 us-west3 us-west4'.split(
    ' ',
  );
const REGIONS: readonly string[] = [...TIER_1, ...TIER_2].sort();
const MULTI_REGIONS: readonly string[] = ['US', 'EU', 'ASIA'];

/** The region whose prices the list has. */
export const PRICED_REGION = 'us-central1';

/** @throws Error with the closest region */
export function checkRegion(region: string): string {
  return oneOf('--region', region, REGIONS, 'a region of Cloud Run');
}

/** @throws Error with the closest location */
export function checkLocation(location: string): string {
  if (MULTI_REGIONS.includes(location.toUpperCase())) return location.toUpperCase();
  return oneOf('--location', location, [...MULTI_REGIONS, ...REGIONS], 'a location of buckets and datasets');
}

/** Where buckets and datasets lie when nobody says so: as infra/Pulumi.yaml has it in the US, beside the functions elsewhere. */
export function defaultLocation(region: string): string {
  if (region.startsWith('us-')) return 'US';
  return region.startsWith('europe-') ? 'EU' : region;
}

/** What makes prices differ there. */
export function regionClasses(region: string, location: string): ReadonlySet<RegionClass> {
  const classes = new Set<RegionClass>();
  if (TIER_2.includes(region)) classes.add('tier2');
  if (MULTI_REGIONS.includes(location)) classes.add('multiRegion');
  return classes;
}

function oneOf(option: string, value: string, allowed: readonly string[], what: string): string {
  if (allowed.includes(value)) return value;
  const near = closest(value, allowed);
  const hint = near === undefined ? `there are: ${allowed.join(', ')}` : `did you mean "${near}"?`;
  throw new Error(`${option} ${value}: this is not ${what} (${hint})`);
}
