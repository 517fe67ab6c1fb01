import type pg from 'pg';
import { versionColumn } from '../../pipelines/model/cursor.ts';
import type { SliceBounds } from '../ledger/slices.ts';
import { TerminalError } from '../runtime/errors.ts';
import { BEGINNING } from './position.ts';
import { quote, quoteTable } from './postgres.ts';
import { sliceCondition, type TableRange } from './range.ts';

/** How large a slice may be; whichever is reached first. */
export interface SliceTarget {
  readonly rows: number;
  readonly bytes: number;
}

/** From this share of a table on, reading all of its blocks side by side is quicker than looking rows up by key. */
const LARGE_SHARE = 0.5;

/** What Postgres knows of a table without reading it. Estimates are as old as its last ANALYZE. */
interface TableFacts {
  /** Its rows lie in blocks of its own (no view, no parent of partitions), and this Postgres finds blocks: 14 and later do. */
  readonly hasBlocks: boolean;
  readonly blocks: number;
  /** With what is stored out of line, and of all partitions. */
  readonly bytes: number;
  readonly rows: number;
  /** Changes when the table is written anew and rows move without having changed. */
  readonly file: string;
  /** The oldest transaction that a snapshot taken now cannot see: every later version of a row is by it or a later one. */
  readonly oldestOpen: string;
}

/**
 * Cuts what a run reads into slices that are encoded side by side. A small range is cut by the values of the key's first
 * column; together these slices cover every value there can be, so that a row which is inserted meanwhile is in one.
 *
 * A large share of a table is cut by blocks, which costs nothing to plan and nothing to find. But each slice is read in
 * a snapshot of its own, and an update moves a row to another block: one that moves from a block not yet read to one that
 * was would be missed. So a closing slice, read when all others are, takes every version of a row that was written since
 * the slices were planned.
 *
 * So one run may read two versions of a row, and the merge has to know the newer one. It does where the cursor is a
 * column that the database's clock sets; and where even that is wrong (of two transactions, the one that began first may
 * write last), the newer version was written after the slices were planned, and the next run reads it again, alone. With
 * every other cursor nothing says which is newer, so such a table is always cut by key: a key lies in one slice, a slice
 * is read in one snapshot, and a snapshot has one version of a row.
 */
export async function planSlices(client: pg.Client, range: TableRange, target: SliceTarget): Promise<SliceBounds[]> {
  const facts = await readFacts(client, range.table);
  if (facts.hasBlocks && facts.blocks > 0 && versionColumn(range.cursor) !== undefined) {
    const blocks = blocksPerSlice(facts, target);
    const isLarge = facts.blocks > blocks && (await estimateRows(client, range)) >= facts.rows * LARGE_SHARE;
    if (isLarge) return blockSlices(facts, blocks);
  }
  return await keySlices(client, range, rowsPerSlice(facts, target));
}

/**
 * Refuses blocks of a table that has been written anew since they were counted. Call it in the slice's transaction,
 * after its rows were read: the lock that reading takes keeps the table as it is from then on.
 * @throws TerminalError SOURCE_CHANGED
 */
export async function checkBlocks(client: pg.Client, table: string, bounds: SliceBounds): Promise<void> {
  if (!('fromBlock' in bounds)) return;
  const { rows } = await client.query<[string]>({
    text: 'select pg_relation_filenode($1::regclass)::text',
    values: [quoteTable(table)],
    rowMode: 'array',
  });
  if (rows[0]?.[0] === bounds.file) return;
  throw new TerminalError(
    'SOURCE_CHANGED',
    `table ${table} was written anew (TRUNCATE, CLUSTER, VACUUM FULL) while it was read; nothing of it was kept, the next run reads it again`,
  );
}

async function readFacts(client: pg.Client, table: string): Promise<TableFacts> {
  const { rows } = await client.query<Record<string, string | null>>(
    `select (relkind in ('r', 'm') and current_setting('server_version_num')::int >= 140000)::text as heap, pg_relation_filenode(c.oid)::text as file,
            (pg_relation_size(c.oid) / current_setting('block_size')::int)::text as blocks,
            parts.rows::bigint::text as rows, parts.bytes::text as bytes, pg_snapshot_xmin(pg_current_snapshot())::text as oldest
       from pg_class c, lateral (
         select sum(leaf.reltuples) as rows,
                coalesce(sum(pg_relation_size(leaf.oid) + coalesce(pg_table_size(nullif(leaf.reltoastrelid, 0)), 0)), 0) as bytes
           from pg_class leaf where leaf.oid = c.oid and c.relkind <> 'p'
             or c.relkind = 'p' and leaf.oid in (select relid from pg_partition_tree(c.oid) where isleaf)) parts
      where c.oid = $1::regclass`,
    [quoteTable(table)],
  );
  const [row = {}] = rows;
  return {
    hasBlocks: row['heap'] === 'true',
    blocks: Number(row['blocks']),
    bytes: Number(row['bytes']),
    rows: Number(row['rows']),
    file: row['file'] ?? '',
    oldestOpen: row['oldest'] ?? '',
  };
}

function blocksPerSlice({ blocks, bytes, rows }: TableFacts, target: SliceTarget): number {
  const byBytes = target.bytes / (bytes / blocks);
  // A table that was never analyzed says -1, and its size alone decides.
  const byRows = rows > 0 ? target.rows / (rows / blocks) : Infinity;
  return Math.max(1, Math.floor(Math.min(byBytes, byRows)));
}

/** Of a view nobody knows how long its rows are; then their number alone decides. */
function rowsPerSlice({ bytes, rows }: TableFacts, target: SliceTarget): number {
  if (bytes === 0 || rows <= 0) return target.rows;
  return Math.max(1, Math.floor(Math.min(target.rows, target.bytes / (bytes / rows))));
}

function blockSlices({ blocks, file, oldestOpen }: TableFacts, size: number): SliceBounds[] {
  const slices: SliceBounds[] = [];
  for (let fromBlock = 0; fromBlock < blocks; fromBlock += size) {
    const toBlock = fromBlock + size;
    // The last one is open, for the table may have grown meanwhile.
    slices.push(toBlock < blocks ? { fromBlock, toBlock, file } : { fromBlock, file });
  }
  return [...slices, { since: oldestOpen }];
}

async function estimateRows(client: pg.Client, range: TableRange): Promise<number> {
  if (range.from === BEGINNING) return Infinity;
  const { rows } = await client.query<{ 'QUERY PLAN': string }>(
    `explain (format json) select from ${quoteTable(range.table)} where ${sliceCondition(range, {})}`,
  );
  const [plan] = JSON.parse(rows[0]?.['QUERY PLAN'] ?? '[]') as { Plan: { 'Plan Rows': number } }[];
  return plan?.Plan['Plan Rows'] ?? 0;
}

/** The borders come as text but in the order of the key's own type: 9 is before 10. */
async function keySlices(client: pg.Client, range: TableRange, size: number): Promise<SliceBounds[]> {
  const column = quote(range.key[0] ?? '');
  const { rows } = await client.query<[string]>({
    text: `select border::text from (
             select ${column} as border, row_number() over (order by ${column}) as n
               from ${quoteTable(range.table)} where ${sliceCondition(range, {})}) numbered
            where n > 1 and n % $1 = 1 % $1 and border is not null
            group by numbered.border order by numbered.border`,
    values: [size],
    rowMode: 'array',
  });
  const keys = rows.map(([border]) => border);
  return [undefined, ...keys].map((from, index) => {
    const to = keys[index];
    return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  });
}
