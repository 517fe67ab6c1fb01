import { beforeEach, describe, expect, test } from '@jest/globals';
import type { SliceBounds } from '../../functions/ledger/slices.ts';
import { withReader } from '../../functions/sources/postgres.ts';
import { sliceCondition, sliceQuery, type TableRange } from '../../functions/sources/range.ts';
import { checkBlocks, planSlices } from '../../functions/sources/slices.ts';
import { createDatabase, execute, withConnection } from '../support/postgres.ts';
import { until } from '../support/until.ts';

const range: TableRange = { table: 'thing', key: ['id'], cursor: 'updated_at', from: '-infinity' };
const ROWS = 2000;
/** Some twenty rows fill a block, so that the table has a hundred. */
const TEXT = 'x'.repeat(350);

let url: string;
beforeEach(async () => {
  url = await createDatabase();
  await execute(
    url,
    `create table thing (id int primary key, text text, updated_at timestamptz not null) with (autovacuum_enabled = off)`,
  );
  await execute(url, `insert into thing select n, '${TEXT}', '2026-01-01' from generate_series(1, ${ROWS}) n`);
  await execute(url, 'analyze thing');
  await untilPast();
});

/** Another test's transaction may be open in another database of the server: a closing slice begins with it. */
async function untilPast(): Promise<void> {
  const { rows } = await execute(url, 'select pg_current_xact_id()::text as now');
  await until('older transactions to be over', async () => {
    const { rowCount } = await execute(url, 'select where pg_snapshot_xmin(pg_current_snapshot()) > $1::text::xid8', [
      rows[0]?.['now'],
    ]);
    return rowCount === 1 ? true : undefined;
  });
}

const plan = async (from = '-infinity', target = { rows: 500, bytes: 1e9 }): Promise<SliceBounds[]> =>
  await withReader(url, 'application', async (client) => await planSlices(client, { ...range, from }, target));

/** The texts that a slice holds, by id. */
const read = async (bounds: SliceBounds): Promise<Map<number, string>> =>
  await withReader(url, 'application', async (client) => {
    await client.query('begin isolation level repeatable read read only');
    const { rows } = await client.query<{ id: string; text: string }>(sliceQuery('id, text', range, bounds));
    await checkBlocks(client, range.table, bounds);
    return new Map(rows.map(({ id, text }) => [Number(id), text]));
  });
const readAll = async (slices: readonly SliceBounds[]): Promise<Map<number, string>> => {
  const all = new Map<number, string>();
  for (const slice of slices) for (const [id, text] of await read(slice)) all.set(id, text);
  return all;
};

describe('a first load goes by blocks', () => {
  test('that cover the table without overlap, the last one open, and a closing slice that finds nothing', async () => {
    const slices = await plan();
    expect(slices.length).toBeGreaterThan(4);
    expect(slices.at(0)).toMatchObject({ fromBlock: 0 });
    const closing = slices.at(-1);
    expect(closing).toEqual({ since: expect.stringMatching(/^\d+$/) as unknown });
    const counts = await Promise.all(slices.map(async (slice) => (await read(slice)).size));
    expect(counts.at(-1)).toBe(0);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(ROWS);
    expect((await readAll(slices)).size).toBe(ROWS);
    for (const count of counts) expect(count).toBeLessThanOrEqual(500);
  });

  test('cut by bytes when those are reached first', async () => {
    const slices = await plan('-infinity', { rows: 1e6, bytes: 20 * 8192 });
    expect(slices[0]).toMatchObject({ fromBlock: 0, toBlock: expect.any(Number) as unknown });
    expect((slices[0] as { toBlock: number }).toBlock).toBeLessThanOrEqual(20);
    expect((await readAll(slices)).size).toBe(ROWS);
  });

  test('and so does a range that is most of the table; a small one goes by key', async () => {
    await expect(plan('2025-12-31')).resolves.toContainEqual({ since: expect.anything() as unknown });
    await execute(url, `update thing set updated_at = '2026-02-01' where id <= 600`);
    await execute(url, 'analyze thing');
    await expect(plan('2026-01-15')).resolves.toEqual([{ to: '501' }, { from: '501' }]);
  });

  test('a view has no blocks and goes by key, and so does a table that fits one slice', async () => {
    await execute(url, 'create view seen as select * from thing');
    const slices = await withReader(
      url,
      'application',
      async (client) => await planSlices(client, { ...range, table: 'seen' }, { rows: 1000, bytes: 1e9 }),
    );
    expect(slices).toEqual([{ to: '1001' }, { from: '1001' }]);
    await expect(plan('-infinity', { rows: 1e6, bytes: 1e9 })).resolves.toEqual([{}]);
  });
});

describe('invariant 1: what moves while slices are read is in one of them', () => {
  test('a row that moves from a block not yet read to one that was, even if its cursor says nothing of it', async () => {
    // Room in the first blocks, for the row to move to.
    await execute(url, 'delete from thing where id <= 100');
    await execute(url, 'vacuum (index_cleanup on) thing');
    const slices = await plan();
    const first = await readAll(slices.slice(0, 1));
    // From a block that is full, and as long as before, so that it cannot stay.
    const id = ROWS - 100;
    const moved = 'y'.repeat(TEXT.length);
    await execute(url, `update thing set text = '${moved}' where id = ${id}`);
    const { rows } = await execute(url, `select (ctid::text::point)[0]::int as block from thing where id = ${id}`);
    expect(rows[0]?.['block']).toBeLessThan(10);
    const rest = await readAll(slices.slice(1, -1));
    expect(first.has(id) || rest.has(id)).toBe(false);
    await expect(read(slices.at(-1) ?? {})).resolves.toEqual(new Map([[id, moved]]));
  });

  test('a row of a transaction that was open when the slices were planned, and of its savepoint', async () => {
    await withConnection(url, async (writer) => {
      await writer.query('begin');
      await writer.query(`insert into thing values (9001, 'open', '2026-01-01')`);
      await writer.query('savepoint s');
      await writer.query(`update thing set text = 'in a savepoint' where id = 1`);
      const slices = await plan();
      await writer.query('commit');
      const closing = await read(slices.at(-1) ?? {});
      expect(closing).toEqual(
        new Map([
          [9001, 'open'],
          [1, 'in a savepoint'],
        ]),
      );
    });
  });

  test('a table that is written anew between its slices is refused: its rows lie elsewhere', async () => {
    const slices = await plan();
    await execute(url, 'vacuum full thing');
    await expect(read(slices[1] ?? {})).rejects.toMatchObject({ name: 'TerminalError', code: 'SOURCE_CHANGED' });
  });
});

test('ids of transactions are compared by distance, for they wrap around', async () => {
  const isSince = async (id: string, xmin: string): Promise<unknown> => {
    const condition = sliceCondition(range, { since: id }).replace('xmin', `'${xmin}'`);
    const { rows } = await execute(url, `select ${condition} as found from thing limit 1`);
    return rows[0]?.['found'];
  };
  expect(await isSince('1000', '1000')).toBe(true);
  expect(await isSince('1000', '999')).toBe(false);
  expect(await isSince('1000', '1001')).toBe(true);
  // Just before and after the 32 bits are full; the snapshot's id has 64.
  expect(await isSince('4294967290', '5')).toBe(true);
  expect(await isSince(String(2 ** 32 + 5), '4294967290')).toBe(false);
  expect(await isSince(String(2 ** 32 + 5), '6')).toBe(true);
  expect(await isSince(String(2 ** 33 + 5), '4294967290')).toBe(false);
  expect(() => sliceCondition(range, { since: '1 or true' })).toThrow('"1 or true" is no transaction id');
});
