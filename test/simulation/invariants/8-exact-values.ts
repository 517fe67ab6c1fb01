import { finalRows, moved } from './destinations.ts';
import { type Invariant, Violation } from './invariant.ts';

const MICROS = (column: string): string => `(extract(epoch from ${column}) * 1000000)::bigint::text as ${column}`;
const SMALL = ['id::text', 'version::text', 'name', 'due::text', MICROS('created_at'), MICROS('updated_at')];
const FAT = [
  ...SMALL,
  'big::text',
  `to_char(seen, 'YYYY-MM-DD"T"HH24:MI:SS.US') as seen`,
  'flag::text',
  `encode(payload, 'base64') as payload`,
];

/** A value is never changed to make it fit. Postgres prints here what BigQuery's API sends. */
export const exactValues: Invariant = {
  number: 8,
  name: 'values stay exact',
  async atEnd(world) {
    for (const { table } of moved(world)) {
      const columns = table === 'item' ? FAT : SMALL;
      const { rows } = await world.source.query<Record<string, string | null>>(
        `select ${columns.join(', ')} from ${table} where due is null or isfinite(due)`,
      );
      const final = new Map((await finalRows(world, table))?.map((row) => [row['id'], row]));
      for (const row of rows) {
        const found = final.get(row['id'] ?? '');
        // Whether it is there at all is another invariant's.
        if (!found || found['version'] !== row['version']) continue;
        for (const [column, value] of Object.entries(row)) {
          if (same(column, value, found[column] ?? null)) continue;
          throw new Violation(
            exactValues,
            `${column} of row ${row['id'] ?? ''} of ${table} is ${JSON.stringify(value)} in the source and ${JSON.stringify(found[column])} in the final table`,
          );
        }
      }
    }
  },
};

function same(column: string, source: string | null, final: string | null): boolean {
  if (source === null || final === null) return source === final;
  if (column !== 'seen') return source === final;
  // BigQuery leaves zeros of the fraction away.
  const trim = (text: string): string => text.replace(/\.?0*$/, '');
  return source.includes('.') ? trim(source) === (final.includes('.') ? trim(final) : final) : source === final;
}
