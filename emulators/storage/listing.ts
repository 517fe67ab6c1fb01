import { ApiError } from '../kit/errors.ts';
import type { Bucket } from './bucket.ts';
import { compileGlob } from './glob.ts';
import { LIST_MAX_RESULTS } from './limits.ts';
import { type ObjectVersion, versionsOf } from './model.ts';
import { compareNames } from './names.ts';

/** https://cloud.google.com/storage/docs/json_api/v1/objects/list */
export interface ListOptions {
  readonly prefix: string;
  readonly delimiter: string;
  /** Inclusive. */
  readonly startOffset: string;
  /** Exclusive; empty for none. */
  readonly endOffset: string;
  /** Whether `a/` is an item too, beside being a prefix. */
  readonly includeTrailingDelimiter: boolean;
  readonly versions: boolean;
  readonly glob: RegExp | undefined;
  readonly maxResults: number;
  /** The last row of the page before. */
  readonly after: RowKey | undefined;
}

/** Where a row stands: by name, a prefix before the item of the same name, then by generation. */
type RowKey = readonly [name: string, kind: 0 | 1, generation: number];

/** An object's version, or (without one) a prefix that stands for all names below it. */
interface Row {
  readonly key: RowKey;
  readonly version?: ObjectVersion;
}

export interface Page {
  readonly items: readonly ObjectVersion[];
  readonly prefixes: readonly string[];
  readonly nextPageToken: string | undefined;
}

/** @throws ApiError 400 */
export function parseListOptions(query: URLSearchParams): ListOptions {
  if (query.get('softDeleted') === 'true') {
    throw new ApiError('UNIMPLEMENTED', 'the storage emulator has no soft delete');
  }
  const glob = query.get('matchGlob') ?? '';
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    startOffset: query.get('startOffset') ?? '',
    endOffset: query.get('endOffset') ?? '',
    includeTrailingDelimiter: query.get('includeTrailingDelimiter') === 'true',
    versions: query.get('versions') === 'true',
    glob: glob === '' ? undefined : compileGlob(glob),
    maxResults: parseMaxResults(query),
    after: parsePageToken(query),
  };
}

/** @throws ApiError 400 */
export function parseMaxResults(query: URLSearchParams): number {
  const text = query.get('maxResults') ?? String(LIST_MAX_RESULTS);
  if (!/^\d{1,9}$/.test(text)) throw invalid('maxResults', text);
  return Math.min(Number(text) || LIST_MAX_RESULTS, LIST_MAX_RESULTS);
}

/** One page; items and prefixes together count towards `maxResults`. */
export function listObjects(bucket: Bucket, options: ListOptions): Page {
  const page: Row[] = [];
  let hasMore = false;
  for (const row of rowsOf(bucket, options)) {
    if (options.after !== undefined && compareKeys(row.key, options.after) <= 0) continue;
    hasMore = page.length === options.maxResults;
    if (hasMore) break;
    page.push(row);
  }
  const last = page.at(-1);
  return {
    items: page.flatMap(({ version }) => version ?? []),
    prefixes: page.flatMap(({ key, version }) => (version === undefined ? key[0] : [])),
    nextPageToken: hasMore && last ? Buffer.from(JSON.stringify(last.key)).toString('base64url') : undefined,
  };
}

/** Everything that matches, in the order of a listing, from at or before the place where the page begins. */
function* rowsOf(bucket: Bucket, options: ListOptions): Generator<Row> {
  const starts = [options.prefix, options.startOffset, options.after?.[0] ?? ''].sort(compareNames);
  const { names } = bucket;
  let lastPrefix: string | undefined;
  for (let at = lowerBound(names, starts.at(-1) ?? ''); at < names.length; at++) {
    const name = names[at] ?? '';
    if (!name.startsWith(options.prefix)) return;
    if (options.endOffset !== '' && compareNames(name, options.endOffset) >= 0) return;
    if (options.glob?.test(name) === false) continue;
    const entry = bucket.entry(name);
    const versions = entry && options.versions ? versionsOf(entry) : [entry?.live ?? []].flat();
    if (versions.length === 0) continue;
    const prefix = prefixOf(name, options);
    if (prefix !== undefined && prefix !== lastPrefix) yield { key: [prefix, 0, 0] };
    lastPrefix = prefix;
    if (prefix !== undefined && !(options.includeTrailingDelimiter && prefix === name)) continue;
    for (const version of versions) yield { key: [name, 1, version.generation], version };
  }
}

/** The part of a name up to the first delimiter after the asked-for prefix. */
function prefixOf(name: string, { prefix, delimiter }: ListOptions): string | undefined {
  if (delimiter === '') return undefined;
  const at = name.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : name.slice(0, at + delimiter.length);
}

/** The index of the first name that is not before `start`. */
function lowerBound(names: readonly string[], start: string): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareNames(names[middle] ?? '', start) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function compareKeys(left: RowKey, right: RowKey): number {
  return compareNames(left[0], right[0]) || left[1] - right[1] || left[2] - right[2];
}

function parsePageToken(query: URLSearchParams): RowKey | undefined {
  const token = query.get('pageToken') ?? '';
  if (token === '') return undefined;
  try {
    const key = JSON.parse(Buffer.from(token, 'base64url').toString()) as unknown[];
    if (typeof key[0] === 'string' && (key[1] === 0 || key[1] === 1) && typeof key[2] === 'number') {
      return [key[0], key[1], key[2]];
    }
  } catch {
    // Told below, like any token that we did not issue.
  }
  throw invalid('pageToken', token);
}

function invalid(parameter: string, value: string): ApiError {
  return new ApiError('INVALID_ARGUMENT', `Invalid value at '${parameter}': "${value}"`, { location: parameter });
}
