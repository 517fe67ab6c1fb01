import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { type GeneratedBook, type GeneratedMember, fetchBooks, fetchMembers } from './catalogue.ts';

export interface LibrarySpec {
  readonly books: number;
  readonly members: number;
  readonly rents: number;
  readonly changes: number;
}

/** What one run added and changed, in rows. */
export interface LibraryCounts {
  readonly books: number;
  readonly members: number;
  readonly rents: number;
  readonly rentsExtended: number;
  readonly stocksCorrected: number;
}

export interface LibraryApis {
  readonly openLibraryUrl: string;
  readonly randomUserUrl: string;
  readonly fetch: typeof fetch;
}

/** Any fixed number: generators take their turns under this lock, so that ids continue without gaps or collisions. */
const GENERATOR_LOCK = 5_184_224_011;

/**
 * Adds one run's books, members and rents, and changes a few existing rows, in one transaction. A run that has generated
 * already answers what it did then. The outside APIs are asked before the transaction begins, so a failing API leaves
 * nothing half-written and holds nothing open.
 */
export async function generateLibrary(
  client: pg.Client,
  runId: string,
  spec: LibrarySpec,
  apis: LibraryApis,
): Promise<LibraryCounts> {
  await createTables(client);
  const earlier = await readGenerated(client, runId);
  if (earlier) return earlier;
  const { rows } = await client.query<{ id: string }>('select coalesce(max(id), 0) as id from books_table');
  const books = await fetchBooks({ url: apis.openLibraryUrl, fetch: apis.fetch }, spec.books, Number(rows[0]?.id));
  const members = await fetchMembers({ url: apis.randomUserUrl, fetch: apis.fetch }, spec.members, runId);

  await client.query('begin');
  try {
    await client.query('select pg_advisory_xact_lock($1)', [GENERATOR_LOCK]);
    const counts = (await readGenerated(client, runId)) ?? (await write(client, runId, spec, books, members));
    await client.query('commit');
    return counts;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

async function createTables(client: pg.Client): Promise<void> {
  await client.query('begin');
  // Two first runs at once would both find nothing, and one of them would fail on the catalogue.
  await client.query('select pg_advisory_xact_lock($1)', [GENERATOR_LOCK]);
  await client.query(readFileSync(join(import.meta.dirname, 'library.sql'), 'utf8'));
  await client.query('commit');
}

async function readGenerated(client: pg.Client, runId: string): Promise<LibraryCounts | undefined> {
  const { rows } = await client.query<{ counts: LibraryCounts }>(
    'select counts from alir_generated where run_id = $1',
    [runId],
  );
  return rows[0]?.counts;
}

async function write(
  client: pg.Client,
  runId: string,
  spec: LibrarySpec,
  books: readonly GeneratedBook[],
  members: readonly GeneratedMember[],
): Promise<LibraryCounts> {
  // Changes first: they touch rows that a run before this one has written, and never this run's own.
  const rentsExtended = await change(
    client,
    `update rent_table set return_date = return_date + 7`,
    'rent_table',
    spec.changes,
  );
  const stocksCorrected = await change(client, `update books_table set stock = stock + 1`, 'books_table', spec.changes);
  const counts = {
    books: await insertBooks(client, books),
    members: await insertMembers(client, members),
    rents: await insertRents(client, spec.rents),
    rentsExtended,
    stocksCorrected,
  };
  await client.query('insert into alir_generated (run_id, counts) values ($1, $2)', [runId, counts]);
  return counts;
}

async function change(client: pg.Client, update: string, table: string, count: number): Promise<number> {
  const { rowCount } = await client.query(
    `${update} where id in (select id from ${table} order by random() limit $1)`,
    [count],
  );
  return rowCount ?? 0;
}

async function insertBooks(client: pg.Client, books: readonly GeneratedBook[]): Promise<number> {
  const { rowCount } = await client.query(
    `insert into books_table (id, title, author_name, genre, release_year, stock)
     select (select coalesce(max(id), 0) from books_table) + n, book->>'title', book->>'author',
            array(select jsonb_array_elements_text(book->'genre')), (book->>'releaseYear')::integer, 1 + floor(random() * 20)
       from jsonb_array_elements($1::jsonb) with ordinality as given (book, n)`,
    [JSON.stringify(books)],
  );
  return rowCount ?? 0;
}

async function insertMembers(client: pg.Client, members: readonly GeneratedMember[]): Promise<number> {
  const { rowCount } = await client.query(
    `insert into library_member (id, name, age)
     select (select coalesce(max(id), 0) from library_member) + n, member->>'name', (member->>'age')::integer
       from jsonb_array_elements($1::jsonb) with ordinality as given (member, n)`,
    [JSON.stringify(members)],
  );
  return rowCount ?? 0;
}

/** Random books and members that exist; out 2 to 4 days ago, due back in 2 to 4 days. None where there is nobody yet. */
async function insertRents(client: pg.Client, count: number): Promise<number> {
  const { rowCount } = await client.query(
    `with book as (select array_agg(id) as ids from books_table),
          member as (select array_agg(id) as ids from library_member)
     insert into rent_table (id, book_id, library_member_id, rent_date, return_date)
     select (select coalesce(max(id), 0) from rent_table) + n,
            book.ids[1 + floor(random() * cardinality(book.ids))],
            member.ids[1 + floor(random() * cardinality(member.ids))],
            current_date - (2 + floor(random() * 3))::integer, current_date + (2 + floor(random() * 3))::integer
       from generate_series(1, $1::integer) as n, book, member
      where book.ids is not null and member.ids is not null`,
    [count],
  );
  return rowCount ?? 0;
}
