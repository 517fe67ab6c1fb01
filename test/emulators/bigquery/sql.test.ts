import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DATES } from './cases/dates.ts';
import { FUNCTIONS } from './cases/functions.ts';
import { LANGUAGE } from './cases/language.ts';
import { NUMBERS } from './cases/numbers.ts';
import { QUERIES } from './cases/queries.ts';
import { openWarehouse, type Warehouse } from './helpers.ts';

let warehouse: Warehouse;
beforeAll(async () => {
  warehouse = await openWarehouse();
});
afterAll(async () => {
  await warehouse.stop();
});

interface Answer {
  readonly error?: { readonly message: string; readonly code: number };
  readonly rows?: readonly { readonly f: readonly { readonly v: unknown }[] }[];
}

async function query(sql: string): Promise<Answer> {
  const body = JSON.stringify({ query: sql, useLegacySql: false, formatOptions: { useInt64Timestamp: true } });
  return (await (await fetch(`${warehouse.url}/queries`, { method: 'POST', body })).json()) as Answer;
}

const CASES = [...LANGUAGE, ...NUMBERS, ...FUNCTIONS, ...DATES, ...QUERIES];

describe.each(CASES.map((group) => [group.group, group] as const))('%s', (_, { cases }) => {
  test.each(cases.map(([sql, expected]) => [sql, expected] as const))('%s', async (sql, expected) => {
    const answer = await query(sql);
    if ('error' in expected) {
      expect(answer.error?.message).toMatch(expected.error);
      expect([400, 501]).toContain(answer.error?.code);
      return;
    }
    expect(answer.error).toBeUndefined();
    expect(answer.rows?.[0]?.f.map(({ v }) => v)).toEqual(expected);
  });
});

describe('parameters', () => {
  test('named, positional, arrays, structs and nulls are bound as values', async () => {
    const [row] = await warehouse.rows('SELECT @s AS s, @n AS n, @l AS l, @t.a AS a, @ts AS ts', {
      s: "it's; DROP TABLE x --",
      n: 7,
      l: ['a', 'b'],
      t: { a: 1.5 },
      ts: warehouse.client.timestamp('2024-01-01T00:00:00.123456Z'),
    });
    expect(row).toMatchObject({
      s: "it's; DROP TABLE x --",
      n: 7,
      l: ['a', 'b'],
      a: 1.5,
      ts: { value: '2024-01-01T00:00:00.123456000Z' },
    });
    expect(await warehouse.rows('SELECT ? + ? AS sum', [1, 2])).toEqual([{ sum: 3 }]);
    const [rows] = await warehouse.client.query({
      query: 'SELECT @x IS NULL AS n',
      params: { x: null },
      types: { x: 'STRING' },
    });
    expect(rows).toEqual([{ n: true }]);
  });

  test('a missing one and one of another type are refused', async () => {
    await expect(warehouse.rows('SELECT @nope')).rejects.toThrow("Query parameter 'nope' not found");
    const types = { x: 'INT64' };
    await expect(warehouse.client.query({ query: 'SELECT @x', params: { x: 'seven' }, types })).rejects.toThrow(
      /no INT64/,
    );
  });
});
