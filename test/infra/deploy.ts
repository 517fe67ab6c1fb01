import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { plan } from '../../pipelines/model/plan.ts';
import { readCatalog } from '../../pipelines/model/read.ts';
import type { Environment, Plan, Sizes } from '../../pipelines/model/resources.ts';
import { copyCatalog, type Folders } from '../support/folders.ts';
import { ofType, type Resource } from './monitor/graph.ts';
import { root, type Run, runProgram, type RunOptions } from './monitor/run.ts';
import type { Inputs } from './monitor/wire.ts';

export { root } from './monitor/run.ts';
export type { Resource } from './monitor/graph.ts';
export { type Inputs, unwrapSecret, visible } from './monitor/wire.ts';

/** Everything that means something in a URL. */
export const password = 'p@ss/w:rd?%#';
export const environment: Environment = {
  name: 'prod',
  projectId: 'a-project',
  region: 'europe-west1',
  location: 'EU',
  datasetPrefix: '',
};

export interface DeployOptions {
  readonly environment?: Environment;
  readonly folders?: Folders;
  /** Settings by full key, e.g. `alir:profile`, beyond those that `environment` is made of. */
  readonly config?: Readonly<Record<string, string>>;
  /** The same, but set with --secret. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Sizes of functions that `config` sets, for `Deployment.plan`. */
  readonly sizes?: Sizes;
  readonly preview?: boolean;
  readonly answer?: RunOptions['answer'];
}

export interface Deployment extends Run {
  readonly plan: Plan;
  /** What is created: no components. */
  readonly resources: readonly Resource[];
  /** The inputs of every resource of a type, e.g. `Topic`, ordered by logical name. */
  readonly inputsOf: (type: string) => Inputs[];
}

const deployed = new Map<string, Promise<Deployment>>();

/**
 * What `pulumi up` would create, by a run of the real program, which costs a second or more: the same options are run
 * once in a test file.
 * @throws Error with what the program printed when it fails
 */
export async function deploy(options: DeployOptions = {}): Promise<Deployment> {
  if (options.answer) return await deployNow(options);
  const key = JSON.stringify(options);
  const known = deployed.get(key) ?? deployNow(options);
  deployed.set(key, known);
  return await known;
}

/** As `deploy`, for a program that may fail. */
export async function runStack(options: DeployOptions = {}): Promise<Run> {
  return await runProgram(runOptions(options));
}

async function deployNow(options: DeployOptions): Promise<Deployment> {
  const run = await runStack(options);
  if (run.code !== 0) throw new Error(`the program ended with ${run.code}: ${run.log}`);
  const { folders, sizes } = options;
  const catalog = readCatalog(folders?.pipelines, folders?.schemas);
  return {
    ...run,
    plan: plan(catalog, options.environment ?? environment, sizes),
    resources: run.resources.filter(({ custom }) => custom),
    inputsOf: (type) => ofType(run, type).map(({ inputs }) => inputs),
  };
}

/** What the CLI hands on: the stack's own settings, and the defaults of Pulumi.yaml for the others. */
function runOptions(options: DeployOptions): RunOptions {
  const { environment: into = environment, folders, config, secrets, preview = false, answer } = options;
  return {
    preview,
    ...(answer ? { answer } : {}),
    stack: into.name,
    config: {
      ...projectDefaults(),
      'gcp:project': into.projectId,
      'gcp:region': into.region,
      'alir:location': into.location,
      'alir:datasetPrefix': into.datasetPrefix,
      ...config,
      ...secrets,
    },
    secretKeys: Object.keys(secrets ?? {}),
    env: folders ? { ALIR_PIPELINES: folders.pipelines, ALIR_SCHEMAS: folders.schemas } : {},
  };
}

function projectDefaults(): Record<string, string> {
  const { config } = parse(readFileSync(join(root, 'infra/Pulumi.yaml'), 'utf8')) as {
    config: Record<string, { default?: unknown }>;
  };
  return Object.fromEntries(
    Object.entries(config).flatMap(([key, { default: value }]) =>
      value === undefined ? [] : [[`alir:${key}`, typeof value === 'string' ? value : JSON.stringify(value)]],
    ),
  );
}

/** The repository's catalog with one pipeline more: one table, clustered, into a dataset of its own. */
export function withShop(): Folders {
  const folders = copyCatalog();
  writeFileSync(
    join(folders.pipelines, 'shop.yaml'),
    `pipeline: shop
description: The books once more, for a shop.
schedule: '45 * * * *'
timezone: Asia/Jakarta
source: { postgres: application }
dataset: shop
tables:
  - source: books_table
    contract: library/book
    destination: thing
    key: [id]
    cursor: updated_at
    cluster: [id]
`,
  );
  return folders;
}

/** The repository's catalog with one pipeline more that takes events: Pub/Sub itself writes them into a table. */
export function withEvents(): Folders {
  const folders = copyCatalog();
  writeFileSync(
    join(folders.pipelines, 'entries.yaml'),
    `pipeline: entries
description: Members as they enter.
events:
  contract: library/member
  dataset: entries
  table: entry
  partition: { field: publish_time, by: day }
  cluster: [id]
`,
  );
  return folders;
}
