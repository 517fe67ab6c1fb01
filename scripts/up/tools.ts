import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import type { Plan } from '../../pipelines/model/resources.ts';

/** Where bq keeps the description of the API that it calls, seen from its own program. */
const DISCOVERY = '../platform/bq/discovery_next/bigquery.json';
const GOOGLE = 'https://bigquery.googleapis.com/';

type Variables = Record<string, string>;

/**
 * Lets Google's command-line tools find the local cloud by variables alone: `gcloud` reads them itself, `gsutil` and `bq`
 * are led to files that are written into `folder`.
 * @param path the PATH on which `bq` is looked for
 */
export function prepareTools(
  plan: Plan,
  folder: string,
  env: Readonly<Record<string, string>>,
  path: string,
): Variables {
  return {
    CLOUDSDK_CORE_PROJECT: plan.environment.projectId,
    CLOUDSDK_AUTH_DISABLE_CREDENTIALS: 'true',
    CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE: `${env['STORAGE_EMULATOR_HOST'] ?? ''}/storage/v1/`,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB: `http://${env['PUBSUB_EMULATOR_HOST'] ?? ''}/`,
    CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDSCHEDULER: `http://${env['CLOUD_SCHEDULER_EMULATOR_HOST'] ?? ''}/`,
    PGDATABASE: plan.databases[1] ?? 'postgres',
    ...prepareGsutil(folder),
    ...prepareBq(folder, env, path),
  };
}

/** By itself gsutil speaks nothing but TLS; told so, it hands its work to `gcloud storage`. */
function prepareGsutil(folder: string): Variables {
  const file = join(folder, 'boto');
  writeFileSync(file, '[GSUtil]\nuse_gcloud_storage = True\n');
  return { BOTO_CONFIG: file };
}

/**
 * bq knows no variable for a host; it reads flags from the file that BIGQUERYRC names, and calls the host in its
 * discovery document, of which a copy with ours is written beside. Nothing where there is no bq.
 */
function prepareBq(folder: string, env: Readonly<Record<string, string>>, path: string): Variables {
  const program = path
    .split(delimiter)
    .map((one) => join(one, 'bq'))
    .find((candidate) => existsSync(candidate));
  const discovery = program && join(dirname(realpathSync(program)), DISCOVERY);
  if (discovery === undefined || !existsSync(discovery)) return {};

  const host = env['BIGQUERY_EMULATOR_HOST'] ?? '';
  const copy = join(folder, 'bq-discovery.json');
  writeFileSync(copy, readFileSync(discovery, 'utf8').replaceAll(GOOGLE, `${host}/`));
  const flags = [`--api=${host}`, `--discovery_file=${copy}`, `--project_id=${env['GOOGLE_CLOUD_PROJECT'] ?? ''}`];
  const file = join(folder, 'bigqueryrc');
  writeFileSync(file, `${flags.join('\n')}\n`);
  // Before bq reads any flag, gcloud's wrapper of it wants a token from somewhere; any will do.
  const token = join(folder, 'access-token');
  writeFileSync(token, 'none\n');
  return { BIGQUERYRC: file, CLOUDSDK_AUTH_ACCESS_TOKEN_FILE: token };
}
