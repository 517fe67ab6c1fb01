import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readCursor } from '../../functions/ledger/cursors.ts';
import type { Outgoing } from '../../functions/messages/messages.ts';
import { proveTables } from '../../scripts/commands/proof.ts';
import { Shop, THINGS } from './shop-with-deletes.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open();
});
beforeEach(async () => {
  await shop.begin();
});

const cursor = async (table = 'thing') => await readCursor(shop.cloud.services.ledger, 'shop', table);

describe('rows that are gone from the source', () => {
  test('are marked with the tick, once; counts reconcile, and the cursor stays', async () => {
    const before = await cursor();
    await shop.source('delete from things where id <= 7');
    shop.expectSuccess(await shop.cloud.run('shop'));
    expect(await shop.marked()).toEqual([]);
    const moved = await cursor();
    expect(moved).not.toEqual(before);

    const run = await shop.look(['thing']);
    const rows = THINGS - 7;
    const counts = { extracted: rows, encoded: rows, quarantined: 0, loaded: rows, merged: 7 };
    const audit = [
      { expectation: 'rows_gone_to_be_at_most(20)', severity: 'error', met: true, total: THINGS, unexpected: 7 },
    ];
    expect(run).toMatchObject({
      state: 'succeeded',
      tables: [{ table: 'thing', state: 'succeeded', ...counts, audit }],
    });
    const staged = await shop.stagingColumns('thing', run.runId);
    expect(staged).toEqual(['id']);
    const slices = await shop.cloud.services.ledger.query(
      'select count(*)::int as n, bool_or(bounds ? $2) as closing from slice where run_id = $1',
      [run.runId, 'since'],
    );
    expect(slices.rows).toEqual([{ n: expect.any(Number) as unknown, closing: true }]);
    expect(await shop.marked()).toEqual([1, 2, 3, 4, 5, 6, 7].map((id) => [id, run.tick.getTime()]));
    expect(await cursor()).toEqual(moved);

    await expect(shop.look(['thing'])).resolves.toMatchObject({ state: 'succeeded', tables: [{ merged: 0 }] });
    expect(await shop.marked()).toEqual([1, 2, 3, 4, 5, 6, 7].map((id) => [id, run.tick.getTime()]));
    expect(await proveTables(shop.cloud.services)).toMatchObject([{ sourceRows: rows, checksumsEqual: true }, {}, {}]);
  });

  test('are deleted where the pipeline says so, by a key of two columns', async () => {
    await shop.source(`delete from parts where (shop, number) in (('a', 1), ('b', 2))`);
    const run = await shop.look(['part']);
    expect(run).toMatchObject({ state: 'succeeded', tables: [{ extracted: 4, loaded: 4, merged: 2 }] });
    expect(await shop.parts()).toEqual([
      ['a', 2],
      ['a', 3],
      ['b', 1],
      ['b', 3],
    ]);
    await expect(shop.look(['part'])).resolves.toMatchObject({ state: 'succeeded', tables: [{ merged: 0 }] });
  });

  test('and come back are live again, also in another partition, and are there once', async () => {
    await shop.source('delete from things where id in (1, 2, 3)');
    shop.expectSuccess(await shop.look(['thing']));
    await shop.source(`insert into things (id, created_at) values (1, '2026-02-02'), (2, '2026-02-03')`);
    shop.expectSuccess(await shop.cloud.run('shop'));
    expect((await shop.marked()).map(([id]) => id)).toEqual([3]);
    const created = await shop.final('SELECT id, created_at FROM shop.thing WHERE id < 3 ORDER BY id');
    expect(created).toEqual([
      [1, Date.UTC(2026, 1, 2)],
      [2, Date.UTC(2026, 1, 3)],
    ]);
    expect(await proveTables(shop.cloud.services)).toMatchObject([{ checksumsEqual: true }, {}, {}]);
  });

  test('of every table that says how, when none is named; a name that does not is refused', async () => {
    await shop.source(
      `delete from things where id = 9; delete from parts where number = 3; delete from holidays where day = '2026-12-25'`,
    );
    const run = await shop.look(['thing', 'part', 'holiday']);
    expect(run.tables.map(({ table, merged }) => [table, merged])).toEqual([
      ['holiday', 1],
      ['part', 2],
      ['thing', 1],
    ]);
    expect(await shop.final('SELECT gone_at IS NULL, name FROM shop.holiday ORDER BY day')).toEqual([
      [true, 'new year'],
      [false, 'christmas'],
    ]);
    const { tables, ...all } = shop.tick([]);
    expect(tables).toEqual([]);
    expect(await shop.deliver({ stage: 'extract', message: all })).toHaveLength(3);
    const unknown = shop.deliver({ stage: 'extract', message: shop.tick(['nothing']) });
    await expect(unknown).rejects.toMatchObject({
      code: 'PIPELINE_UNKNOWN',
      message: expect.stringContaining(
        'no table "nothing" with "deletes"; those that have it: thing, part, holiday',
      ) as unknown,
    });
  });
});

test('a tick of Cloud Scheduler, fired twice, is one run, and marks with the time at which it was due', async () => {
  const schedule = shop.cloud.plan.schedules.find(({ name }) => name.endsWith('-shop_deletes_thing'));
  const fired: Outgoing = { stage: 'extract', message: schedule?.message as unknown as Outgoing['message'] };
  await shop.source('delete from things where id = 4');
  const due = await shop.deliver(fired, new Date('2026-11-20T02:30:01Z'));
  expect(await shop.deliver(fired, new Date('2026-11-20T02:31:30Z'))).toEqual(due);
  const runId = 'shop-20261120T023000Z-deletes-thing';
  expect(due.map(({ message }) => message)).toEqual(
    ['thing', 'part'].map((table) => ({ v: 1, kind: 'extract', runId, table })),
  );
  for (const table of due) await shop.deliver(await shop.upTo(table, 'merge'));
  expect(await shop.cloud.runOver(runId)).toMatchObject({ state: 'succeeded', tables: [{ merged: 0 }, { merged: 1 }] });
  expect(await shop.marked()).toEqual([[4, Date.UTC(2026, 10, 20, 2, 30)]]);
});

describe('more than may go at once', () => {
  test('stops the run before anything is changed, and goes when that is accepted', async () => {
    await shop.source('delete from things where id <= 21');
    const run = await shop.look(['thing']);
    expect(run).toMatchObject({
      state: 'failed',
      tables: [{ failure: { code: 'TOO_MANY_DELETED' }, loaded: THINGS - 21 }],
    });
    expect(run.reason).toContain(
      'shop/thing: 21 of 200 live rows are gone from the source, table things. At most 20 may go at once (0.1), so nothing was deleted',
    );
    expect(run.reason).toContain('alir run shop --deletes --table thing --accept 11%');
    expect(run.tables[0]?.audit).toMatchObject([{ met: false, total: 200, unexpected: 21 }]);
    expect(await shop.marked()).toEqual([]);
    await expect(shop.look(['thing'], 0.11)).resolves.toMatchObject({ state: 'succeeded', tables: [{ merged: 21 }] });
    // Of the live rows, which are 179 by now.
    await shop.source('delete from things where id <= 38');
    await expect(shop.look(['thing'])).resolves.toMatchObject({ state: 'succeeded', tables: [{ merged: 17 }] });
    await shop.source('delete from things where id <= 55');
    await expect(shop.look(['thing'])).resolves.toMatchObject({ state: 'failed' });
  });

  test('is a source that reads as empty', async () => {
    await shop.source('delete from things; delete from parts');
    const run = await shop.look(['thing', 'part']);
    expect(run.tables.map(({ failure }) => failure?.code)).toEqual(['TOO_MANY_DELETED', 'TOO_MANY_DELETED']);
    expect(run.reason).toContain('which reads as empty');
    expect(await shop.marked()).toEqual([]);
    expect(await shop.parts()).toHaveLength(6);
    await expect(shop.look(['thing', 'part'], 1)).resolves.toMatchObject({
      state: 'succeeded',
      tables: [{ merged: 6 }, { merged: 200 }],
    });
    await expect(shop.look(['thing', 'part'])).resolves.toMatchObject({ state: 'succeeded' });
  });

  test('is a key that cannot be read, although all may go and rows may be rejected', async () => {
    await shop.source(`update holidays set day = 'infinity' where name = 'christmas'`);
    const run = await shop.look(['holiday']);
    expect(run).toMatchObject({
      state: 'failed',
      tables: [{ failure: { code: 'TOO_MANY_REJECTED' }, quarantined: 1 }],
    });
    expect(run.reason).toContain('1 of 2 keys cannot be read');
    expect(await shop.final('SELECT COUNT(*) FROM shop.holiday WHERE gone_at IS NULL')).toEqual([[2]]);
  });
});

test('a final table from before gets its column; another column of that name is refused', async () => {
  const warehouse = await shop.cloud.services.warehouse();
  const columns = (await warehouse.getTable('shop', 'thing'))?.schema?.fields ?? [];
  const without = columns.filter(({ name }) => name !== 'deleted_at');
  expect(without).toHaveLength(columns.length - 1);
  await shop.drop('thing');
  await warehouse.createTable('shop', 'thing', { schema: { fields: without } });
  shop.expectSuccess(await shop.cloud.run('shop'));
  expect((await warehouse.getTable('shop', 'thing'))?.schema?.fields?.at(-1)).toMatchObject({
    name: 'deleted_at',
    type: 'TIMESTAMP',
    mode: 'NULLABLE',
  });
  await shop.source('delete from things where id = 1');
  await expect(shop.look(['thing'])).resolves.toMatchObject({ tables: [{ merged: 1 }] });

  await shop.drop('thing');
  await warehouse.createTable('shop', 'thing', {
    schema: { fields: [...without, { name: 'DELETED_AT', type: 'STRING' }] },
  });
  const refused = await shop.cloud.run('shop');
  expect(refused.reason).toContain('table shop.thing has a column DELETED_AT STRING');
});
