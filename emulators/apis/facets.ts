import { OPENLIBRARY } from './limits.ts';
import type { CataloguedWork } from './works.ts';

interface Entry {
  readonly key?: string;
  readonly name: string;
  readonly count: number;
}

/** What `details=true` adds to a subject: how often what occurs among all its works. */
export function facets(all: readonly CataloguedWork[], subject: string): Record<string, unknown> {
  const subjects = tally(all.flatMap(({ work }) => work.subject));
  return {
    ebook_count: all.filter(({ work }) => work.has_fulltext).length,
    subjects: entries(subjects, (name) => `/subjects/${slug(name)}`).filter(
      ({ key }) => key !== `/subjects/${subject}`,
    ),
    places: entries(tally(all.flatMap(({ places }) => places)), (name) => `/subjects/place:${slug(name)}`),
    people: entries(tally(all.flatMap(({ people }) => people)), (name) => `/subjects/person:${slug(name)}`),
    times: entries(tally(all.flatMap(({ times }) => times)), (name) => `/subjects/time:${slug(name)}`),
    authors: authors(all),
    publishers: entries(
      tally(all.map(({ publisher }) => publisher)),
      (name) => `/publishers/${name.replaceAll(' ', '_')}`,
    ),
    languages: entries(tally(all.map(({ language }) => language))),
    publishing_history: publishingHistory(all),
  };
}

function authors(all: readonly CataloguedWork[]): Entry[] {
  const keys = new Map(all.flatMap(({ work }) => work.authors.map(({ key, name }) => [name, key] as const)));
  return entries(
    tally(all.flatMap(({ work }) => work.authors.map(({ name }) => name))),
    (name) => keys.get(name) ?? '',
  );
}

function publishingHistory(all: readonly CataloguedWork[]): [year: number, count: number][] {
  const years = all.map(({ work }) => work.first_publish_year).filter((year) => year !== null);
  return [...tally(years)].sort(([a], [b]) => a - b);
}

function tally<T>(values: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

function entries(counts: ReadonlyMap<string, number>, key?: (name: string) => string): Entry[] {
  return [...counts]
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, OPENLIBRARY.MAX_FACET_ENTRIES)
    .map(([name, count]) => ({ ...(key ? { key: key(name) } : {}), name, count }));
}

function slug(name: string): string {
  return name.toLowerCase().replace(/[\s,;:()"'’-]+/g, '_');
}
