import type pg from 'pg';
import { TerminalError } from '../runtime/errors.ts';
import { quoteTable } from '../sources/postgres.ts';

/** Beside the bounds of a slice that reads keys: the files that the table lay in before the slices were planned. */
export interface WithFiles {
  readonly files: string;
}

/**
 * The files that a table lies in, its partitions and children included, and those of the tables that a view reads. What
 * is on another server, or in a function that a view calls, cannot be known.
 */
export async function readFiles(client: pg.Client, table: string): Promise<string> {
  const { rows } = await client.query<[string | null]>({
    text: `with recursive part (oid) as (
             select $1::regclass::oid
             union
             select below.oid from part join lateral (
               select inhrelid from pg_inherits where inhparent = part.oid
               union all
               select d.refobjid from pg_rewrite r join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
                where r.ev_class = part.oid and d.refclassid = 'pg_class'::regclass) below (oid) on true)
           select string_agg(oid || ':' || coalesce(pg_relation_filenode(oid)::text, ''), ' ' order by oid) from part`,
    values: [quoteTable(table)],
    rowMode: 'array',
  });
  return rows[0]?.[0] ?? '';
}

/**
 * Refuses keys of a table that has been written anew since its slices were planned. TRUNCATE and whatever else gives a
 * table another file is not bound to snapshots: who had taken theirs before sees the new file empty, and all keys would
 * be missing. Call it in the slice's transaction, after its rows were read: from then on a lock keeps the file.
 * https://www.postgresql.org/docs/current/mvcc-caveats.html
 * @throws TerminalError SOURCE_CHANGED
 */
export async function checkFiles(client: pg.Client, table: string, bounds: object | WithFiles): Promise<void> {
  if (!('files' in bounds)) return;
  const now = (await readFiles(client, table)).split(' ');
  // A partition that was added has rows that nobody looks for.
  if (bounds.files.split(' ').every((file) => now.includes(file))) return;
  throw new TerminalError(
    'SOURCE_CHANGED',
    `table ${table} was written anew (TRUNCATE, CLUSTER, VACUUM FULL, REFRESH) or lost a partition while its keys were read; nothing was deleted, the next run reads them again`,
  );
}
