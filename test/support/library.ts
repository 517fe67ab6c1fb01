import type { TestCloud } from './cloud.ts';
import { execute } from './postgres.ts';

/** The tables of the library: how the source and the final table print a row, alike to the last digit. */
const TABLES = {
  book: {
    source: `select id::text, title, author_name, array_to_json(genre)::text as genre, release_year::text, stock::text,
                    (extract(epoch from created_at) * 1000000)::bigint::text as created_at,
                    (extract(epoch from updated_at) * 1000000)::bigint::text as updated_at from books_table order by books_table.id`,
    final:
      'SELECT *, UNIX_MICROS(created_at) AS created_micros, UNIX_MICROS(updated_at) AS updated_micros FROM library.book ORDER BY id',
  },
  member: {
    source: `select id::text, name, age::text, (extract(epoch from created_at) * 1000000)::bigint::text as created_at,
                    (extract(epoch from updated_at) * 1000000)::bigint::text as updated_at from library_member order by library_member.id`,
    final:
      'SELECT *, UNIX_MICROS(created_at) AS created_micros, UNIX_MICROS(updated_at) AS updated_micros FROM library.member ORDER BY id',
  },
  rent: {
    source: `select id::text, book_id::text, library_member_id::text, rent_date::text, return_date::text,
                    (extract(epoch from created_at) * 1000000)::bigint::text as created_at,
                    (extract(epoch from updated_at) * 1000000)::bigint::text as updated_at from rent_table order by rent_table.id`,
    final:
      'SELECT *, UNIX_MICROS(created_at) AS created_micros, UNIX_MICROS(updated_at) AS updated_micros FROM library.rent ORDER BY id',
  },
} as const;
export type LibraryTable = keyof typeof TABLES;
export const libraryTables = Object.keys(TABLES) as LibraryTable[];

type TextRow = Record<string, string | null>;

export function applicationUrl(cloud: TestCloud): string {
  return cloud.env['ALIR_POSTGRES_APPLICATION'] ?? '';
}

export async function sourceRows(cloud: TestCloud, table: LibraryTable): Promise<TextRow[]> {
  const { rows } = await execute(applicationUrl(cloud), TABLES[table].source);
  return rows.map((row) =>
    row['genre'] === undefined ? row : { ...row, genre: normalizeJson(row['genre']) },
  ) as TextRow[];
}

export async function finalRows(cloud: TestCloud, table: LibraryTable): Promise<TextRow[]> {
  const rows = await (await cloud.services.warehouse()).query(TABLES[table].final);
  return rows.map(({ created_micros, updated_micros, ...row }) => {
    const printed = Object.entries({ ...row, created_at: created_micros, updated_at: updated_micros });
    return Object.fromEntries(printed.map(([name, value]) => [name, print(value)]));
  });
}

function print(value: unknown): string | null {
  if (value === null) return null;
  if (Array.isArray(value)) return JSON.stringify(value);
  // BigQuery's client wraps dates.
  if (typeof value === 'object') return (value as { value: string }).value;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function normalizeJson(text: unknown): string {
  return JSON.stringify(JSON.parse(String(text)));
}
