import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { openWarehouse, type Warehouse } from './helpers.ts';

/**
 * https://cloud.google.com/bigquery/docs/reference/standard-sql/dml-syntax#delete_with_subquery: rows that have no
 * partner in another table. On disk, where rows that were written before are read back.
 */
let warehouse: Warehouse;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bigquery-not-exists-'));
  warehouse = await openWarehouse({ dataDir: folder });
  await warehouse.client.createDataset('d');
});
afterAll(async () => {
  await warehouse.stop();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  await warehouse.rows('CREATE OR REPLACE TABLE d.t (id INT64 NOT NULL, text STRING NOT NULL, gone TIMESTAMP)');
  await warehouse.rows('CREATE OR REPLACE TABLE d.k (id INT64 NOT NULL)');
  await warehouse.rows("INSERT d.t (id, text) SELECT n, REPEAT('x', 350) FROM UNNEST(GENERATE_ARRAY(1, 200)) n");
  await warehouse.rows('INSERT d.k (id) SELECT n FROM UNNEST(GENERATE_ARRAY(8, 200)) n UNION ALL SELECT 9');
});

const affected = async (query: string): Promise<unknown> => {
  const [job] = await warehouse.client.createQueryJob({ query });
  await job.getQueryResults();
  const [metadata] = (await job.getMetadata()) as unknown as [
    { statistics: { query: { numDmlAffectedRows: string } } },
  ];
  return metadata.statistics.query.numDmlAffectedRows;
};

test('UPDATE with NOT EXISTS', async () => {
  const update =
    "UPDATE d.t AS T SET gone = TIMESTAMP '2026-11-20T02:30:00.000Z' WHERE T.gone IS NULL AND NOT EXISTS (SELECT 1 FROM d.k AS S WHERE (T.id = S.id))";
  expect(await affected(update)).toBe('7');
  expect(await affected(update)).toBe('0');
  expect(await warehouse.rows('SELECT id FROM d.t WHERE gone IS NOT NULL ORDER BY id')).toEqual(
    [1, 2, 3, 4, 5, 6, 7].map((id) => ({ id })),
  );
});

test('DELETE with NOT EXISTS', async () => {
  expect(await affected('DELETE FROM d.t AS T WHERE NOT EXISTS (SELECT 1 FROM d.k AS S WHERE (T.id = S.id))')).toBe(
    '7',
  );
  expect(await warehouse.rows('SELECT MIN(id) AS first, COUNT(*) AS n FROM d.t')).toEqual([{ first: 8, n: 193 }]);
});

test('an empty table has no partner for anything', async () => {
  await warehouse.rows('TRUNCATE TABLE d.k');
  expect(await affected('DELETE FROM d.t AS T WHERE NOT EXISTS (SELECT 1 FROM d.k AS S WHERE (T.id = S.id))')).toBe(
    '200',
  );
});
