import { join } from 'node:path';
import { functionNames, type FunctionName } from '../../../../pipelines/model/names.ts';
import { startPart, type Part } from '../../../../scripts/up/part.ts';
import { functionVariable, postgresUrl } from '../../../../scripts/up/variables.ts';
import { privateIpAddress } from '../answers.ts';
import type { Resource } from '../graph.ts';
import { root } from '../run.ts';
import { lastPart } from './inputs.ts';

export interface ServiceConfig {
  readonly environmentVariables?: Readonly<Record<string, string>>;
  readonly secretEnvironmentVariables?: readonly { readonly key: string; readonly secret: string }[];
}

/** What nothing in the local cloud is reached by: its Postgres has a password, and no certificate. */
const IAM_LOGIN = ['ALIR_POSTGRES_IAM_HOST', 'ALIR_POSTGRES_CA'];

/**
 * The variables that Cloud Run would start a function with. The instance's address becomes that of the local Postgres.
 * @param local libpq's PG* variables among others
 * @param secretOf the latest value of a secret, by its id
 */
export function environmentOf(
  { environmentVariables = {}, secretEnvironmentVariables = [] }: ServiceConfig,
  local: Readonly<Record<string, string>>,
  secretOf: (secretId: string) => string,
): Record<string, string> {
  const plain = Object.entries(environmentVariables)
    .filter(([name]) => !IAM_LOGIN.includes(name))
    .map(([name, value]) => {
      const url = URL.parse(value);
      const inInstance = url?.protocol === 'postgres:' && url.hostname === privateIpAddress;
      return [name, inInstance ? postgresUrl(local, lastPart(url.pathname)) : value] as const;
    });
  const secret = secretEnvironmentVariables.map(({ key, secret: id }) => [key, secretOf(lastPart(id))] as const);
  return Object.fromEntries([...plain, ...secret]);
}

/**
 * Serves one function in a process of its own, which has the variables that the function would have in the cloud, the
 * emulators' addresses, and none else of ours.
 */
export async function serveFunction(
  { name, inputs }: Resource,
  env: Readonly<Record<string, string>>,
  emulators: Readonly<Record<string, string>>,
  folder: string,
): Promise<{ part: Part; url: string }> {
  const { entryPoint } = inputs['buildConfig'] as { entryPoint: string };
  const known = functionNames.find((one) => one === entryPoint);
  if (known === undefined) throw new Error(`${name} has the entry point ${entryPoint}, which is no function`);
  const others = Object.keys(process.env).filter((variable) => variable.startsWith('ALIR_'));
  const part = await startPart({
    name: `functions-${entryPoint}`,
    file: join(root, 'scripts/up/functions-host.ts'),
    env: { ...Object.fromEntries(others.map((variable) => [variable, undefined])), ...emulators, ...env },
    logFile: join(folder, `${entryPoint}.log`),
  });
  return { part, url: urlOf(part, known) };
}

function urlOf(part: Part, entryPoint: FunctionName): string {
  const url = part.env[functionVariable(entryPoint)];
  if (url === undefined) throw new Error(`the host of the functions does not serve ${entryPoint}`);
  return url;
}
