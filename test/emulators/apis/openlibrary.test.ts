import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { start } from '../../../emulators/apis/index.ts';
import type { Work } from '../../../emulators/apis/works.ts';
import type { Emulator } from '../../../emulators/kit/emulator.ts';
import { get } from './client.ts';

interface Subject {
  readonly key: string;
  readonly name: string;
  readonly subject_type: string;
  readonly work_count: number;
  readonly works: readonly Work[];
  readonly ebook_count?: number;
  readonly authors?: readonly { key: string; name: string; count: number }[];
  readonly subjects?: readonly { key: string; name: string; count: number }[];
  readonly publishing_history?: readonly [number, number][];
}

let emulator: Emulator;
const subject = async (path: string): Promise<Subject> => (await get<Subject>(emulator, `/subjects/${path}`)).body;

beforeAll(async () => {
  emulator = await start();
});

afterAll(async () => {
  await emulator.stop();
});

describe('GET /subjects/{subject}.json', () => {
  test('has the shape of the service, and 12 works unless told otherwise', async () => {
    const { status, headers, body } = await get<Subject>(emulator, '/subjects/english.json');
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(Object.keys(body)).toEqual(['key', 'name', 'subject_type', 'work_count', 'works']);
    expect(body).toMatchObject({ key: '/subjects/english', name: 'english', subject_type: 'subject' });
    expect(body.works).toHaveLength(12);
    expect(body.works[0]).toEqual({
      key: expect.stringMatching(/^\/works\/OL\d+W$/),
      title: expect.any(String),
      edition_count: expect.any(Number),
      cover_id: expect.any(Number),
      cover_edition_key: expect.stringMatching(/^OL\d+M$/),
      subject: expect.arrayContaining(['english']),
      ia_collection: expect.any(Array),
      lendinglibrary: expect.any(Boolean),
      printdisabled: expect.any(Boolean),
      lending_edition: expect.any(String),
      lending_identifier: expect.any(String),
      authors: expect.any(Array),
      first_publish_year: expect.any(Number),
      ia: expect.any(String),
      public_scan: expect.any(Boolean),
      has_fulltext: expect.any(Boolean),
    });
  });

  test('pages fit together: every work once, and the same ones whatever the page size', async () => {
    const whole = (await subject('love.json?limit=1000')).works.slice(0, 100);
    const pages = await Promise.all(
      [0, 40, 80].map(async (offset) => await subject(`love.json?limit=40&offset=${offset}`)),
    );
    expect(pages.flatMap((page) => page.works).slice(0, 100)).toEqual(whole);
    expect(new Set(whole.map((work) => work.key)).size).toBe(100);
    const counts = whole.map((work) => work.edition_count);
    expect(counts).toEqual(counts.toSorted((a, b) => b - a));
  });

  test('is the same after another start, and another for another subject', async () => {
    const second = await start();
    try {
      expect((await get(second, '/subjects/love.json')).body).toEqual(await subject('love.json'));
    } finally {
      await second.stop();
    }
    expect((await subject('hate.json')).works).not.toEqual((await subject('love.json')).works);
  });

  test('ends with an empty page', async () => {
    const { work_count: count } = await subject('love.json');
    expect((await subject(`love.json?limit=10&offset=${count - 3}`)).works).toHaveLength(3);
    expect(await subject(`love.json?offset=${count}`)).toMatchObject({ work_count: count, works: [] });
  });

  test('published_in keeps the works of a year or of some years, and ignores what is neither', async () => {
    const { works, work_count: count } = await subject('love.json?published_in=1950-1980&limit=1000');
    expect(works).toHaveLength(count);
    expect(count).toBeGreaterThan(0);
    expect(works.every(({ first_publish_year: year }) => year !== null && year >= 1950 && year <= 1980)).toBe(true);
    const year = works[0]?.first_publish_year ?? 0;
    expect(
      (await subject(`love.json?published_in=${year}`)).works.every((work) => work.first_publish_year === year),
    ).toBe(true);
    expect(await subject('love.json?published_in=1200')).toMatchObject({ work_count: 0, works: [] });
    expect((await subject('love.json?published_in=yesterday')).work_count).toBe(
      (await subject('love.json')).work_count,
    );
  });

  test('details adds facets that count all works, not those of the page', async () => {
    const { works } = await subject('love.json?limit=1000');
    const detailed = await subject('love.json?limit=0&details=true');
    expect(detailed.works).toEqual([]);
    expect(detailed.ebook_count).toBe(works.filter((work) => work.has_fulltext).length);
    const [top] = detailed.authors ?? [];
    expect(works.filter((work) => work.authors.some((author) => author.key === top?.key))).toHaveLength(
      top?.count ?? -1,
    );
    expect(detailed.subjects?.some(({ key }) => key === '/subjects/love')).toBe(false);
    const years = works.filter((work) => work.first_publish_year !== null).length;
    expect(detailed.publishing_history?.reduce((sum, [, count]) => sum + count, 0)).toBe(years);
  });

  test('people, places and times are subjects too', async () => {
    expect(await subject('place:new_york.json')).toMatchObject({ name: 'new york', subject_type: 'place' });
    expect(await subject('person:ada.json')).toMatchObject({ name: 'ada', subject_type: 'person' });
    expect(await subject('time:19th_century.json')).toMatchObject({ name: '19th century', subject_type: 'time' });
    expect(await subject(`${encodeURIComponent('économie')}.json`)).toMatchObject({ key: '/subjects/économie' });
  });

  test('holds the awkward values of real answers', async () => {
    const works = (
      await Promise.all(
        ['love', 'history', 'science', 'english'].map(async (name) => await subject(`${name}.json?limit=1000`)),
      )
    ).flatMap(({ works }) => works);
    const titles = works.map((work) => work.title);
    expect(titles).toEqual(expect.arrayContaining(['', 'null', 'Line one\nline two', '静かな港の手紙']));
    expect(titles.some((title) => title.includes('"') && title.includes("'"))).toBe(true);
    expect(new Set(titles).size).toBeLessThan(titles.length);
    expect(works.some((work) => work.first_publish_year === null)).toBe(true);
    expect(works.some((work) => work.cover_id === null)).toBe(true);
    expect(new Set(works.map((work) => work.authors.length))).toEqual(new Set([0, 1, 2, 3, 4]));
  });

  test('answers bad parameters as the service does', async () => {
    expect(await get(emulator, '/subjects/love.json?limit=1001')).toMatchObject({
      status: 400,
      body: { error: 'Specified limit exceeds maximum of 1000.' },
    });
    expect((await subject('love.json?limit=many&offset=some')).works).toEqual((await subject('love.json')).works);
    const moved = await get(emulator, '/subjects/Love%20Story.json?limit=3');
    expect([moved.status, moved.headers.get('location')]).toEqual([301, '/subjects/love%20story.json?limit=3']);
    expect((await fetch(`${emulator.env['OPENLIBRARY_URL'] ?? ''}/subjects/love.json?limit=-1`)).status).toBe(500);
    expect((await get(emulator, '/authors/OL1A.json')).status).toBe(501);
  });
});
