import { readArchive } from './assets.ts';
import type { Resource } from './graph.ts';
import type { Deployed } from './policies/policy.ts';
import type { Inputs } from './wire.ts';

/** A resource as little as a policy needs it; `after` are the names of those that it depends on. */
export function resource(
  type: string,
  name: string,
  inputs: Inputs = {},
  options: { readonly after?: readonly string[]; readonly protect?: boolean } = {},
): Resource {
  return {
    urn: `urn:${name}`,
    type,
    name,
    inputs,
    custom: true,
    parent: 'urn:stack',
    dependencies: (options.after ?? []).map((other) => `urn:${other}`),
    propertyDependencies: {},
    protect: options.protect ?? false,
    retainOnDelete: false,
    ignoreChanges: [],
  };
}

export function deployed(resources: readonly Resource[], rest: Partial<Deployed> = {}): Deployed {
  return { resources, outputs: {}, assets: new Map(), production: false, secrets: [], ...rest };
}

/** A file that is deployed under a path. */
export function fileAt(path: string, bytes: Buffer): Deployed['assets'] {
  return new Map([[path, { sha256: '', files: readArchive(bytes) }]]);
}
