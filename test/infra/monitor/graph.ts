import type { Inputs } from './wire.ts';

/** One resource as the program registers it with Pulumi's engine. */
export interface Resource {
  readonly urn: string;
  /** Pulumi's token without `gcp:`, e.g. `pubsub/topic:Topic`. */
  readonly type: string;
  /** Pulumi's logical name. */
  readonly name: string;
  readonly inputs: Inputs;
  /** False for a component, which only groups others. */
  readonly custom: boolean;
  /** URN; empty for the stack itself. */
  readonly parent: string;
  /** URNs of what must be there before, from inputs and from `dependsOn`. */
  readonly dependencies: readonly string[];
  /** The same by input, without `dependsOn`. */
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly ignoreChanges: readonly string[];
}

/** What a run of the program comes to, in the order of registration. */
export interface Graph {
  readonly resources: readonly Resource[];
  /** What `pulumi stack output` shows. */
  readonly outputs: Inputs;
}

/** All of a type, e.g. `Topic`, ordered by logical name. */
export function ofType({ resources }: Pick<Graph, 'resources'>, type: string): Resource[] {
  return resources
    .filter((resource) => resource.type.endsWith(`:${type}`))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** The URNs of all that must be there before a resource, directly or not; a component's are those of its children. */
export function before(graph: Pick<Graph, 'resources'>, resource: Resource): ReadonlySet<string> {
  const byUrn = new Map(graph.resources.map((one) => [one.urn, one]));
  const found = new Set<string>();
  const waiting = [...resource.dependencies];
  for (let urn = waiting.pop(); urn !== undefined; urn = waiting.pop()) {
    if (found.has(urn)) continue;
    found.add(urn);
    waiting.push(...(byUrn.get(urn)?.dependencies ?? []));
  }
  return found;
}
