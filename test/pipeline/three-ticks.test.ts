import { beforeAll, describe, expect, test } from '@jest/globals';
import { startTestCloud, type TestCloud } from '../support/cloud.ts';
import { finalRows, libraryTables, sourceRows } from '../support/library.ts';

describe.each([
  ['every message is delivered once', false],
  ['every message is delivered twice (invariant 3)', true],
])('generate and library, three times in a row, when %s', (_, duplicateDeliveries) => {
  let cloud: TestCloud;
  beforeAll(async () => {
    cloud = await startTestCloud();
    await cloud.control('PUBSUB_EMULATOR_HOST', 'faults', { duplicateDeliveries });
  });

  test.each([
    ['first', { book: 25, member: 20, rent: 10 }, { book: 25, member: 20, rent: 10 }],
    ['second', { book: 30, member: 20, rent: 15 }, { book: 50, member: 40, rent: 20 }],
    ['third', { book: 30, member: 20, rent: 15 }, { book: 75, member: 60, rent: 30 }],
  ] as const)(
    'the %s time moves what is new, and the final tables equal the source row by row',
    async (_time, moved, total) => {
      expect(await cloud.run('library-generator')).toMatchObject({
        state: 'succeeded',
        result: { books: 25, members: 20, rents: 10 },
      });
      const run = await cloud.run('library');
      expect(run).toMatchObject({ state: 'succeeded' });
      for (const table of libraryTables) {
        const status = run.tables.find((one) => one.table === table);
        const counts = {
          extracted: moved[table],
          encoded: moved[table],
          quarantined: 0,
          loaded: moved[table],
          merged: moved[table],
        };
        expect({ table, ...status }).toMatchObject({ table, ...counts });
        const source = await sourceRows(cloud, table);
        expect(source).toHaveLength(total[table]);
        expect(await finalRows(cloud, table)).toEqual(source);
      }
    },
  );

  test('invariant 9: a run with nothing new is a normal run', async () => {
    const before = await finalRows(cloud, 'rent');
    const run = await cloud.run('library');
    expect(run).toMatchObject({ state: 'succeeded' });
    expect(run.tables.map((table) => table.merged)).toEqual([0, 0, 0]);
    expect(await finalRows(cloud, 'rent')).toEqual(before);
  });

  test('nothing was dead-lettered', async () => {
    const { rows } = await cloud.services.ledger.query('select reason from dead_letter');
    expect(rows).toEqual([]);
  });
});
