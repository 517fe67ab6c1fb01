import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { FunctionName } from '../../pipelines/model/names.ts';
import { plan as makePlan } from '../../pipelines/model/plan.ts';
import type { Environment, Plan } from '../../pipelines/model/resources.ts';
import type { Catalog } from '../../pipelines/model/read.ts';
import { openLedger } from '../../functions/ledger/ledger.ts';
import { applyPostgres } from '../provision/postgres.ts';
import { provision } from '../provision/provision.ts';
import { type CloudClock, openClock } from './clock.ts';
import { type Part, startPart } from './part.ts';
import { alirVariables, functionVariable, postgresUrl } from './variables.ts';

/** The parts of the local cloud, and the variable whose presence says that the user brings one of their own. */
export const emulatorParts = {
  postgres: 'PGHOST',
  pubsub: 'PUBSUB_EMULATOR_HOST',
  storage: 'STORAGE_EMULATOR_HOST',
  apis: 'OPENLIBRARY_URL',
  bigquery: 'BIGQUERY_EMULATOR_HOST',
  scheduler: 'CLOUD_SCHEDULER_EMULATOR_HOST',
} as const;
export type EmulatorName = keyof typeof emulatorParts;

/** Started first, side by side; the others call these. */
const FOUNDATION: readonly EmulatorName[] = ['postgres', 'pubsub', 'storage', 'apis'];
const ON_TOP: readonly EmulatorName[] = ['bigquery', 'scheduler'];

/** Retries come a hundred times sooner than in the cloud, for nobody waits ten minutes at a laptop. */
const LOCAL_BACKOFF_SCALE = '0.01';

export interface CloudOptions {
  readonly catalog: Catalog;
  readonly environment: Environment;
  /** Folder for logs; with `keep`, for all state too. */
  readonly folder: string;
  /** State in `folder` outlives the cloud. */
  readonly keep: boolean;
  /** Virtual seconds per second; 1 is an ordinary clock. */
  readonly rate?: number;
  /** Where the clock begins, given the latest tick that the ledger knows; the later of that and now by default. */
  readonly beginAt?: (lastTick: Date | undefined) => Date;
  /** Fixed ports; a part that is not named takes a free one. */
  readonly ports?: Readonly<Partial<Record<EmulatorName, number>>>;
  /** The user's own environment, for parts that they bring themselves. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly onProgress?: (message: string) => void;
  readonly onFunctionLog?: (line: string) => void;
  /** Makes the plan's resources; through Google's clients, by default. */
  readonly provision?: typeof provision;
}

export interface Cloud {
  readonly plan: Plan;
  /** Everything that a client or a function needs to find the cloud. */
  readonly env: Readonly<Record<string, string>>;
  readonly clock: CloudClock;
  readonly parts: readonly Part[];
  /** Resolves with the reason when a part ends by itself. */
  readonly died: Promise<Error>;
  stop(): Promise<void>;
}

/** Starts every part, applies the plan and serves the functions. @throws Error when a part does not come up; nothing stays behind */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const { catalog, environment, folder, beginAt = laterOfNow, onProgress = () => undefined } = options;
  const plan = makePlan(catalog, environment);
  mkdirSync(join(folder, 'logs'), { recursive: true });
  const parts: Part[] = [];
  const stop = async (): Promise<void> => {
    // Last started, first stopped: nobody calls a part that has gone.
    for (const part of [...parts].reverse()) await part.stop();
  };
  const clock = openClock(options.rate ?? 1);
  const env: Record<string, string> = folderVariables(options.env);
  try {
    const start = async (name: EmulatorName): Promise<void> => {
      const part = await startEmulator(name, options, clock, env);
      if (part) parts.push(part);
      Object.assign(env, part ? part.env : ownPart(name, options.env));
      onProgress(part ? `${name} is up` : `${name} is your own, at ${options.env[emulatorParts[name]] ?? ''}`);
    };
    await allOrNone(FOUNDATION.map(start));
    Object.assign(env, alirVariables(plan, env));
    await applyPostgres(plan, postgresUrl(env, 'postgres'));
    clock.begin(beginAt(await readLastTick(env['ALIR_LEDGER_URL'] ?? '')));
    await allOrNone(ON_TOP.map(start));
    if (parts.some(({ name }) => name === 'pubsub')) await introduceBigQuery(env);
    const host = await startFunctions(options, env);
    parts.push(host);
    onProgress('functions are up');
    Object.assign(process.env, env); // Google's clients find the emulators by the process's own environment.
    const functionUrl = (name: string): string => urlOf(plan, host.env, name);
    await (options.provision ?? provision)(plan, { env, functionUrl });
    onProgress('the plan is applied');
    await clock.attach(env);
    const died = Promise.race(parts.map(async (part) => await part.died));
    return { plan, env: { ...env, ...host.env }, clock, parts, died, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** BigQuery subscriptions write to a BigQuery that was not there yet when Pub/Sub started. */
async function introduceBigQuery(env: Readonly<Record<string, string>>): Promise<void> {
  const url = `http://${env['PUBSUB_EMULATOR_HOST'] ?? ''}/emulator/v1/bigquery`;
  const body = JSON.stringify({ host: env['BIGQUERY_EMULATOR_HOST'] });
  const { ok, status } = await fetch(url, { method: 'PUT', body });
  if (!ok) throw new Error(`pubsub was told where BigQuery is (${body}) and answered ${status}`);
}

/** As Promise.all, but waits for the others before it fails: what is still on its way up has to be stopped too. */
async function allOrNone(work: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(work);
  await Promise.all(work);
}

/** A schedule must not meet a tick twice because the machine's clock is behind the one that a cloud before this had. */
function laterOfNow(lastTick: Date | undefined): Date {
  return new Date(Math.max(Date.now(), lastTick?.getTime() ?? 0));
}

async function readLastTick(ledgerUrl: string): Promise<Date | undefined> {
  const ledger = openLedger({ connection: ledgerUrl, connections: 1 });
  try {
    const { rows } = await ledger.query<{ tick: Date | null }>('select max(tick) as tick from run');
    return rows[0]?.tick ?? undefined;
  } finally {
    await ledger.close();
  }
}

async function startEmulator(
  name: EmulatorName,
  options: CloudOptions,
  clock: CloudClock,
  env: Readonly<Record<string, string>>,
): Promise<Part | undefined> {
  if (options.env[emulatorParts[name]] !== undefined && options.ports?.[name] === undefined) return undefined;
  const data = options.keep ? ['--data-dir', join(options.folder, name)] : [];
  return await startPart({
    name,
    file: join(import.meta.dirname, '../../emulators', name, 'main.ts'),
    args: ['--port', String(options.ports?.[name] ?? 0), '--clock', JSON.stringify(clock.state), ...data],
    env: { PUBSUB_EMULATOR_BACKOFF_SCALE: LOCAL_BACKOFF_SCALE, ...options.env, ...env },
    logFile: join(options.folder, 'logs', `${name}.log`),
  });
}

/** Where the functions read pipelines and contracts, if not in this repository. */
function folderVariables(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const names = ['ALIR_PIPELINES', 'ALIR_SCHEMAS'];
  return Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, resolve(env[name])]] : [])));
}

/** The variables of a part that the user brings, as they set them. */
function ownPart(name: EmulatorName, env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const names = name === 'postgres' ? ['PGHOST', 'PGPORT', 'PGUSER', 'PGPASSWORD'] : [emulatorParts[name]];
  if (name === 'apis') names.push('RANDOMUSER_URL');
  return Object.fromEntries(
    names.flatMap((variable) => (env[variable] === undefined ? [] : [[variable, env[variable]]])),
  );
}

async function startFunctions(options: CloudOptions, env: Readonly<Record<string, string>>): Promise<Part> {
  return await startPart({
    name: 'functions',
    file: join(import.meta.dirname, 'functions-host.ts'),
    env,
    logFile: join(options.folder, 'logs', 'functions.log'),
    ...(options.onFunctionLog ? { onLine: options.onFunctionLog } : {}),
  });
}

function urlOf(plan: Plan, urls: Readonly<Record<string, string>>, name: string): string {
  const entryPoint: FunctionName | undefined = plan.functions.find((one) => one.name === name)?.entryPoint;
  const url = entryPoint && urls[functionVariable(entryPoint)];
  if (url === undefined) throw new Error(`no function ${name} is being served`);
  return url;
}
