import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createDatabase } from '../support/postgres.ts';
import { Classic, EVERY_KIND } from './classic.ts';

let url: string;
beforeAll(async () => {
  url = await createDatabase();
});

describe.each(EVERY_KIND)('invariant 1, by %s:', (_, cursor) => {
  let source: Classic;
  beforeEach(async () => {
    source = await Classic.open(url, cursor);
  });
  const fill = async (rows: number): Promise<void> => {
    await source.execute(
      `insert into thing (text) select repeat('x', 300) || n from generate_series(1, ${rows}) n; analyze thing`,
    );
  };

  test('10,000 rows of one transaction, over many slices', async () => {
    await source.execute(`insert into thing (text) select 'old' from generate_series(1, 20)`);
    await source.tick();
    await fill(10_000);
    source.rows = 900;
    expect((await source.tick()).slices.length).toBeGreaterThan(10);
    await source.expectComplete();
    expect(source.final.size).toBe(10_020);
  });

  test('rows that change and come between planning and reading, and while slices are read', async () => {
    await fill(3000);
    source.rows = 500;
    const { slices } = await source.tick({
      async planned() {
        await source.execute(`update thing set text = 'changed before' where id in (1, 1500, 3000)`);
        await source.execute(`insert into thing (text) values ('came before')`);
      },
      async begun() {
        await source.execute(`update thing set text = 'changed meanwhile' where id in (2, 1501, 2999)`);
        await source.execute(`update thing set text = 'changed twice' where id in (3, 1500, 2998)`);
        await source.execute(`insert into thing (id, text) values (-5, 'came meanwhile')`);
      },
    });
    expect(slices.length).toBeGreaterThan(5);
    // A cursor that orders versions may read a row twice, and then it takes the blocks as they come.
    expect(slices.some((slice) => 'fromBlock' in slice)).toBe(cursor === 'updated_at');
    await source.tick();
    await source.expectComplete();
  });

  test('a source that is empty, and then is not', async () => {
    expect((await source.tick()).read).toBe(0);
    expect((await source.tick()).read).toBe(0);
    await fill(3);
    await source.tick();
    await source.expectComplete();
  });

  test('a table that is truncated and filled again, with its numbers from the start', async () => {
    await fill(100);
    await source.tick();
    await source.execute(
      `begin; truncate thing restart identity; insert into thing (text) select 'again ' || n from generate_series(1, 50) n; commit`,
    );
    await source.tick();
    await source.expectComplete();
    expect(source.final.get(1n)).toMatchObject({ text: { string: 'again 1' } });
  });

  test('a key that changes in place, from a slice not yet read to one that was, and the other way', async () => {
    await fill(1000);
    await source.tick();
    await source.execute(`update thing set text = 'touched'`);
    source.rows = 100;
    await source.tick({
      async begun() {
        await source.execute(
          `update thing set id = -id where id > 900; update thing set id = 5000 + id where id between 1 and 100`,
        );
      },
    });
    await source.tick();
    await source.expectComplete();
  });

  test('a row that is written anew again and again while it is read', async () => {
    await fill(2000);
    source.rows = 400;
    for (let run = 0; run < 3; run += 1) {
      await source.tick({
        async begun() {
          await source.execute(`update thing set text = 'run ${run}' where id % 10 = 0`);
        },
      });
    }
    await source.tick();
    await source.expectComplete();
  });
});

test('a row without the first column of its key is read by one slice, and so it comes to quarantine', async () => {
  const source = await Classic.open(url, 'xmin');
  await source.execute(`alter table thing drop constraint thing_pkey; alter table thing alter id drop identity;
                        alter table thing alter id drop not null`);
  await source.execute(`insert into thing (id, text) select n, 'x' from generate_series(1, 50) n`);
  await source.execute(`insert into thing (id, text) select null, 'keyless' from generate_series(1, 20)`);
  source.rows = 10;
  expect((await source.tick()).slices).toHaveLength(5);
  expect(source.final.size).toBe(50);
  expect(source.rejected).toEqual(Array(20).fill('field "id": null, and the contract does not allow it'));
});
