import { type FunctionName, sourceVariable } from '../../pipelines/model/names.ts';
import type { Environment, Plan } from '../../pipelines/model/resources.ts';

export const localEnvironment: Environment = {
  name: 'local',
  projectId: 'alir-local',
  region: 'us-central1',
  location: 'US',
  datasetPrefix: '',
};

type Variables = Record<string, string>;

/** `encode` → `ALIR_FUNCTION_ENCODE`, which holds the URL that the function is served at. */
export function functionVariable(name: FunctionName): string {
  return `ALIR_FUNCTION_${name.toUpperCase()}`;
}

/** What the functions read beside the emulators' own variables. `postgres` holds libpq's PG* variables. */
export function alirVariables(plan: Plan, postgres: Readonly<Record<string, string | undefined>>): Variables {
  const [ledger = '', ...sources] = plan.databases;
  return {
    GOOGLE_CLOUD_PROJECT: plan.environment.projectId,
    ALIR_ENVIRONMENT: plan.environment.name,
    ALIR_REGION: plan.environment.region,
    ALIR_LOCATION: plan.environment.location,
    ALIR_LEDGER_URL: postgresUrl(postgres, ledger),
    ...Object.fromEntries(sources.map((name) => [sourceVariable(name), postgresUrl(postgres, name)])),
    METADATA_SERVER_DETECTION: 'none',
  };
}

export function postgresUrl(env: Readonly<Record<string, string | undefined>>, database: string): string {
  const url = new URL('postgres://127.0.0.1');
  const host = env['PGHOST'] ?? '127.0.0.1';
  url.port = env['PGPORT'] ?? '5432';
  url.username = encodeURIComponent(env['PGUSER'] ?? 'postgres');
  url.password = encodeURIComponent(env['PGPASSWORD'] ?? '');
  url.pathname = `/${encodeURIComponent(database)}`;
  // To libpq a host may be the folder of a Unix socket; in a URL that is a parameter, and an IPv6 address is bracketed.
  if (host.startsWith('/')) url.searchParams.set('host', host);
  else url.hostname = host.includes(':') ? `[${host}]` : host;
  return url.toString();
}

/** Lines that a POSIX shell can source. */
export function formatEnvFile(variables: Readonly<Record<string, string>>): string {
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'`);
  return `${lines.join('\n')}\n`;
}

/** Reads what `formatEnvFile` wrote. */
export function parseEnvFile(text: string): Variables {
  const found = text.matchAll(/^export (\w+)='((?:[^']|'\\'')*)'$/gm);
  return Object.fromEntries(Array.from(found, ([, name = '', value = '']) => [name, value.replaceAll(`'\\''`, "'")]));
}
