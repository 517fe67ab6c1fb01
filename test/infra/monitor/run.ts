import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import engineGrpc from '@pulumi/pulumi/proto/engine_grpc_pb.js';
import resourceGrpc from '@pulumi/pulumi/proto/resource_grpc_pb.js';
import { COMPILE_CACHE } from '../../../scripts/up/part.ts';
import { answerAsGoogle } from './answers.ts';
import type { AssetContent } from './assets.ts';
import { engineService } from './engine.ts';
import type { Graph } from './graph.ts';
import { type MonitorOptions, monitorService, type Recorded } from './monitor.ts';
import { definition } from './service.ts';
import type { Inputs } from './wire.ts';

export interface Run extends Graph {
  /** The exit code of the program. */
  readonly code: number;
  /** By URN: what each component says of itself. */
  readonly componentOutputs: ReadonlyMap<string, Inputs>;
  /** By path: what is deployed from files, as it was during the run. */
  readonly assets: ReadonlyMap<string, AssetContent>;
  /** Errors as Pulumi's engine is told of them, and what the process prints. */
  readonly log: string;
}

export interface RunOptions {
  readonly stack: string;
  /** File of the program; this repository's by default. */
  readonly program?: string;
  /** Settings by full key, e.g. `alir:location`; objects and lists as JSON, as the CLI hands them on. */
  readonly config: Readonly<Record<string, string>>;
  readonly secretKeys?: readonly string[];
  /** Other folders of pipelines and contracts than the repository's. */
  readonly env?: Readonly<Record<string, string>>;
  readonly preview?: boolean;
  /** Instead of Google's answers, or to apply each resource somewhere. */
  readonly answer?: MonitorOptions['answer'];
}

export const root = join(import.meta.dirname, '../../..');
const PROJECT = 'alir';
const PROJECT_NUMBER = '1';

/**
 * Runs the program as Pulumi's CLI does, by its own launcher, against a resource monitor of ours that records what is
 * registered and answers as Google would. The CLI itself and Google's provider are no npm packages; what they would do
 * with the registrations is not tested here.
 */
export async function runProgram(options: RunOptions): Promise<Run> {
  const { stack, config, preview = false } = options;
  const place = {
    project: config['gcp:project'] ?? '',
    region: config['gcp:region'] ?? '',
    projectNumber: PROJECT_NUMBER,
  };
  const { answer = answerAsGoogle(place) } = options;
  const recorded: Recorded = { resources: [], outputs: new Map(), assets: new Map() };
  const told: string[] = [];
  const server = new Server();
  const monitor = monitorService({ stack, project: PROJECT, preview, answer }, recorded);
  server.addService(definition(resourceGrpc.ResourceMonitorService), monitor);
  server.addService(definition(engineGrpc.EngineService), engineService(told));
  try {
    const { code, printed } = await launch(await listen(server), options);
    const stackUrn = [...recorded.outputs.keys()].find((urn) => urn.includes('::pulumi:pulumi:Stack::')) ?? '';
    const { [stackUrn]: outputs = {}, ...components } = Object.fromEntries(recorded.outputs);
    return {
      code,
      resources: recorded.resources,
      assets: recorded.assets,
      outputs,
      componentOutputs: new Map(Object.entries(components)),
      log: [...told, printed].join('\n'),
    };
  } finally {
    server.forceShutdown();
  }
}

async function listen(server: Server): Promise<string> {
  return await new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
      if (error) reject(error);
      else resolve(`127.0.0.1:${port}`);
    });
  });
}

async function launch(
  address: string,
  { stack, program = join(root, 'infra/index.ts'), config, secretKeys = [], env = {}, preview = false }: RunOptions,
): Promise<{ code: number; printed: string }> {
  const launcher = join(root, 'node_modules/@pulumi/pulumi/cmd/run');
  const flags = [`--monitor=${address}`, `--engine=${address}`, `--project=${PROJECT}`, `--stack=${stack}`];
  const child = spawn(
    process.execPath,
    [launcher, ...flags, `--pwd=${dirname(program)}`, `--dry-run=${preview}`, basename(program)],
    {
      env: {
        PATH: process.env['PATH'],
        NODE_COMPILE_CACHE: COMPILE_CACHE,
        // Pulumi takes a stack trace for each promise it makes, which is a quarter of the run, and prints none of them.
        NODE_OPTIONS: '--stack-trace-limit=0',
        ...env,
        PULUMI_CONFIG: JSON.stringify(config),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(secretKeys),
        // What `typescript: false` in Pulumi.yaml becomes.
        PULUMI_NODEJS_TYPESCRIPT: 'false',
      },
    },
  );
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number]>,
  ]);
  return { code, printed: `${stdout}\n${stderr}` };
}
