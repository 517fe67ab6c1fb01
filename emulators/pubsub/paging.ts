import type { Request } from '../kit/router.ts';
import { invalid } from './checks.ts';
import { LIST_DEFAULT_PAGE_SIZE, LIST_MAX_PAGE_SIZE } from './limits.ts';
import type { Json } from './model.ts';

export interface PageRequest {
  /** 0 leaves it to the service. */
  readonly pageSize: number;
  /** Empty for the first page. */
  readonly pageToken: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Empty on the last page. */
  readonly nextPageToken: string;
}

/**
 * One page of `items`, sorted by name; the token is the last name of the page before.
 * @throws ApiError INVALID_ARGUMENT when the page size is negative
 */
export function page<T>(items: Iterable<T>, nameOf: (item: T) => string, request: PageRequest): Page<T> {
  if (request.pageSize < 0) throw invalid(`Invalid page_size ${request.pageSize}: must not be negative.`);
  const size = Math.min(request.pageSize || LIST_DEFAULT_PAGE_SIZE, LIST_MAX_PAGE_SIZE);
  const sorted = [...items].filter((item) => nameOf(item) > request.pageToken);
  sorted.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const taken = sorted.slice(0, size);
  const last = taken.at(-1);
  return { items: taken, nextPageToken: last !== undefined && sorted.length > size ? nameOf(last) : '' };
}

/** What a GET asks for. @throws ApiError INVALID_ARGUMENT */
export function pageOf({ query }: Request): PageRequest {
  const pageSize = Number(query.get('pageSize') ?? 0);
  if (!Number.isInteger(pageSize)) throw invalid(`Invalid value at 'page_size': ${query.get('pageSize') ?? ''}`);
  return { pageSize, pageToken: query.get('pageToken') ?? '' };
}

/** A page as Google's REST API shows it. */
export function pageBody(field: string, items: readonly unknown[], nextPageToken: string): Json {
  return { ...(items.length > 0 && { [field]: items }), ...(nextPageToken !== '' && { nextPageToken }) };
}
