import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Outgoing } from '../../functions/messages/messages.ts';
import { stagingTable } from '../../pipelines/model/names.ts';
import { proveTables } from '../../scripts/commands/proof.ts';
import { Shop, THINGS } from './shop-with-deletes.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open();
});
beforeEach(async () => {
  await shop.begin();
});

describe('invariant 1: a row that is there all the time stays live', () => {
  test('while everything is written that can be, between the slices', async () => {
    await shop.source('delete from things where id <= 10');
    const first: Outgoing = { stage: 'extract', message: shop.tick(['thing']) };
    const mergeDue = await shop.upTo(first, 'merge', async (slice) => {
      const id = 20 + slice * 20;
      // Moved to another block, moved there and back, deleted for good, deleted and inserted again, renamed.
      await shop.source(
        `update things set text = repeat('y', 350) where id between ${id} and ${id + 5} or id between 190 and 195`,
      );
      await shop.source(
        `with gone as (delete from things where id = ${THINGS - slice} returning *) insert into things select -id from gone`,
      );
      await shop.source(`begin; delete from things where id = ${id}; insert into things (id) values (${id}); commit`);
      await shop.source(
        `begin; update things set id = -1000 where id = ${id + 1}; update things set id = ${id + 1} where id = ${id + 2}; update things set id = ${id + 2} where id = -1000; commit`,
      );
    });
    await shop.deliver(mergeDue);
    const gone = new Set((await shop.marked()).map(([id]) => id));
    const live = await shop.source('select id::int from things');
    expect(live.filter(({ id }) => gone.has(id))).toEqual([]);
    for (let id = 1; id <= 10; id += 1) expect(gone).toContain(id);
    shop.expectSuccess(await shop.cloud.run('shop'));
    shop.expectSuccess(await shop.look(['thing']));
    expect(await proveTables(shop.cloud.services)).toMatchObject([{ checksumsEqual: true }, {}, {}]);
  });

  test('a row that was deleted and inserted again after its slice was read is live after the next run', async () => {
    await shop.source(`delete from parts where number = 1`);
    const first: Outgoing = { stage: 'extract', message: shop.tick(['part']) };
    const loadDue = await shop.upTo(first, 'load');
    await shop.source(`insert into parts values ('a', 1, 'again')`);
    await shop.deliver(await shop.upTo(loadDue, 'merge'));
    expect(await shop.parts()).toHaveLength(4);
    shop.expectSuccess(await shop.cloud.run('shop'));
    expect(await shop.parts()).toHaveLength(5);
  });

  test.each([
    [
      'thing',
      'begin; create temp table copy as select * from things; truncate things; insert into things select * from copy; commit',
    ],
    [
      'part',
      'begin; create temp table copy as select * from parts; truncate parts; insert into parts select * from copy; commit',
    ],
  ])('a table that is emptied and filled again while it is read: %s', async (table, refill) => {
    const first: Outgoing = { stage: 'extract', message: shop.tick([table]) };
    const encodeDue = await shop.upTo(first, 'encode');
    await shop.source(refill);
    await expect(shop.deliver(encodeDue)).rejects.toMatchObject({ name: 'TerminalError', code: 'SOURCE_CHANGED' });
    await shop.cloud.services.ledger.query('update lease set run_id = null, expires_at = null');
  });
});

describe('invariant 3: delivered again', () => {
  test('every message of a run changes nothing', async () => {
    await shop.source('delete from things where id <= 5');
    const due: Outgoing[] = [{ stage: 'extract', message: shop.tick(['thing']) }];
    const done: Outgoing[] = [];
    for (let next = due.shift(); next; next = due.shift()) {
      const published = await shop.deliver(next);
      expect(await shop.deliver(next)).toEqual(published);
      done.push(next);
      due.push(...published);
    }
    const before = await shop.marked();
    expect(before).toHaveLength(5);
    for (const message of done.reverse()) {
      if (message.message.kind !== 'tick') expect(await shop.deliver(message)).toEqual([]);
      else expect(await shop.deliver(message)).toHaveLength(1);
    }
    expect(await shop.marked()).toEqual(before);
  });

  test('a merge whose statement ran, and whose commit was lost, counts the same rows', async () => {
    await shop.source('delete from parts where number = 1');
    const mergeDue = await shop.upTo({ stage: 'extract', message: shop.tick(['part']) }, 'merge');
    const { ledger } = shop.cloud.services;
    const lost = { ...ledger, transaction: async () => await Promise.reject(new Error('the ledger is away')) };
    const { services } = shop.cloud;
    Object.assign(services, { ledger: lost });
    await expect(shop.deliver(mergeDue)).rejects.toThrow('the ledger is away');
    Object.assign(services, { ledger });
    expect(await shop.parts()).toHaveLength(4);
    await shop.deliver(mergeDue);
    const { runId } = mergeDue.message as { runId: string };
    expect(await shop.cloud.runOver(runId)).toMatchObject({ state: 'succeeded', tables: [{ merged: 2 }] });
  });
});

describe('invariant 6: one run at a time for each table', () => {
  test('one that moves rows is skipped while keys are read', async () => {
    const mergeDue = await shop.upTo({ stage: 'extract', message: shop.tick(['thing']) }, 'merge');
    const { runId } = mergeDue.message as { runId: string };
    const run = await shop.cloud.run('shop');
    expect(run.tables.find(({ table }) => table === 'thing')).toMatchObject({
      state: 'skipped',
      reason: `${runId} still holds the table`,
    });
    await shop.deliver(mergeDue);
  });

  test('one that was overtaken deletes nothing of what came since, however late it is', async () => {
    const mergeDue = await shop.upTo({ stage: 'extract', message: shop.tick(['part']) }, 'merge');
    const { ledger } = shop.cloud.services;
    await ledger.query(`update lease set expires_at = clock_timestamp() - interval '1 s' where table_name = 'part'`);
    await shop.source(`insert into parts values ('c', 1, 'new')`);
    shop.expectSuccess(await shop.cloud.run('shop'));
    expect(await shop.parts()).toHaveLength(7);
    // The call does not know of it yet.
    const { runId } = mergeDue.message as { runId: string };
    await ledger.query(`update table_run set state = 'merging' where run_id = $1`, [runId]);
    await ledger.query(`update run set state = 'running' where run_id = $1`, [runId]);
    await expect(shop.deliver(mergeDue)).rejects.toMatchObject({ name: 'TerminalError' });
    expect(await shop.parts()).toHaveLength(7);
  });

  test('one whose staging table was made anew, and is empty, deletes nothing', async () => {
    await shop.source(`delete from parts where number = 1`);
    const mergeDue = await shop.upTo({ stage: 'extract', message: shop.tick(['part']) }, 'merge');
    const { runId } = mergeDue.message as { runId: string };
    const { services } = shop.cloud;
    const { warehouse } = services;
    const real = await warehouse();
    const emptied = async (...job: Parameters<typeof real.runJob>): ReturnType<typeof real.runJob> => {
      await real.query(`TRUNCATE TABLE shop_staging.${stagingTable('part', runId)}`);
      return await real.runJob(...job);
    };
    Object.assign(services, { warehouse: async () => await Promise.resolve({ ...real, runJob: emptied }) });
    await shop.deliver(mergeDue);
    Object.assign(services, { warehouse });
    expect(await shop.parts()).toHaveLength(6);
    expect(await shop.cloud.runOver(runId)).toMatchObject({ tables: [{ merged: 0 }] });
  });
});
