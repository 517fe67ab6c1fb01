import type { Connection } from '../sources/connection.ts';
import { cloudSqlConnection } from '../gcp/cloud-sql.ts';
import { sourceVariable } from '../../pipelines/model/names.ts';
import { DELIVERY } from '../../pipelines/model/retries.ts';
import type { Environment } from '../../pipelines/model/resources.ts';
import { TerminalError } from './errors.ts';

/** Everything that a function reads from its environment, in one place; nothing is read at import time. */
export interface Settings {
  readonly environment: Environment;
  readonly ledger: Connection;
  readonly openLibraryUrl: string;
  readonly randomUserUrl: string;
  /** After this long a message that fails again and again is given up: `pipelines/model/retries.ts`. */
  readonly maxMessageAgeSeconds: number;
  /** A Postgres source, from ALIR_POSTGRES_<NAME>. @throws TerminalError SETTING_MISSING */
  source(name: string): Connection;
}

export type Env = Readonly<Record<string, string | undefined>>;

/** @throws TerminalError SETTING_MISSING naming the variable and what belongs in it */
export function readSettings(env: Env): Settings {
  return {
    environment: {
      name: optional(env, 'ALIR_ENVIRONMENT', 'local'),
      projectId: required(env, 'GOOGLE_CLOUD_PROJECT', 'the Google Cloud project id'),
      region: optional(env, 'ALIR_REGION', 'us-central1'),
      location: optional(env, 'ALIR_LOCATION', 'US'),
      datasetPrefix: optional(env, 'ALIR_DATASET_PREFIX', ''),
    },
    ledger: connection(env, 'ALIR_LEDGER_URL', 'postgres://user:password@host:port/database of the ledger'),
    openLibraryUrl: optional(env, 'OPENLIBRARY_URL', 'https://openlibrary.org'),
    randomUserUrl: optional(env, 'RANDOMUSER_URL', 'https://randomuser.me'),
    maxMessageAgeSeconds: seconds(env, 'ALIR_MAX_MESSAGE_AGE', DELIVERY.maxMessageAgeSeconds),
    source: (name) => connection(env, sourceVariable(name), `postgres://… of the source "${name}"`),
  };
}

/** Empty is absent, as in a shell. */
function optional(env: Env, name: string, otherwise: string): string {
  const value = env[name] ?? '';
  return value === '' ? otherwise : value;
}

function seconds(env: Env, name: string, otherwise: number): number {
  const value = Number(optional(env, name, String(otherwise)));
  if (Number.isInteger(value) && value > 0) return value;
  throw new TerminalError(
    'SETTING_MISSING',
    `${name} is "${env[name] ?? ''}"; it holds a number of seconds above 0, and is ${otherwise} when it is not set`,
  );
}

function required(env: Env, name: string, what: string): string {
  const value = env[name];
  if (value !== undefined && value !== '') return value;
  throw new TerminalError('SETTING_MISSING', `${name} is not set; it holds ${what}`);
}

/** The environment's own Cloud SQL instance knows the function by its service account; every other one by its URL. */
function connection(env: Env, name: string, what: string): Connection {
  const url = postgresUrl(env, name, what);
  const host = optional(env, 'ALIR_POSTGRES_IAM_HOST', '');
  if (host === '' || URL.parse(url)?.hostname !== host) return url;
  const certificate = required(env, 'ALIR_POSTGRES_CA', `the certificate authority of the instance at ${host}, as PEM`);
  return cloudSqlConnection(url, certificate);
}

function postgresUrl(env: Env, name: string, what: string): string {
  const value = required(env, name, what);
  if (['postgres:', 'postgresql:'].includes(URL.parse(value)?.protocol ?? '')) return value;
  // The value itself may hold a password, so it is not repeated.
  throw new TerminalError('SETTING_MISSING', `${name} is not a postgres:// URL; it holds ${what}`);
}
