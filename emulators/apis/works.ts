import {
  ADJECTIVES,
  AUTHORS,
  AWKWARD_TITLES,
  COLLECTIONS,
  LANGUAGES,
  NOUNS,
  PEOPLE,
  PLACES,
  PUBLISHERS,
  TEMPLATES,
  TIMES,
  TOPICS,
} from './data/books.ts';
import { Random } from './random.ts';

export interface Author {
  readonly key: string;
  readonly name: string;
}

/** A work as `/subjects/{subject}.json` lists it. */
export interface Work {
  readonly key: string;
  readonly title: string;
  readonly edition_count: number;
  readonly cover_id: number | null;
  readonly cover_edition_key: string | null;
  readonly subject: readonly string[];
  readonly ia_collection: readonly string[];
  readonly lendinglibrary: boolean;
  readonly printdisabled: boolean;
  readonly lending_edition: string;
  readonly lending_identifier: string;
  readonly authors: readonly Author[];
  readonly first_publish_year: number | null;
  readonly ia: string | null;
  readonly public_scan: boolean;
  readonly has_fulltext: boolean;
}

/** A work with what only the facets of `details=true` show. */
export interface CataloguedWork {
  readonly work: Work;
  readonly places: readonly string[];
  readonly people: readonly string[];
  readonly times: readonly string[];
  readonly publisher: string;
  readonly language: string;
}

/** Every work of a subject; the same subject has the same works for ever. */
export function catalogue(subject: string): CataloguedWork[] {
  const count = new Random('count', subject).integer(150, 1200);
  return Array.from({ length: count }, (_, index) => catalogued(subject, index));
}

function catalogued(subject: string, index: number): CataloguedWork {
  const random = new Random('work', subject, index);
  const number = new Random('number', subject).integer(10, 89_999) * 10_000 + index;
  const scanned = random.oneIn(2);
  const collections = scanned ? random.sample(COLLECTIONS, 3) : [''];
  const lendable = collections.includes('lendinglibrary') || collections.includes('inlibrary');
  const covered = !random.oneIn(8);
  const identifier = `work${number}${random.text(4, 'abcdefghij')}`;
  const edition = `OL${number + 5}M`;
  const work = {
    key: `/works/OL${number}W`,
    title: title(subject, index),
    edition_count: Math.ceil(3000 / (index + 2)),
    cover_id: covered ? random.integer(100_000, 14_000_000) : null,
    cover_edition_key: covered ? edition : null,
    subject: [...new Set([subject.replaceAll('_', ' '), ...random.sample(TOPICS, random.integer(0, 6))])],
    ia_collection: collections,
    lendinglibrary: collections.includes('lendinglibrary'),
    printdisabled: collections.includes('printdisabled'),
    lending_edition: lendable ? edition : '',
    lending_identifier: lendable ? identifier : '',
    authors: authors(random),
    first_publish_year: random.oneIn(15) ? null : publishYear(random),
    ia: scanned ? identifier : null,
    public_scan: scanned && !lendable,
    has_fulltext: scanned,
  };
  return {
    work,
    places: random.sample(PLACES, random.integer(0, 2)),
    people: random.sample(PEOPLE, random.integer(0, 1)),
    times: random.sample(TIMES, random.integer(0, 1)),
    publisher: random.pick(PUBLISHERS),
    language: random.pick(LANGUAGES),
  };
}

/** Now and then the title of an earlier work: other editions, other translations. */
function title(subject: string, index: number): string {
  const random = new Random('title', subject, index);
  if (index > 0 && random.oneIn(12)) return title(subject, random.integer(0, index - 1));
  if (random.oneIn(14)) return random.pick(AWKWARD_TITLES);
  return random
    .pick(TEMPLATES)
    .replace('{adjective}', random.pick(ADJECTIVES))
    .replace('{noun}', random.pick(NOUNS))
    .replace('{noun2}', random.pick(NOUNS))
    .replace('{place}', random.pick(PLACES));
}

/** None for one work in twenty, several for some. */
function authors(random: Random): Author[] {
  if (random.oneIn(20)) return [];
  const count = random.oneIn(4) ? random.integer(2, 4) : 1;
  return random.sample(AUTHORS, count).map((name) => ({ key: `/authors/OL${AUTHORS.indexOf(name) + 26_000}A`, name }));
}

function publishYear(random: Random): number {
  return random.oneIn(10) ? random.integer(1600, 1900) : random.integer(1900, 2024);
}
