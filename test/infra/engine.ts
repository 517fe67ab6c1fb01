import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import {
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import engineGrpc from '@pulumi/pulumi/proto/engine_grpc_pb.js';
import engine from '@pulumi/pulumi/proto/engine_pb.js';
import resourceGrpc from '@pulumi/pulumi/proto/resource_grpc_pb.js';
import resource from '@pulumi/pulumi/proto/resource_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import struct, { type JavaScriptValue } from 'google-protobuf/google/protobuf/struct_pb.js';
import { environment, root } from './deploy.ts';

export interface Registration {
  readonly urn: string;
  readonly type: string;
  readonly inputs: Record<string, JavaScriptValue>;
  /** URNs of what must be there before. */
  readonly dependencies: readonly string[];
}

export interface Run {
  readonly code: number;
  readonly registrations: readonly Registration[];
  /** What `pulumi stack output` would show. */
  readonly outputs: Record<string, JavaScriptValue>;
  /** Errors as Pulumi's engine is told of them, and what the process prints. */
  readonly log: string;
}

interface RunOptions {
  readonly preview?: boolean;
  readonly config: Readonly<Record<string, string>>;
  readonly secretKeys?: readonly string[];
  /** What Google answers beyond a resource's inputs. In a preview it has answered nothing. */
  readonly answer?: (type: string, inputs: Registration['inputs']) => Registration['inputs'];
}

/**
 * Runs the program as Pulumi's CLI does, by its own launcher, against the least engine that it talks to. The CLI itself
 * and Google's provider are no npm packages; what they would do with the registrations is not tested here.
 */
export async function runInPulumi(options: RunOptions): Promise<Run> {
  const registrations: Registration[] = [];
  const outputs: Record<string, JavaScriptValue> = {};
  const told: string[] = [];
  const server = new Server();
  server.addService(definition(resourceGrpc.ResourceMonitorService), monitor(options, registrations, outputs));
  server.addService(definition(engineGrpc.EngineService), engineOf(told));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
  try {
    const launcher = join(root, 'node_modules/@pulumi/pulumi/cmd/run');
    const address = `127.0.0.1:${port}`;
    const flags = [`--monitor=${address}`, `--engine=${address}`, '--project=alir', `--pwd=${join(root, 'infra')}`];
    const stack = [`--stack=${environment.name}`, `--dry-run=${options.preview ?? false}`];
    const child = spawn(process.execPath, [launcher, ...flags, ...stack, 'index.ts'], {
      env: {
        PATH: process.env['PATH'],
        PULUMI_CONFIG: JSON.stringify(options.config),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(options.secretKeys ?? []),
        // What `typescript: false` in Pulumi.yaml becomes.
        PULUMI_NODEJS_TYPESCRIPT: 'false',
      },
    });
    const [printed, complained, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'exit') as Promise<[number]>,
    ]);
    return { code, registrations, outputs, log: [...told, printed, complained].join('\n') };
  } finally {
    server.forceShutdown();
  }
}

interface Call<T> {
  readonly request: T;
}
type Callback<T> = (error: { code: status } | null, answer?: T) => void;

function monitor(
  { answer = () => ({}), preview = false }: RunOptions,
  registrations: Registration[],
  outputs: Record<string, JavaScriptValue>,
): UntypedServiceImplementation {
  return {
    supportsFeature: (
      call: Call<resource.SupportsFeatureRequest>,
      callback: Callback<resource.SupportsFeatureResponse>,
    ) => {
      const supported = ['secrets', 'resourceReferences'].includes(call.request.getId());
      callback(null, new resource.SupportsFeatureResponse().setHassupport(supported));
    },
    registerResource: (
      { request }: Call<resource.RegisterResourceRequest>,
      callback: Callback<resource.RegisterResourceResponse>,
    ) => {
      const type = request.getType();
      const urn = `urn:pulumi:stack::alir::${type}::${request.getName()}`;
      const inputs = request.getObject()?.toJavaScript() ?? {};
      registrations.push({ urn, type, inputs, dependencies: request.getDependenciesList() });
      const state = preview ? inputs : { ...inputs, ...answer(type, inputs) };
      const answered = new resource.RegisterResourceResponse()
        .setUrn(urn)
        .setObject(struct.Struct.fromJavaScript(state));
      callback(null, preview ? answered : answered.setId(`${request.getName()}-id`));
    },
    registerResourceOutputs: (
      { request }: Call<resource.RegisterResourceOutputsRequest>,
      callback: Callback<empty.Empty>,
    ) => {
      Object.assign(outputs, request.getOutputs()?.toJavaScript());
      callback(null, new empty.Empty());
    },
    registerPackage: (_call: unknown, callback: Callback<resource.RegisterPackageResponse>) => {
      callback(null, new resource.RegisterPackageResponse().setRef('gcp'));
    },
    signalAndWaitForShutdown: (_call: unknown, callback: Callback<empty.Empty>) => {
      callback(null, new empty.Empty());
    },
  };
}

function engineOf(told: string[]): UntypedServiceImplementation {
  let rootUrn = '';
  return {
    log: ({ request }: Call<engine.LogRequest>, callback: Callback<empty.Empty>) => {
      if (request.getSeverity() === engine.LogSeverity.ERROR) told.push(request.getMessage());
      callback(null, new empty.Empty());
    },
    getRootResource: (_call: unknown, callback: Callback<engine.GetRootResourceResponse>) => {
      callback(null, new engine.GetRootResourceResponse().setUrn(rootUrn));
    },
    setRootResource: (
      { request }: Call<engine.SetRootResourceRequest>,
      callback: Callback<engine.SetRootResourceResponse>,
    ) => {
      rootUrn = request.getUrn();
      callback(null, new engine.SetRootResourceResponse());
    },
  };
}

/** Pulumi carries its own copy of grpc's types, which TypeScript takes for others. */
function definition(service: unknown): ServiceDefinition {
  return service as ServiceDefinition;
}
