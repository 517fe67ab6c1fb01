import type { Graph, Resource } from './graph.ts';
import type { Run } from './run.ts';
import { isAsset, isSecret } from './wire.ts';

type Deployed = Graph & Pick<Run, 'assets'>;

/**
 * What `pulumi up` would do to go from one graph to another, as text: `+` created, `-` deleted, `~` changed, `±` deleted
 * and created anew, with the paths of what changed. Resources of a kind to which the same happens share a line. Hashes
 * and long values are left out, so that the text says what changes and not to what bytes.
 */
export function diff(from: Deployed, to: Deployed): string[] {
  const [old, next] = [byUrn(from), byUrn(to)];
  const lines = new Map<string, { title: string; names: string[]; changes: string }>();
  const add = (sign: string, { type, name }: Resource, changes: readonly string[] = []): void => {
    const title = `${sign} ${type.split(':').at(-1) ?? ''}`;
    const line = { title, names: [], changes: changes.length === 0 ? '' : `: ${changes.join(', ')}` };
    const key = title + line.changes;
    lines.set(key, lines.get(key) ?? line);
    lines.get(key)?.names.push(name);
  };
  for (const [urn, resource] of next) if (!old.has(urn)) add('+', resource);
  for (const [urn, resource] of old) {
    const other = next.get(urn);
    if (!other) add('-', resource);
    const changes = other ? compare('', facts(resource, from), facts(other, to)) : [];
    if (changes.length > 0) add(isReplaced(resource.type, changes) ? '±' : '~', resource, changes);
  }
  const outputs = compare('', from.outputs, to.outputs).map((change) => `~ output ${change}`);
  const texts = [...lines.values()].map(({ title, names, changes }) => `${title} ${names.sort().join(', ')}${changes}`);
  return [...texts, ...outputs].sort((a, b) => (a.slice(2) < b.slice(2) ? -1 : 1));
}

function byUrn({ resources }: Graph): Map<string, Resource> {
  return new Map(resources.map((resource) => [resource.urn, resource]));
}

/** What a resource is known by, and where it is; and what BigQuery cannot change, so that the provider makes a new table. */
const IDENTITY = /^(?:name|location|region|bucket|topic|accountId|secretId|repositoryId|datasetId|tableId)\b/;
const PARTITION = /^[+-]?timePartitioning\b/;

function isReplaced(type: string, changes: readonly string[]): boolean {
  return changes.some((change) => IDENTITY.test(change) || (type === 'bigquery/table:Table' && PARTITION.test(change)));
}

/** What Pulumi compares: inputs, files by content, and the options that are kept in its state. */
function facts({ inputs, protect, retainOnDelete, parent }: Resource, { assets }: Pick<Run, 'assets'>): unknown {
  return { ...(plain(inputs, assets) as object), protect, retainOnDelete, parent };
}

function plain(value: unknown, assets: Run['assets']): unknown {
  if (isSecret(value)) return { secret: plain(value.value, assets) };
  if (isAsset(value) && value.path !== undefined) return `sha256:${assets.get(value.path)?.sha256 ?? ''}`;
  if (Array.isArray(value)) return keyed(value.map((item) => plain(item, assets)));
  // A schema is a list in a string; what changed in it is a path as any other.
  if (typeof value === 'string') return value.startsWith('[{') ? plain(JSON.parse(value), assets) : value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner, assets)]));
}

/** Columns, flags and the like go by their names, so that one more of them does not change those behind it. */
function keyed(items: readonly unknown[]): unknown {
  const names = items.map((item) => (isObject(item) ? item['name'] : undefined));
  if (items.length === 0 || names.includes(undefined) || new Set(names).size < names.length) return items;
  return { ...Object.fromEntries(items.map((item, index) => [String(names[index]), item])), order: names.join(', ') };
}

const LONGEST = 40;
const HASH = /[0-9a-f]{16,}/g;

function compare(path: string, from: unknown, to: unknown): string[] {
  if (isObject(from) && isObject(to)) {
    const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort();
    return keys.flatMap((key) => compare(path === '' ? key : `${path}.${key}`, from[key], to[key]));
  }
  if (JSON.stringify(from) === JSON.stringify(to)) return [];
  if (from === undefined) return [`+${path}`];
  if (to === undefined) return [`-${path}`];
  const texts = [from, to].map((value) => JSON.stringify(value).replaceAll(HASH, '<hash>'));
  const short = texts[0] !== texts[1] && texts.every((text) => text.length <= LONGEST);
  return [short ? `${path} ${texts.join(' → ')}` : path];
}

/** A list too: what is added at its end is one path more. */
function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
