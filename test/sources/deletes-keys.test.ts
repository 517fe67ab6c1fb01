import { beforeEach, describe, expect, test } from '@jest/globals';
import { checkFiles } from '../../functions/deletes/files.ts';
import { planKeys } from '../../functions/deletes/plan.ts';
import { planSource } from '../../functions/sources/plan.ts';
import { withReader } from '../../functions/sources/postgres.ts';
import { sliceQuery } from '../../functions/sources/range.ts';
import { checkBlocks } from '../../functions/sources/slices.ts';
import type { ResolvedTable } from '../../functions/runtime/table.ts';
import type { CursorSpec } from '../../pipelines/model/cursor.ts';
import { isMovePipeline } from '../../pipelines/model/pipeline.ts';
import { createDatabase, execute } from '../support/postgres.ts';
import { fileOf, MOVE } from '../unit/pipelines/model/yaml.ts';
import { type Random, seeded } from '../unit/random.ts';
import { contractOf, TIMESTAMP } from '../unit/records.ts';

const ROWS = 400;
const contract = contractOf({ id: 'long', updated_at: TIMESTAMP });
const { pipeline } = fileOf(MOVE);

/** The table of a pipeline, read by this cursor: by blocks where that is a column, by key otherwise. */
function tableOf(source: string, cursor: CursorSpec): ResolvedTable {
  const spec = isMovePipeline(pipeline) ? pipeline.tables[0] : undefined;
  if (!spec || !isMovePipeline(pipeline)) throw new Error('the pipeline moves no table');
  return { pipeline, spec: { ...spec, source, cursor, slice: { rows: 50, bytes: 1e9 } }, contract };
}

let url: string;
beforeEach(async () => {
  url = await createDatabase();
  // Some twenty rows fill a block.
  await execute(
    url,
    `create table thing (id bigint primary key, text text default repeat('x', 350), updated_at timestamptz default now())
       with (autovacuum_enabled = off);
     insert into thing (id) select n from generate_series(1, ${ROWS}) n;
     analyze thing`,
  );
});

/** Reads every key as encode does; `between` is called before each slice, also the first. */
async function readKeys(table: ResolvedTable, between: (slice: number) => Promise<void> = () => Promise.resolve()) {
  const { cursorFrom, slices } = await planKeys(table, { source: () => url });
  const keys = new Set<number>();
  const { source, key, cursor } = table.spec;
  for (const [index, bounds] of slices.entries()) {
    await between(index);
    await withReader(url, 'application', async (client) => {
      await client.query('begin isolation level repeatable read read only');
      const { select } = await planSource(client, { ...contract, fields: contract.fields.slice(0, 1) }, source);
      const query = sliceQuery(select, { table: source, key, cursor, from: cursorFrom }, bounds);
      for (const { id } of (await client.query<{ id: string }>(query)).rows) keys.add(Number(id));
      await checkBlocks(client, source, bounds);
      await checkFiles(client, source, bounds);
    });
  }
  return { keys, slices };
}

/** Writes in one transaction whatever can be written; says which keys were away for a moment. */
async function write(random: Random): Promise<number[]> {
  const some = (): number => 1 + random.below(ROWS);
  const statements = Array.from({ length: 6 }, (): [sql: string, away: number[]] => {
    const [a, b] = [some(), some()];
    return random.pick<[string, number[]]>([
      [`update thing set text = repeat('y', ${100 + random.below(600)}) where id between ${a} and ${a + 8}`, []],
      [`delete from thing where id = ${a}`, [a]],
      [`insert into thing (id) values (${a}) on conflict do nothing`, []],
      // Away inside the transaction, which nobody sees.
      [
        `with gone as (delete from thing where id = ${a} returning id) select 1; insert into thing (id) select ${a} where not exists (select from thing where id = ${a})`,
        [],
      ],
      [
        `update thing set id = -id where id in (${a}, ${b}); update thing set id = case id when -${a} then ${b} else ${a} end where id in (-${a}, -${b})`,
        a === b ? [] : [a, b],
      ],
    ]);
  });
  await execute(url, `begin; ${statements.map(([sql]) => sql).join('; ')}; commit`);
  return statements.flatMap(([, away]) => away);
}

describe('invariant 1: a key that is there all the time is read', () => {
  test.each<[string, CursorSpec]>([
    ['by blocks', 'updated_at'],
    ['by key', 'xmin'],
  ])('%s, whatever is written before each slice', async (by, cursor) => {
    for (let seed = 1; seed <= 6; seed += 1) {
      const random = seeded(seed);
      const before = await execute(url, 'select id::int from thing where id > 0');
      const there = new Set(before.rows.map(({ id }) => Number(id)));
      const { keys, slices } = await readKeys(tableOf('thing', cursor), async () => {
        for (const id of await write(random)) there.delete(id);
      });
      expect(slices.some((slice) => 'since' in slice)).toBe(by === 'by blocks');
      expect(slices.length).toBeGreaterThan(4);
      expect(there.size).toBeGreaterThan(ROWS / 4);
      expect([...there].filter((id) => !keys.has(id))).toEqual([]);
      // What is gone before the first slice is in none.
      expect(keys.size).toBeLessThanOrEqual(ROWS);
    }
  });
});

describe('a table that is written anew while its keys are read is refused', () => {
  const REFILL = `begin; create temp table copy as select * from thing; truncate thing; insert into thing select * from copy; commit`;
  test.each<[string, CursorSpec, string, string, number]>([
    ['blocks', 'updated_at', 'thing', REFILL, 1],
    ['its closing slice', 'updated_at', 'thing', REFILL, -1],
    ['keys', 'xmin', 'thing', REFILL, 1],
    ['a view', 'full', 'seen', REFILL, 1],
    ['a view of a view', 'full', 'looked_at', REFILL, 1],
    ['a materialized view', 'full', 'kept', 'refresh materialized view kept', 1],
    [
      'a partition',
      'xmin',
      'parted',
      'begin; create temp table copy as select * from low; truncate low; insert into low select * from copy; commit',
      1,
    ],
    ['a partition that goes', 'xmin', 'parted', 'alter table parted detach partition low', 1],
  ])('%s', async (_, cursor, source, sql, slice) => {
    await execute(
      url,
      `create view seen as select * from thing; create view looked_at as select * from seen where id > 0;
       create materialized view kept as select * from thing;
       create table parted (id bigint primary key, updated_at timestamptz) partition by range (id);
       create table low partition of parted for values from (0) to (200);
       create table high partition of parted for values from (200) to (1000);
       insert into parted select id, updated_at from thing`,
    );
    const table = tableOf(source, cursor);
    const { slices } = await readKeys(table);
    const at = (slice + slices.length) % slices.length;
    const reading = readKeys(table, async (index) => {
      if (index === at) await execute(url, sql);
    });
    await expect(reading).rejects.toMatchObject({ name: 'TerminalError', code: 'SOURCE_CHANGED' });
  });

  test('but not one that gets a partition, or is vacuumed', async () => {
    await execute(
      url,
      `create table parted (id bigint primary key, updated_at timestamptz) partition by range (id);
       create table low partition of parted for values from (0) to (1000);
       insert into parted select id, updated_at from thing`,
    );
    const { keys } = await readKeys(tableOf('parted', 'xmin'), async (index) => {
      if (index === 1) await execute(url, 'create table high partition of parted for values from (1000) to (2000)');
      await execute(url, 'vacuum low');
    });
    expect(keys.size).toBe(ROWS);
  });
});
