import { join } from 'node:path';
import { readCatalog } from '../../pipelines/model/read.ts';
import { beforeFirstTick } from '../up/clock.ts';
import { type Cloud, type EmulatorName, emulatorParts } from '../up/cloud.ts';
import { withCloud } from '../up/session.ts';
import { prepareTools } from '../up/tools.ts';
import { localEnvironment } from '../up/variables.ts';
import { currentEnvFile, publishEnvFile } from './environment.ts';
import { formatTable } from './format.ts';

export interface UpOptions {
  readonly data?: string;
  readonly fast?: boolean;
  readonly writeEnv?: string;
  readonly port?: readonly string[];
}

/** With --fast an hour passes in five seconds: long enough for an hourly pipeline to finish before its next tick. */
const FAST_RATE = 720;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Starts the local cloud with functions and schedules, and keeps it until Ctrl-C. @returns the process's exit code */
export async function up(options: UpOptions): Promise<number> {
  const catalog = readCatalog(process.env['ALIR_PIPELINES'], process.env['ALIR_SCHEMAS']);
  const fast = {
    rate: FAST_RATE,
    beginAt: (lastTick: Date | undefined) => beforeFirstTick(catalog.pipelines, lastTick),
  };
  const sessionOptions = {
    data: options.data,
    catalog,
    environment: localEnvironment,
    env: process.env,
    ports: parsePorts(options.port ?? []),
    ...(options.fast ? fast : {}),
    onProgress: (message: string) => {
      say(`  ${message}`);
    },
    onFunctionLog: showFunctionLog,
  };
  return await withCloud(sessionOptions, async ({ cloud, folder, ended }) => {
    const tools = prepareTools(cloud.plan, folder.path, cloud.env, process.env['PATH'] ?? '');
    const variables = { ...cloud.env, ...tools };
    const envFile = options.writeEnv ?? (folder.keep ? join(folder.path, 'env') : currentEnvFile);
    const unpublish = [...new Set([envFile, currentEnvFile])].map((file) => publishEnvFile(file, variables));
    say(describeCloud(cloud, envFile, folder.path, options.fast === true));
    const reason = await ended;
    for (const take of unpublish) take();
    if (reason instanceof Error) process.stderr.write(`${reason.message}\n`);
    say('stopping …');
    return reason instanceof Error ? 1 : 0;
  });
}

/** @throws Error naming the parts there are */
function parsePorts(texts: readonly string[]): Partial<Record<EmulatorName, number>> {
  const names = Object.keys(emulatorParts);
  return Object.fromEntries(
    texts.map((text) => {
      const [name = '', port] = text.split('=');
      if (!names.includes(name) || !/^\d+$/.test(port ?? '') || Number(port) > 65535) {
        throw new Error(`--port ${text}: write <part>=<0 to 65535>; the parts are ${names.join(', ')}`);
      }
      return [name, Number(port)];
    }),
  );
}

function describeCloud(cloud: Cloud, envFile: string, folder: string, fast: boolean): string {
  const { env, plan, clock } = cloud;
  const endpoints = formatTable(
    ['part', 'endpoint', 'found by'],
    [
      ...Object.entries(emulatorParts).map(([name, variable]) => {
        const endpoint = name === 'postgres' ? `${env['PGHOST'] ?? ''}:${env['PGPORT'] ?? ''}` : env[variable];
        return [name, endpoint, variable];
      }),
      ...Object.entries(env)
        .filter(([name]) => name.startsWith('ALIR_FUNCTION_'))
        .map(([name, url]) => [`function ${name.slice('ALIR_FUNCTION_'.length).toLowerCase()}`, url, name]),
    ],
  );
  const schedules = formatTable(
    ['schedule', 'cron', 'time zone'],
    plan.schedules.map((one) => [one.name, one.schedule, one.timezone]),
  );
  return [
    `\n${endpoints}\n\n${schedules}\n`,
    `clock     ${clock.now().toISOString()}${fast ? `, ${FAST_RATE} times as fast as yours` : ''}`,
    `env file  ${envFile}        source it, and psql, gcloud, gsutil, bq and every Google client find the cloud`,
    `state     ${folder}`,
    `try       npx alir run library-generator --wait && npx alir run library --wait && npx alir status`,
    `stop      Ctrl-C\n`,
  ].join('\n');
}

/** What people want to see of the functions: their structured lines. Stacks and the like are in the log file. */
function showFunctionLog(line: string): void {
  try {
    const { severity, message, pipeline, runId, table } = JSON.parse(line) as Record<string, string | undefined>;
    say([severity?.padEnd(7), message, runId ?? pipeline, table].filter((part) => part !== undefined).join(' '));
  } catch {
    // Not one of ours.
  }
}
