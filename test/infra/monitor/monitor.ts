import { status, type UntypedServiceImplementation } from '@grpc/grpc-js';
import resource from '@pulumi/pulumi/proto/resource_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import struct, { type JavaScriptValue } from 'google-protobuf/google/protobuf/struct_pb.js';
import { type AssetContent, readAssets } from './assets.ts';
import type { Resource } from './graph.ts';
import type { Call, Callback } from './service.ts';
import { type Inputs, keepSecrets, revealed } from './wire.ts';

/** What Google makes of a resource. */
export interface State {
  readonly id: string;
  /** What it has beyond its inputs, or instead of one. */
  readonly outputs: Inputs;
}

export interface MonitorOptions {
  readonly stack: string;
  readonly project: string;
  /** Google has answered nothing yet, and every output that is no input is unknown. */
  readonly preview: boolean;
  /**
   * Called for each resource that is no component once all that it depends on has been answered for. Its inputs are
   * those of the registration, secrets revealed. What it throws is told to the program as the provider's error.
   */
  readonly answer: (resource: Resource) => State | Promise<State>;
}

export interface Recorded {
  readonly resources: Resource[];
  /** By URN: what a component, or the stack, says of itself. */
  readonly outputs: Map<string, Inputs>;
  /** By path: what is deployed from files. */
  readonly assets: Map<string, AssetContent>;
}

const STACK_TYPE = 'pulumi:pulumi:Stack';
const FEATURES = ['secrets', 'resourceReferences', 'deletedWith', 'aliasSpecs'];

/** Pulumi's resource monitor: takes registrations, records them, and answers with what Google would. */
export function monitorService(options: MonitorOptions, recorded: Recorded): UntypedServiceImplementation {
  return {
    supportsFeature: (
      { request }: Call<resource.SupportsFeatureRequest>,
      callback: Callback<resource.SupportsFeatureResponse>,
    ) => {
      callback(null, new resource.SupportsFeatureResponse().setHassupport(FEATURES.includes(request.getId())));
    },
    registerResource: (
      { request }: Call<resource.RegisterResourceRequest>,
      callback: Callback<resource.RegisterResourceResponse>,
    ) => {
      register(options, recorded, request).then(
        (answered) => {
          callback(null, answered);
        },
        (error: unknown) => {
          callback({ code: status.UNKNOWN, details: `${request.getName()}: ${(error as Error).message}` });
        },
      );
    },
    registerResourceOutputs: (
      { request }: Call<resource.RegisterResourceOutputsRequest>,
      callback: Callback<empty.Empty>,
    ) => {
      recorded.outputs.set(request.getUrn(), request.getOutputs()?.toJavaScript() ?? {});
      callback(null, new empty.Empty());
    },
    invoke: ({ request }: Call<resource.ResourceInvokeRequest>, callback: Callback<empty.Empty>) => {
      const details = `the program asks Google for ${request.getTok()}; it should know from the plan`;
      callback({ code: status.UNIMPLEMENTED, details });
    },
    registerPackage: (_call: unknown, callback: Callback<resource.RegisterPackageResponse>) => {
      callback(null, new resource.RegisterPackageResponse().setRef('gcp'));
    },
    signalAndWaitForShutdown: (_call: unknown, callback: Callback<empty.Empty>) => {
      callback(null, new empty.Empty());
    },
  };
}

async function register(
  { stack, project, preview, answer }: MonitorOptions,
  { resources, assets }: Recorded,
  request: resource.RegisterResourceRequest,
): Promise<resource.RegisterResourceResponse> {
  const found = toResource(`urn:pulumi:${stack}::${project}`, request);
  if (resources.some(({ urn }) => urn === found.urn)) throw new Error(`Duplicate resource URN '${found.urn}'`);
  if (request.getType() !== STACK_TYPE) resources.push(found);
  for (const [path, content] of readAssets(found.inputs)) assets.set(path, content);
  const answered = new resource.RegisterResourceResponse().setUrn(found.urn);
  if (preview || !found.custom) return answered.setObject(toStruct(found.inputs));
  const { id, outputs } = await answer({ ...found, inputs: revealed(found.inputs) });
  return answered.setId(id).setObject(toStruct({ ...found.inputs, ...(keepSecrets(outputs, found.inputs) as Inputs) }));
}

function toStruct(properties: Inputs): struct.Struct {
  return struct.Struct.fromJavaScript(properties as Record<string, JavaScriptValue>);
}

function toResource(prefix: string, request: resource.RegisterResourceRequest): Resource {
  const type = request.getType();
  const parent = request.getParent();
  // A URN spells out the types of the parents, but for the stack: https://www.pulumi.com/docs/iac/concepts/resources/names/#urns
  const parents = parent.split('::')[2] ?? STACK_TYPE;
  return {
    urn: `${prefix}::${parents === STACK_TYPE ? type : `${parents}$${type}`}::${request.getName()}`,
    type: type.replace(/^gcp:/, ''),
    name: request.getName(),
    inputs: request.getObject()?.toJavaScript() ?? {},
    custom: request.getCustom(),
    parent,
    dependencies: request.getDependenciesList(),
    propertyDependencies: Object.fromEntries(
      Array.from(request.getPropertydependenciesMap().entries(), ([input, urns]) => [input, urns.getUrnsList()]),
    ),
    protect: request.getProtect() ?? false,
    retainOnDelete: request.getRetainondelete() ?? false,
    ignoreChanges: request.getIgnorechangesList(),
  };
}
