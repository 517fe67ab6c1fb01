import { ofType, type Resource } from '../graph.ts';
import type { Inputs } from '../wire.ts';
import { each, finding, lastOf, type Policy } from './policy.ts';

/** What is lost with them, no program can bring back; and what in their inputs would let it be lost. */
const STATEFUL: Readonly<Record<string, (inputs: Inputs) => string | undefined>> = {
  DatabaseInstance: ({ deletionProtection }) => (deletionProtection === true ? undefined : 'can be deleted'),
  Database: () => undefined,
  Bucket: ({ forceDestroy }) => (forceDestroy === true ? 'is deleted with all that it holds' : undefined),
  Dataset: ({ deleteContentsOnDestroy: all }) => (all === true ? 'is deleted with all that it holds' : undefined),
  Table: ({ deletionProtection }) => (deletionProtection === true ? undefined : 'can be deleted'),
  Secret: () => undefined,
};

interface ServiceConfig {
  readonly timeoutSeconds?: number;
  readonly availableMemory?: string;
  readonly maxInstanceCount?: number;
  readonly serviceAccountEmail?: string;
}

export const safetyPolicies: readonly Policy[] = [
  each('a bucket cannot be opened object by object, nor to the public', ['Bucket'], ({ inputs }) => {
    if (inputs['uniformBucketLevelAccess'] !== true) return 'objects have access lists of their own';
    return inputs['publicAccessPrevention'] === 'enforced' ? undefined : 'can be opened to the public';
  }),
  each('a function says how long, how large and how often it may be', ['Function'], ({ inputs }) => {
    const service = (inputs['serviceConfig'] ?? {}) as ServiceConfig;
    const limits = ['timeoutSeconds', 'availableMemory', 'maxInstanceCount'] as const;
    const missing = limits.filter((limit) => service[limit] === undefined);
    return missing.length === 0 ? undefined : `leaves ${missing.join(', ')} to Google`;
  }),
  {
    name: 'a function runs as an account of its own',
    check: (graph) => {
      const functions = ofType(graph, 'Function');
      const ours = new Set(ofType(graph, 'Account').map(({ inputs }) => String(inputs['accountId'])));
      return functions.flatMap((one) => {
        const account = accountOf(one);
        if (account === undefined) return [finding(one, 'runs as the default account of the project')];
        if (!ours.has(account.split('@')[0] ?? '')) return [finding(one, `runs as ${account}, which is not ours`)];
        const others = functions.filter((other) => other !== one && accountOf(other) === account);
        return others.map(({ name }) => finding(one, `runs as ${account}, as ${name} does`));
      });
    },
  },
  {
    name: 'in production, what holds data is protected, from Pulumi and in the cloud',
    check: (graph) => {
      if (!graph.production) return [];
      // What Pulumi itself put into a bucket, it can put there again.
      const filled = new Set(ofType(graph, 'BucketObject').map(({ inputs }) => lastOf(inputs['bucket'])));
      return Object.entries(STATEFUL)
        .flatMap(([type, problem]) => ofType(graph, type).map((one) => [one, problem(one.inputs)] as const))
        .filter(([{ inputs }]) => !filled.has(lastOf(inputs['name'])))
        .flatMap(([one, problem]) => [
          ...(one.protect ? [] : [finding(one, 'is not protected')]),
          ...(problem === undefined ? [] : [finding(one, problem)]),
        ]);
    },
  },
  {
    name: 'two resources of a kind do not share a name in the cloud',
    check: (graph) => {
      const seen = new Map<string, Resource>();
      return graph.resources.flatMap((resource) => {
        const name = cloudName(resource);
        if (name === undefined) return [];
        const other = seen.get(name);
        seen.set(name, resource);
        return other ? [finding(resource, `has the name of ${other.name}`)] : [];
      });
    },
  },
];

/** The name in the cloud with what it is unique within; undefined for what has none of its own, as a grant. */
export function cloudName({ type, inputs }: Resource): string | undefined {
  if (/member$|:ServiceIdentity$|:Connection$|:Service$/i.test(type)) return undefined;
  const { name, accountId, secretId, repositoryId, datasetId, tableId, displayName, bucket, instance } = inputs;
  const own = name ?? accountId ?? secretId ?? repositoryId ?? tableId ?? datasetId ?? displayName;
  if (typeof own !== 'string') return undefined;
  const within = tableId === undefined ? (bucket ?? instance ?? '') : datasetId;
  return `${type} ${String(within)} ${own}`;
}

function accountOf({ inputs }: Resource): string | undefined {
  return ((inputs['serviceConfig'] ?? {}) as ServiceConfig).serviceAccountEmail;
}
