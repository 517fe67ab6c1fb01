import { sourceVariable } from '../../pipelines/model/names.ts';
import type { Environment } from '../../pipelines/model/plan.ts';
import { TerminalError } from './errors.ts';

/** Everything that a function reads from its environment, in one place; nothing is read at import time. */
export interface Settings {
  readonly environment: Environment;
  readonly ledgerUrl: string;
  readonly openLibraryUrl: string;
  readonly randomUserUrl: string;
  /** URL of a Postgres source, from ALIR_POSTGRES_<NAME>. @throws TerminalError SETTING_MISSING */
  sourceUrl(name: string): string;
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
    },
    ledgerUrl: postgresUrl(env, 'ALIR_LEDGER_URL', 'postgres://user:password@host:port/database of the ledger'),
    openLibraryUrl: optional(env, 'OPENLIBRARY_URL', 'https://openlibrary.org'),
    randomUserUrl: optional(env, 'RANDOMUSER_URL', 'https://randomuser.me'),
    sourceUrl: (name) => postgresUrl(env, sourceVariable(name), `postgres://… of the source "${name}"`),
  };
}

/** Empty is absent, as in a shell. */
function optional(env: Env, name: string, otherwise: string): string {
  const value = env[name] ?? '';
  return value === '' ? otherwise : value;
}

function required(env: Env, name: string, what: string): string {
  const value = env[name];
  if (value !== undefined && value !== '') return value;
  throw new TerminalError('SETTING_MISSING', `${name} is not set; it holds ${what}`);
}

function postgresUrl(env: Env, name: string, what: string): string {
  const value = required(env, name, what);
  if (['postgres:', 'postgresql:'].includes(URL.parse(value)?.protocol ?? '')) return value;
  // The value itself may hold a password, so it is not repeated.
  throw new TerminalError('SETTING_MISSING', `${name} is not a postgres:// URL; it holds ${what}`);
}
