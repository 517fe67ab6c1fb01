import type { AssetContent } from '../assets.ts';
import { type Graph, ofType, type Resource } from '../graph.ts';

/** What a policy looks at. */
export interface Deployed extends Graph {
  /** By path: what the program deploys from files. */
  readonly assets: ReadonlyMap<string, AssetContent>;
  /** Deletion of what holds data takes two steps. */
  readonly production: boolean;
  /** Values that the configuration gave as secrets. */
  readonly secrets: readonly string[];
}

/** A rule over the whole graph; a finding says which resource breaks it, and how. */
export interface Policy {
  readonly name: string;
  readonly check: (deployed: Deployed) => readonly Finding[];
}

export interface Finding {
  /** `type name` of the resource, or what else is meant. */
  readonly subject: string;
  readonly problem: string;
}

export function finding({ type, name }: Pick<Resource, 'type' | 'name'>, problem: string): Finding {
  return { subject: `${type.split(':').at(-1) ?? ''} ${name}`, problem };
}

/** A policy over each resource of some types by itself; `problem` is undefined when there is none. */
export function each(
  name: string,
  types: readonly string[],
  problem: (resource: Resource, deployed: Deployed) => string | undefined,
): Policy {
  return {
    name,
    check: (deployed) =>
      types
        .flatMap((type) => ofType(deployed, type))
        .flatMap((resource) => {
          const found = problem(resource, deployed);
          return found === undefined ? [] : [finding(resource, found)];
        }),
  };
}

/** Every string in a value, however deep, with the path to it. */
export function stringsIn(value: unknown, path = ''): { readonly path: string; readonly text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => stringsIn(inner, path === '' ? key : `${path}.${key}`));
}

/** Grants name a resource by its name or by its path; the name is the last of it. */
export function lastOf(path: unknown): string {
  return String(path).split('/').at(-1) ?? '';
}
