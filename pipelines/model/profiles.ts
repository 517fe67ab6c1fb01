/**
 * What an environment is for, as sizes. `infra/` reads its defaults here, and whoever wants to know what they cost; each
 * can be overridden by the setting of its own name.
 */
export interface Profile {
  /** Machine of the Postgres instance: https://cloud.google.com/sql/docs/postgres/machine-series-overview */
  readonly postgresTier: string;
  /** `REGIONAL` keeps a standby in a second zone, and is covered by Cloud SQL's service level agreement. */
  readonly postgresAvailability: 'ZONAL' | 'REGIONAL';
  /** Restore to any second of the last seven days, instead of to a backup only. */
  readonly postgresPointInTimeRecovery: boolean;
  /** Daily backups that are kept. */
  readonly postgresBackups: number;
  /** Nothing that holds data is deleted or replaced, neither by a change of the plan nor by `pulumi destroy`. */
  readonly protect: boolean;
}

export const profileNames = ['cheap', 'production'] as const;
export type ProfileName = (typeof profileNames)[number];

export const profiles: Readonly<Record<ProfileName, Profile>> = {
  /** To try things out: a shared-core machine that may be away for minutes, and `pulumi destroy` takes all of it. */
  cheap: {
    postgresTier: 'db-g1-small',
    postgresAvailability: 'ZONAL',
    postgresPointInTimeRecovery: false,
    postgresBackups: 7,
    protect: false,
  },
  production: {
    postgresTier: 'db-custom-2-7680',
    postgresAvailability: 'REGIONAL',
    postgresPointInTimeRecovery: true,
    postgresBackups: 30,
    protect: true,
  },
};

/** Who forgets to choose shall pay a little too much and not lose anything. */
export const DEFAULT_PROFILE: ProfileName = 'production';
