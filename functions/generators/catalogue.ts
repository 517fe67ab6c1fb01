import { z } from 'zod';
import { TerminalError } from '../runtime/errors.ts';
import { getJson } from '../sources/http.ts';

export interface GeneratedBook {
  readonly title: string;
  readonly author: string | null;
  readonly genre: readonly string[];
  readonly releaseYear: number | null;
}

/** OpenLibrary's answer, as far as it is read: https://openlibrary.org/dev/docs/api/subjects */
const subjectShape = z.object({
  works: z.array(
    z.object({
      title: z.string(),
      authors: z.array(z.object({ name: z.string() })).default([]),
      subject: z.array(z.string()).default([]),
      first_publish_year: z.int().nullish(),
    }),
  ),
});

/** randomuser's answer, as far as it is read: https://randomuser.me/documentation */
const usersShape = z.object({
  results: z.array(
    z.object({
      name: z.object({ first: z.string(), last: z.string() }),
      dob: z.object({ age: z.int() }),
    }),
  ),
});

interface Api {
  readonly url: string;
  readonly fetch: typeof fetch;
}

/** Pages asked for at most; a catalogue that fills no order in so many is not one. */
const MAX_PAGES = 50;

/**
 * Books of OpenLibrary's subject "english", from the `offset`-th work on; the list begins again where it ends. Works
 * without a title, of which there are some, are passed over.
 */
export async function fetchBooks({ url, fetch }: Api, count: number, offset: number): Promise<GeneratedBook[]> {
  const books: GeneratedBook[] = [];
  let from = offset;
  for (let page = 0; books.length < count; page += 1) {
    if (page === MAX_PAGES) {
      throw new TerminalError(
        'API_ANSWER',
        `OpenLibrary gave ${books.length} of ${count} books on ${MAX_PAGES} pages (GET ${url}/subjects/english.json)`,
      );
    }
    const { works } = await getJson({
      api: 'OpenLibrary',
      url: `${url}/subjects/english.json?limit=${count - books.length}&offset=${from}`,
      shape: subjectShape,
      fetch,
    });
    books.push(
      ...works
        .filter((work) => work.title.trim() !== '')
        .slice(0, count - books.length)
        .map(toBook),
    );
    from = works.length === 0 ? 0 : from + works.length;
  }
  return books;
}

function toBook(work: z.infer<typeof subjectShape>['works'][number]): GeneratedBook {
  return {
    title: work.title,
    author: work.authors[0]?.name ?? null,
    genre: work.subject,
    releaseYear: work.first_publish_year ?? null,
  };
}

export interface GeneratedMember {
  readonly name: string;
  readonly age: number;
}

/** People of randomuser; the same seed gives the same people. */
export async function fetchMembers({ url, fetch }: Api, count: number, seed: string): Promise<GeneratedMember[]> {
  if (count === 0) return [];
  const answer = await getJson({
    api: 'randomuser',
    url: `${url}/api/?results=${count}&inc=name,dob&seed=${encodeURIComponent(seed)}`,
    shape: usersShape.refine((users) => users.results.length === count, `expected ${count} results`),
    fetch,
  });
  return answer.results.map(({ name, dob }) => ({ name: `${name.first} ${name.last}`, age: dob.age }));
}
