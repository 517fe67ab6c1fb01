import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openWarehouse, type Warehouse } from './helpers.ts';

let warehouse: Warehouse;
beforeAll(async () => {
  warehouse = await openWarehouse();
  await warehouse.client.createDataset('d');
});
afterAll(async () => {
  await warehouse.stop();
});

test('insertAll takes numbers as they are written, and refuses those that it cannot hold', async () => {
  await warehouse.rows('CREATE TABLE d.exact (i INT64, n NUMERIC, b BIGNUMERIC, s STRING(2), f FLOAT64, j JSON)');
  const insert = async (...rows: string[]): Promise<{ status: number; text: string }> => {
    const body = `{"rows": [${rows.map((json) => `{"json": ${json}}`).join(', ')}]}`;
    const response = await fetch(`${warehouse.url}/datasets/d/tables/exact/insertAll`, { method: 'POST', body });
    return { status: response.status, text: await response.text() };
  };
  expect(
    await insert(
      '{"i": 9007199254740993, "n": 12345678901234567890.123456789, "b": 0.123456789012345678, "f": 9007199254740993}',
      '{"i": -9223372036854775808, "j": {"a": 9007199254740993}}',
    ),
  ).toMatchObject({ status: 200, text: expect.not.stringContaining('insertErrors') });
  const text = ['i', 'n', 'b', 'f'].map((name) => `CAST(${name} AS STRING) AS ${name}`).join(', ');
  expect(await warehouse.rows(`SELECT ${text}, TO_JSON_STRING(j) AS j FROM d.exact ORDER BY exact.i DESC`)).toEqual([
    {
      i: '9007199254740993',
      n: '12345678901234567890.123456789',
      b: '0.123456789012345678',
      f: '9007199254740992',
      j: 'null',
    },
    { i: '-9223372036854775808', n: null, b: null, f: null, j: '{"a":9007199254740993}' },
  ]);
  expect((await insert('{"i": 9223372036854775808}')).text).toMatch(/Could not parse '9223372036854775808' as INT64/);
  expect((await insert('{"s": "abc"}')).text).toMatch(/greater than the maximum length 2/);
  expect((await insert('{"b": 0.1234567890123456789}')).status).toBe(501);
  expect((await insert('{"i": 1}, {')).status).toBe(400);
  expect(await warehouse.rows('SELECT COUNT(*) AS n FROM d.exact')).toEqual([{ n: 2 }]);
});
