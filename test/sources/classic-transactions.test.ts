import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createDatabase, execute, withConnection } from '../support/postgres.ts';
import { until } from '../support/until.ts';
import { Classic, EVERY_KIND } from './classic.ts';

let url: string;
beforeAll(async () => {
  url = await createDatabase();
});

describe.each(EVERY_KIND)('invariant 1, by %s: a transaction', (_, cursor) => {
  let source: Classic;
  beforeEach(async () => {
    source = await Classic.open(url, cursor);
    await source.execute(`insert into thing (text) values ('first')`);
    await source.tick();
  });

  test('that has written before a run and commits after it', async () => {
    await withConnection(url, async (writer) => {
      await writer.query('begin');
      await writer.query(`insert into thing (text) values ('late')`);
      await source.execute(`insert into thing (text) values ('meanwhile')`);
      await source.tick();
      expect(source.texts()).toEqual(['first', 'meanwhile']);
      await writer.query('commit');
    });
    await source.tick();
    await source.expectComplete();
  });

  test('that has only read before a run, and stamps its first row with its start', async () => {
    await withConnection(url, async (writer) => {
      await writer.query('begin');
      await writer.query('select * from thing');
      await source.execute(`insert into thing (text) values ('meanwhile')`);
      await source.tick();
      await writer.query(`insert into thing (text) values ('late')`);
      await writer.query(`update thing set text = 'changed late' where text = 'first'`);
      await writer.query('commit');
    });
    await source.tick();
    expect(source.texts()).toEqual(['changed late', 'late', 'meanwhile']);
    await source.expectComplete();
  });

  test('that is prepared over two runs', async () => {
    await source.execute(`begin; insert into thing (text) values ('prepared'); prepare transaction 'classic'`);
    try {
      await source.tick();
      await source.execute(`insert into thing (text) values ('meanwhile')`);
      await source.tick();
    } finally {
      await source.execute(`commit prepared 'classic'`);
    }
    await source.tick();
    await source.expectComplete();
  });

  test('with a savepoint that is rolled back, and one that is kept', async () => {
    await withConnection(url, async (writer) => {
      await writer.query('begin');
      await writer.query(`savepoint a; insert into thing (text) values ('undone'); rollback to a`);
      await writer.query(`savepoint b; insert into thing (text) values ('kept')`);
      await source.tick();
      await writer.query(`update thing set text = 'changed' where text = 'first'; release b`);
      await source.tick();
      await writer.query('commit');
    });
    await source.tick();
    expect(source.texts()).toEqual(['changed', 'kept']);
  });

  test('that took its number from the sequence first and commits last', async () => {
    await withConnection(url, async (early) => {
      await early.query('begin');
      const { rows } = await early.query<{ id: string }>(`select nextval('thing_id_seq')::text as id`);
      await source.execute(`insert into thing (shard, text) values (2, 'has a higher number')`);
      await source.tick();
      await early.query(`insert into thing (id, text) values ($1, 'has a lower number')`, [rows[0]?.id]);
      await early.query('commit');
    });
    await source.tick();
    await source.expectComplete();
  });

  test('whose rows are frozen, and then moved to a new file, before the run that first sees them', async () => {
    await withConnection(url, async (writer) => {
      await writer.query('begin');
      await writer.query(`insert into thing (text) values ('late')`);
      await source.tick();
      await writer.query('commit');
    });
    await source.execute('vacuum freeze thing');
    await source.execute('vacuum (full, freeze) thing');
    await source.tick();
    await source.expectComplete();
  });

  test('that is open over five runs', async () => {
    await withConnection(url, async (writer) => {
      await writer.query('begin');
      for (let run = 0; run < 5; run += 1) {
        await writer.query(`insert into thing (text) values ('late ${run}')`);
        await source.execute(`insert into thing (text) values ('meanwhile ${run}')`);
        await source.tick();
        expect(source.final.size).toBe(run + 2);
      }
      await writer.query('commit');
    });
    await source.tick();
    expect(source.final.size).toBe(11);
    await source.expectComplete();
  });
});

describe('once every transaction is over, a run reads what is new and no more', () => {
  const exact = EVERY_KIND.filter(([, cursor]) => cursor !== 'full' && !JSON.stringify(cursor).includes('lag'));
  test.each(exact)('by %s', async (_, cursor) => {
    const source = await Classic.open(url, cursor);
    await execute(url, `insert into thing (text) select 'old' from generate_series(1, 100)`);
    const reads: number[] = [];
    // Another test's transaction may be open in another database of the server; its id counts here too.
    const untilNothingIsNew = async (): Promise<void> => {
      await until('a run to read nothing', async () => {
        const { read } = await source.tick();
        reads.push(read);
        return read === 0 ? true : undefined;
      });
    };
    await untilNothingIsNew();
    expect(new Set(reads)).toEqual(new Set([100, 0]));
    reads.length = 0;
    await execute(url, `insert into thing (text) values ('new')`);
    await untilNothingIsNew();
    expect(new Set(reads)).toEqual(new Set([1, 0]));
  });
});
