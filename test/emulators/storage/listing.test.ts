import type { Bucket, GetFilesOptions } from '@google-cloud/storage';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Fixture, startFixture } from './support.ts';

/** In the order of their UTF-8 bytes; JavaScript would put the emoji before the full-width letter. */
const NAMES = ['a', 'a/', 'a/1', 'a/2', 'a/b/3', 'ab', 'b/1', 'b/2', 'é', 'ａ', '😀'];

let fixture: Fixture;
let bucket: Bucket;
beforeAll(async () => {
  fixture = await startFixture();
  bucket = await fixture.newBucket();
  for (const name of [...NAMES].reverse()) await bucket.file(name).save('x', { resumable: false });
});
afterAll(async () => {
  await fixture.stop();
});

interface Listing {
  readonly items?: readonly { readonly name: string }[];
  readonly prefixes?: readonly string[];
  readonly nextPageToken?: string;
}

async function list(options: Record<string, string>): Promise<Listing> {
  const response = await fetch(
    `${fixture.host}/storage/v1/b/${bucket.name}/o?${new URLSearchParams(options).toString()}`,
  );
  expect(response.status).toBe(200);
  return (await response.json()) as Listing;
}

async function names(options: GetFilesOptions): Promise<string[]> {
  const [files] = await bucket.getFiles(options);
  return files.map(({ name }) => name);
}

test('names come in the order of their bytes', async () => {
  expect(await names({})).toEqual(NAMES);
});

describe('through the client', () => {
  test.each<[GetFilesOptions, string[]]>([
    [{ prefix: 'a/' }, ['a/', 'a/1', 'a/2', 'a/b/3']],
    [{ prefix: 'nothing' }, []],
    [{ delimiter: '/' }, ['a', 'ab', 'é', 'ａ', '😀']],
    [{ prefix: 'a/', delimiter: '/' }, ['a/', 'a/1', 'a/2']],
    [{ startOffset: 'a/2', endOffset: 'b/2' }, ['a/2', 'a/b/3', 'ab', 'b/1']],
    [{ delimiter: '/', includeTrailingDelimiter: true, endOffset: 'b' }, ['a', 'a/', 'ab']],
    [{ matchGlob: 'a/*' }, ['a/', 'a/1', 'a/2']],
    [{ matchGlob: '**/[1-2]' }, ['a/1', 'a/2', 'b/1', 'b/2']],
    [{ matchGlob: '{a,b}/**' }, ['a/', 'a/1', 'a/2', 'a/b/3', 'b/1', 'b/2']],
    [{ matchGlob: 'a?' }, ['ab']],
  ])('%j', async (options, expected) => {
    expect(await names(options)).toEqual(expected);
  });

  test.each([1, 2, 3, 5, 100])('pages of %i hold everything once', async (maxResults) => {
    const found: string[] = [];
    let query: GetFilesOptions | null = { maxResults, autoPaginate: false };
    while (query !== null && found.length <= NAMES.length) {
      const page: [{ name: string }[], GetFilesOptions | null] = (await bucket.getFiles(query)) as never;
      expect(page[0].length).toBeLessThanOrEqual(maxResults);
      found.push(...page[0].map(({ name }) => name));
      query = page[1];
    }
    expect(found).toEqual(NAMES);
  });

  test('deleteFiles with a prefix deletes those and no others', async () => {
    const other = await fixture.newBucket();
    for (const name of ['x/1', 'x/2', 'y']) await other.file(name).save('x');
    await other.deleteFiles({ prefix: 'x/' });
    expect((await other.getFiles())[0].map(({ name }) => name)).toEqual(['y']);
  });
});

describe('prefixes', () => {
  test('stand beside the items, and count towards a page', async () => {
    expect(await list({ delimiter: '/' })).toMatchObject({ prefixes: ['a/', 'b/'] });
    expect(await list({ delimiter: '/', prefix: 'a' })).toMatchObject({ prefixes: ['a/'] });
    expect((await list({ delimiter: '/', prefix: 'a/' })).prefixes).toEqual(['a/b/']);
    expect((await list({ delimiter: 'b' })).prefixes).toEqual(['a/b', 'ab', 'b']);
    expect((await list({ prefix: 'é' })).prefixes).toBeUndefined();
  });

  test.each([1, 2, 3])('in pages of %i, each comes once', async (maxResults) => {
    const found: string[] = [];
    let token = '';
    do {
      const page = await list({
        delimiter: '/',
        includeTrailingDelimiter: 'true',
        maxResults: String(maxResults),
        pageToken: token,
      });
      const rows = [
        ...(page.prefixes ?? []).map((prefix) => `[${prefix}]`),
        ...(page.items ?? []).map(({ name }) => name),
      ];
      expect(rows.length).toBeLessThanOrEqual(maxResults);
      found.push(...rows);
      token = page.nextPageToken ?? '';
    } while (token !== '' && found.length <= NAMES.length);
    expect(found.sort()).toEqual(['[a/]', '[b/]', 'a', 'a/', 'ab', 'é', 'ａ', '😀'].sort());
  });
});

test.each([['pageToken=nonsense'], ['maxResults=-1'], ['maxResults=x'], ['matchGlob={a'], ['matchGlob=a}']])(
  '%s is 400',
  async (query) => {
    expect((await fetch(`${fixture.host}/b/${bucket.name}/o?${query}`)).status).toBe(400);
  },
);

test('an empty bucket lists nothing', async () => {
  const empty = await fixture.newBucket();
  expect((await empty.getFiles())[0]).toEqual([]);
});
