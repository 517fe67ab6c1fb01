import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Queryable } from './queryable.ts';

const folder = join(import.meta.dirname, 'migrations');

/** Any fixed number: whoever migrates holds this lock, so that two cold starts do not migrate at once. */
const MIGRATION_LOCK = 7_205_759_403;

export const ledgerSchema = 'alir';

/**
 * Brings the ledger's schema to the newest migration; does nothing when it is there already. Runs in the caller's
 * transaction, with `search_path` set to the ledger's schema.
 * @throws Error when the database is ahead of this code
 */
export async function migrate(db: Queryable): Promise<void> {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  await db.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
  await db.query(`create schema if not exists ${ledgerSchema}`);
  await db.query(
    'create table if not exists migration (name text primary key, applied_at timestamptz not null default now())',
  );
  const { rows } = await db.query<{ name: string }>('select name from migration');
  const applied = new Set(rows.map((row) => row.name));
  const unknown = [...applied].filter((name) => !files.includes(name));
  if (unknown.length > 0) {
    throw new Error(
      `the ledger has migrations that this version lacks: ${unknown.join(', ')}; deploy the newer version`,
    );
  }
  for (const name of files.filter((file) => !applied.has(file))) {
    await db.query(readFileSync(join(folder, name), 'utf8'));
    await db.query('insert into migration (name) values ($1)', [name]);
  }
}
