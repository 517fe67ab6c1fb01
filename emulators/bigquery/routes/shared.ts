import type { Request } from '../../kit/router.ts';
import { invalid } from '../errors.ts';
import type { Resource } from '../store/store.ts';

export function param(request: Request, name: string): string {
  return request.params[name] ?? '';
}

export function pick(body: Resource, names: readonly string[]): Resource {
  return Object.fromEntries(names.flatMap((name) => (body[name] === undefined ? [] : [[name, body[name]]])));
}

/** The text of a property, '' when it is absent or none. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** A property that is a message; undefined when it is absent or none. */
export function resource(value: unknown): Resource | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Resource) : undefined;
}

/** In a PATCH, null takes a property away. */
export function without(properties: Resource): Resource {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== null));
}

/** A non-negative whole number of the query string or the body, or `absent`. */
export function wholeNumber(value: unknown, name: string, absent: number): number {
  if (value === undefined || value === null || value === '') return absent;
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0)
    throw invalid(`Invalid value for ${name}: ${JSON.stringify(value)} is not a valid value`);
  return number;
}

/** Page tokens are the offset of the next row or item, wrapped so that nobody counts on it. */
export function encodeToken(offset: number): string {
  return Buffer.from(`at:${offset}`).toString('base64url');
}

export function decodeToken(token: string | null): number | undefined {
  if (token === null || token === '') return undefined;
  const found = /^at:(\d+)$/.exec(Buffer.from(token, 'base64url').toString());
  if (!found) throw invalid(`Invalid value for pageToken: ${token}`);
  return Number(found[1]);
}

export function page<T>(
  all: readonly T[],
  query: URLSearchParams,
): { items: T[]; nextPageToken: { nextPageToken?: string } } {
  const start = decodeToken(query.get('pageToken')) ?? 0;
  const max = Math.max(1, wholeNumber(query.get('maxResults'), 'maxResults', 1000));
  const end = start + max;
  return { items: all.slice(start, end), nextPageToken: end < all.length ? { nextPageToken: encodeToken(end) } : {} };
}
