import type { Reply, Request } from '../kit/router.ts';
import { facets } from './facets.ts';
import { OPENLIBRARY } from './limits.ts';
import { catalogue } from './works.ts';

/** Kinds of subject by the prefix of their name. */
const SUBJECT_TYPES: Readonly<Record<string, string>> = { 'person:': 'person', 'place:': 'place', 'time:': 'time' };

/**
 * `GET /subjects/{subject}.json`, the most published works first.
 * Limits and fallbacks are the service's own: https://openlibrary.org/dev/docs/api/subjects
 */
export function getSubject(request: Request): Reply {
  const { subject = '' } = request.params;
  if (subject !== subject.toLowerCase()) {
    const location = `/subjects/${encodeURIComponent(subject.toLowerCase())}.json${queryText(request.query)}`;
    return { status: 301, headers: { location } };
  }
  const limit = integerOr(request.query.get('limit'), OPENLIBRARY.DEFAULT_WORKS);
  if (limit > OPENLIBRARY.MAX_WORKS) {
    return { status: 400, body: { error: `Specified limit exceeds maximum of ${OPENLIBRARY.MAX_WORKS}.` } };
  }
  const offset = integerOr(request.query.get('offset'), 0);
  // The service hands negative numbers to its search engine, which fails.
  if (limit < 0 || offset < 0) {
    return { status: 500, headers: { 'content-type': 'text/html' }, body: '<h1>Internal Server Error</h1>' };
  }

  const [begin, end] = years(request.query.get('published_in'));
  const fulltext = request.query.get('has_fulltext') === 'true';
  const all = catalogue(subject).filter(
    ({ work }) =>
      (begin === undefined || within(work.first_publish_year, begin, end ?? begin)) && (!fulltext || work.has_fulltext),
  );
  const prefix = Object.keys(SUBJECT_TYPES).find((start) => subject.startsWith(start)) ?? '';
  return {
    headers: { 'content-type': 'application/json' },
    body: {
      key: `/subjects/${subject}`,
      name: subject.slice(prefix.length).replaceAll('_', ' '),
      subject_type: SUBJECT_TYPES[prefix] ?? 'subject',
      work_count: all.length,
      works: all.slice(offset, offset + limit).map(({ work }) => work),
      ...(request.query.get('details')?.toLowerCase() === 'true' ? facets(all, subject) : {}),
      ...(fulltext ? { ebook_count: all.length } : {}),
    },
  };
}

function within(year: number | null, begin: number, end: number): boolean {
  return year !== null && year >= begin && year <= end;
}

/** `1990` or `1990-2000`; what is neither is no filter. */
function years(text: string | null): [begin?: number, end?: number] {
  const found = /^\s*(\d+)\s*(?:-\s*(\d+)\s*)?$/.exec(text ?? '');
  if (!found) return [];
  return found[2] === undefined ? [Number(found[1])] : [Number(found[1]), Number(found[2])];
}

function integerOr(text: string | null, fallback: number): number {
  return text !== null && /^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : fallback;
}

function queryText(query: URLSearchParams): string {
  return query.size === 0 ? '' : `?${query.toString()}`;
}
