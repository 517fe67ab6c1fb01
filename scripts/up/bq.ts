import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

/** Where bq keeps the description of the API that it calls, seen from its own program. */
const DISCOVERY = '../platform/bq/discovery_next/bigquery.json';
const GOOGLE = 'https://bigquery.googleapis.com/';

/**
 * Lets `bq` find the local cloud. It knows no variable for a host; it reads flags from the file that BIGQUERYRC names,
 * and calls the host in its discovery document, of which a copy with ours is written beside.
 * @returns the variables to set; none where there is no bq
 */
export function prepareBq(
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
  path: string,
): Record<string, string> {
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
