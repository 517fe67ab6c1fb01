import { type ProfileName, profiles } from '../../pipelines/model/profiles.ts';
import type { Plan } from '../../pipelines/model/resources.ts';
import { ASSUMED } from './assumptions.ts';
import type { Usage } from './usage.ts';

export type Availability = 'ZONAL' | 'REGIONAL';

/** The Postgres that holds the ledger and the sources: an instance of Cloud SQL, or one that is there anyway. */
export type PostgresChoice = { readonly tier: string; readonly availability: Availability } | 'existing';

/** https://cloud.google.com/sql/pricing: Cloud SQL, and the month in hours that Google's calculator has. */
const HOURS_PER_MONTH = 730;

/** The Postgres that `infra/` makes for a profile. */
export function postgresOf(profile: ProfileName): Exclude<PostgresChoice, string> {
  const { postgresTier, postgresAvailability } = profiles[profile];
  return { tier: postgresTier, availability: postgresAvailability };
}

/** What all pipelines share, however many they are. @throws Error when Cloud SQL has no such tier */
export function sharedUsage(plan: Plan, postgres: PostgresChoice): Usage[] {
  const functions = plan.functions.length;
  return [
    ...(postgres === 'existing' ? [] : sqlUsage(postgres)),
    // Functions log into our own instance without a password; somebody else's needs a URL with one.
    ...(postgres === 'existing'
      ? ([{ sku: 'secretVersions', what: 'database URLs', quantity: plan.databases.length }] as const)
      : []),
    { sku: 'registry', what: 'images of functions', quantity: functions * ASSUMED.imageGb },
    {
      sku: 'build',
      what: 'builds of functions',
      quantity: functions * ASSUMED.deploymentsPerMonth * ASSUMED.buildMinutes,
    },
  ];
}

/** A regional instance has a second machine and a second disk; its backups are the same. */
function sqlUsage({ tier, availability }: Exclude<PostgresChoice, string>): Usage[] {
  const machines = availability === 'REGIONAL' ? 2 : 1;
  const what = `${tier}, ${availability.toLowerCase()}`;
  return [
    ...machineUsage(tier, what, machines * HOURS_PER_MONTH),
    { sku: 'sqlDisk', what: 'disk', quantity: machines * ASSUMED.sqlDiskGib },
    { sku: 'sqlBackup', what: 'backups', quantity: ASSUMED.sqlBackupGib },
  ];
}

/** https://cloud.google.com/sql/docs/postgres/instance-settings: shared-core machines, and `db-custom-<vCPUs>-<MiB>`. */
function machineUsage(tier: string, what: string, hours: number): Usage[] {
  if (tier === 'db-f1-micro') return [{ sku: 'sqlF1Micro', what, quantity: hours }];
  if (tier === 'db-g1-small') return [{ sku: 'sqlG1Small', what, quantity: hours }];
  const [, cpus, memory] = /^db-custom-([1-9]\d?)-([1-9]\d{3,5})$/.exec(tier) ?? [];
  if (cpus === undefined || memory === undefined) {
    throw new Error(
      `--postgres ${tier}: write "existing", db-f1-micro, db-g1-small or db-custom-<vCPUs>-<MiB>, e.g. db-custom-1-3840`,
    );
  }
  return [
    { sku: 'sqlCpu', what: `CPU of ${what}`, quantity: hours * Number(cpus) },
    { sku: 'sqlMemory', what: `memory of ${what}`, quantity: (hours * Number(memory)) / 1024 },
  ];
}
