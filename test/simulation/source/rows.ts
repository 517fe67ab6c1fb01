import type { Random } from '../engine/random.ts';

export type TableKind = 'item' | 'note';

/** The columns that a writer sets, and their types; `updated_at` is always now(), the start of its transaction. */
export const COLUMNS: Readonly<Record<TableKind, Readonly<Record<string, string>>>> = {
  item: {
    id: 'bigint',
    version: 'bigint',
    name: 'text',
    big: 'bigint',
    due: 'date',
    seen: 'timestamp',
    flag: 'boolean',
    payload: 'bytea',
    created_at: 'timestamptz',
  },
  note: { id: 'bigint', version: 'bigint', name: 'text', due: 'date', created_at: 'timestamptz' },
};

const NAMES = ['plain', 'O\'Hara "x"', 'line\nend\ttab\\', '', 'Größe 🐘', '\\N', 'NULL', 'a,b;c`d'];
const BIGS = ['0', '-1', '9007199254740993', '9223372036854775807', '-9223372036854775808'];
const DAYS = ['1970-01-01', '0001-01-01', '9999-12-31', '2026-02-28', '1969-12-31'];
const TIMES = ['2026-11-20 09:27:46.123457', '1969-12-31 23:59:59.999999', '9999-12-31 23:59:59.999999'];
const BYTES = ['\\x', '\\x00ff', '\\x0a5c2278'];
const CREATED = ['2026-11-18 23:59:59.999999+00', '2026-11-19 00:00:00+00', '2026-11-20 12:00:00.000001+00'];

/** Values of a new version of a row, as Postgres reads them. A date of infinity fits no contract. */
export function makeRow(
  random: Random,
  kind: TableKind,
  id: number,
  version: number,
  broken: boolean,
): Readonly<Record<string, string | null>> {
  const maybe = (values: readonly string[]): string | null => (random.chance(0.15) ? null : random.pick(values));
  const small = {
    id: String(id),
    version: String(version),
    name: maybe(NAMES),
    due: broken ? random.pick(['infinity', '-infinity']) : maybe(DAYS),
    created_at: random.pick(CREATED),
  };
  if (kind === 'note') return small;
  return { ...small, big: maybe(BIGS), seen: maybe(TIMES), flag: maybe(['true', 'false']), payload: maybe(BYTES) };
}

/** Inserts rows, or writes them anew where they are; $1 is a JSON array of rows. */
export function putSql(table: string, kind: TableKind): string {
  const columns = Object.keys(COLUMNS[kind]);
  const typed = Object.entries(COLUMNS[kind]).map(([name, type]) => `${name} ${type}`);
  const set = columns
    .filter((name) => name !== 'id' && name !== 'created_at')
    .map((name) => `${name} = excluded.${name}`);
  return `insert into ${table} (${columns.join(', ')}) select ${columns.join(', ')}
            from jsonb_to_recordset($1::jsonb) as r (${typed.join(', ')})
          on conflict (id) do update set ${set.join(', ')}, updated_at = now()`;
}
