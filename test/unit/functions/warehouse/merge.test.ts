import { describe, expect, test } from '@jest/globals';
import { mergeRanges, partitionsQuery, upsert } from '../../../../functions/warehouse/merge.ts';
import { compileMerge } from '../../../../functions/warehouse/sql.ts';
import type { CursorSpec } from '../../../../pipelines/model/cursor.ts';
import { readContract } from '../../../../schemas/contract.ts';
import { contractOf, DATE, LOCAL_TIMESTAMP, TIMESTAMP } from '../../records.ts';

const rent = readContract('library/rent');
const names = {
  target: { project: 'p', dataset: 'library', table: 'rent' },
  staging: { project: 'p', dataset: 'library_staging', table: 'rent__r' },
};
const spec = { key: ['id'], cursor: 'updated_at' };
const byDay = { field: 'created_at', by: 'day', immutable: true } as const;
const seconds = (iso: string): number => Date.parse(iso) / 1000;

const USING =
  'USING (SELECT `id`, `book_id`, `library_member_id`, `rent_date`, `return_date`, `created_at`, `updated_at` FROM `p`.`library_staging`.`rent__r` WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY `id` ORDER BY `updated_at` DESC, `book_id` DESC, `library_member_id` DESC, `rent_date` DESC, `return_date` DESC, `created_at` DESC) = 1) AS S';
const WHEN = [
  'WHEN MATCHED THEN UPDATE SET `book_id` = S.`book_id`, `library_member_id` = S.`library_member_id`, `rent_date` = S.`rent_date`, `return_date` = S.`return_date`, `created_at` = S.`created_at`, `updated_at` = S.`updated_at`',
  'WHEN NOT MATCHED BY TARGET THEN INSERT (`id`, `book_id`, `library_member_id`, `rent_date`, `return_date`, `created_at`, `updated_at`) VALUES (S.`id`, S.`book_id`, S.`library_member_id`, S.`rent_date`, S.`return_date`, S.`created_at`, S.`updated_at`)',
];

describe('the upsert of rent, word for word', () => {
  test('without partitions', () => {
    expect(compileMerge(upsert(spec, rent, names))).toBe(
      ['MERGE INTO `p`.`library`.`rent` AS T', USING, 'ON (T.`id` = S.`id`)', ...WHEN].join('\n'),
    );
  });

  test('with the partitions that staging holds: two days that follow one another, and one apart', () => {
    const days = ['2026-11-20', '2026-11-19', '2026-11-01'].map((day) => seconds(`${day}T00:00:00Z`));
    const on =
      "ON (T.`id` = S.`id` AND ((T.`created_at` >= TIMESTAMP '2026-11-01T00:00:00Z' AND T.`created_at` < TIMESTAMP '2026-11-02T00:00:00Z') OR (T.`created_at` >= TIMESTAMP '2026-11-19T00:00:00Z' AND T.`created_at` < TIMESTAMP '2026-11-21T00:00:00Z')))";
    expect(compileMerge(upsert({ ...spec, partition: byDay }, rent, names, days))).toBe(
      ['MERGE INTO `p`.`library`.`rent` AS T', USING, on, ...WHEN].join('\n'),
    );
  });

  test('of an empty staging table scans nothing', () => {
    expect(compileMerge(upsert({ ...spec, partition: byDay }, rent, names, []))).toContain(
      '\nON (T.`id` = S.`id` AND FALSE)\n',
    );
  });
});

describe('an upsert', () => {
  test('joins on every column of the key', () => {
    const contract = contractOf({ a: 'long', b: 'string', at: TIMESTAMP, x: 'int' });
    const sql = compileMerge(upsert({ key: ['a', 'b'], cursor: 'at' }, contract, names));
    expect(sql).toContain('ON (T.`a` = S.`a` AND T.`b` = S.`b`)');
    expect(sql).toContain('PARTITION BY `a`, `b` ORDER BY `at` DESC, `x` DESC');
    expect(sql).toContain('UPDATE SET `at` = S.`at`, `x` = S.`x`');
  });

  test('of a table that is all key has nothing to update', () => {
    const sql = compileMerge(
      upsert({ key: ['id', 'at'], cursor: 'at' }, contractOf({ id: 'long', at: TIMESTAMP }), names),
    );
    expect(sql).not.toContain('UPDATE');
    expect(sql).toContain('INSERT (`id`, `at`) VALUES (S.`id`, S.`at`)');
  });

  test('orders by whatever GoogleSQL orders by: not by JSON, records and arrays', () => {
    const decimal = { type: 'bytes', logicalType: 'decimal', precision: 5, scale: 1 };
    const record = { type: 'record', name: 'R', fields: [{ name: 'x', type: 'int', doc: 'x' }] };
    const contract = contractOf({
      ...{
        id: 'long',
        at: TIMESTAMP,
        price: decimal,
        weight: 'double',
        mood: { type: 'enum', name: 'M', symbols: ['A'] },
      },
      ...{ details: { type: 'string', sqlType: 'JSON' }, home: record, prices: { type: 'array', items: decimal } },
    });
    const { order } = upsert({ key: ['id'], cursor: 'at' }, contract, names).using;
    expect(order.map(({ column }) => column)).toEqual(['at', 'price', 'weight', 'mood']);
  });

  test('orders by all scalar columns, cursor first, so that the same staging gives the same rows', () => {
    const contract = contractOf({
      id: 'long',
      tags: { type: 'array', items: 'string' },
      x: 'bytes',
      at: TIMESTAMP,
      y: ['null', 'int'],
    });
    expect(upsert({ key: ['id'], cursor: 'at' }, contract, names).using.order).toEqual([
      { column: 'at', descending: true },
      { column: 'x', descending: true },
      { column: 'y', descending: true },
    ]);
  });

  test.each<[CursorSpec, string[]]>([
    [{ column: 'at' }, ['at', 'x']],
    [{ column: 'at', lag: '15m' }, ['at', 'x']],
    [{ column: 'elsewhere', lag: '15m' }, ['x', 'at']],
    [{ expression: 'greatest(at, x)' }, ['x', 'at']],
    [{ columns: ['x'] }, ['x', 'at']],
    ['xmin', ['x', 'at']],
    ['full', ['x', 'at']],
  ])('orders by what the contract has when its cursor is %j', (cursor, order) => {
    const contract = contractOf({ id: 'long', x: 'int', at: TIMESTAMP });
    expect(upsert({ key: ['id'], cursor }, contract, names).using.order.map(({ column }) => column)).toEqual(order);
  });

  test('orders by its key when there is nothing else, for there must be an order', () => {
    const contract = contractOf({ id: 'long', shard: 'int', tags: { type: 'array', items: 'string' } });
    const { order } = upsert({ key: ['id', 'shard'], cursor: 'xmin' }, contract, names).using;
    expect(order.map(({ column }) => column)).toEqual(['id', 'shard']);
  });

  test.each([
    ['date', DATE, "DATE '2026-11-20'", "DATE '2026-11-21'"],
    ['timestamp', TIMESTAMP, "TIMESTAMP '2026-11-20T00:00:00Z'", "TIMESTAMP '2026-11-21T00:00:00Z'"],
    ['datetime', LOCAL_TIMESTAMP, "DATETIME '2026-11-20T00:00:00'", "DATETIME '2026-11-21T00:00:00'"],
  ])('compares the partition of a %s with literals of that type', (_, type, from, to) => {
    const contract = contractOf({ id: 'long', at: TIMESTAMP, p: type });
    const partition = { field: 'p', by: 'day', immutable: true } as const;
    const sql = compileMerge(
      upsert({ key: ['id'], cursor: 'at', partition }, contract, names, [seconds('2026-11-20T00:00:00Z')]),
    );
    expect(sql).toContain(`T.\`p\` >= ${from} AND T.\`p\` < ${to}`);
  });

  test.each(['hour', 'day', 'month', 'year'] as const)(
    'takes the last %s that BigQuery knows, which has no end',
    (by) => {
      const last = {
        hour: '9999-12-31T23:00:00Z',
        day: '9999-12-31T00:00:00Z',
        month: '9999-12-01T00:00:00Z',
        year: '9999-01-01T00:00:00Z',
      };
      const sql = compileMerge(upsert({ ...spec, partition: { ...byDay, by } }, rent, names, [seconds(last[by])]));
      expect(sql).toContain(`ON (T.\`id\` = S.\`id\` AND ((T.\`created_at\` >= TIMESTAMP '${last[by]}')))\n`);
    },
  );

  test('by a column that is no time is refused', () => {
    const partition = { ...byDay, field: 'book_id' };
    expect(() => upsert({ ...spec, partition }, rent, names, [0])).toThrow('cannot partition a table');
  });
});

describe('partitions that follow one another are one range', () => {
  const ranges = (by: 'hour' | 'day' | 'month' | 'year', ...starts: string[]): string[] =>
    mergeRanges(starts.map(seconds), by).map(
      ([from, to]) => `${from.toISOString().slice(0, 13)} ${to.toISOString().slice(0, 13)}`,
    );

  test.each([
    ['hour', ['2026-11-20T23:00Z', '2026-11-21T00:00Z'], ['2026-11-20T23 2026-11-21T01']],
    [
      'hour',
      ['2026-11-20T22:00Z', '2026-11-21T00:00Z'],
      ['2026-11-20T22 2026-11-20T23', '2026-11-21T00 2026-11-21T01'],
    ],
    ['day', ['2024-02-28T00:00Z', '2024-02-29T00:00Z', '2024-03-01T00:00Z'], ['2024-02-28T00 2024-03-02T00']],
    ['day', ['2025-02-28T00:00Z', '2025-03-01T00:00Z'], ['2025-02-28T00 2025-03-02T00']],
    ['day', ['1969-12-31T00:00Z', '1970-01-01T00:00Z'], ['1969-12-31T00 1970-01-02T00']],
    ['month', ['2026-12-01T00:00Z', '2027-01-01T00:00Z'], ['2026-12-01T00 2027-02-01T00']],
    [
      'month',
      ['2026-01-01T00:00Z', '2026-03-01T00:00Z'],
      ['2026-01-01T00 2026-02-01T00', '2026-03-01T00 2026-04-01T00'],
    ],
    ['year', ['2024-01-01T00:00Z', '2025-01-01T00:00Z'], ['2024-01-01T00 2026-01-01T00']],
    ['year', ['0001-01-01T00:00Z'], ['0001-01-01T00 0002-01-01T00']],
    ['day', ['2026-11-21T00:00Z', '2026-11-20T00:00Z', '2026-11-21T00:00Z'], ['2026-11-20T00 2026-11-22T00']],
  ] as const)('by %s: %j', (by, starts, expected) => {
    expect(ranges(by, ...starts)).toEqual(expected);
  });

  test('of none there is none', () => {
    expect(mergeRanges([], 'day')).toEqual([]);
  });
});

test('the partitions of staging are asked for by their first second', () => {
  expect(partitionsQuery(names.staging, { field: 'created_at', by: 'month', immutable: true })).toBe(
    'SELECT DISTINCT UNIX_SECONDS(TIMESTAMP_TRUNC(TIMESTAMP(`created_at`), MONTH)) AS start FROM `p`.`library_staging`.`rent__r`',
  );
});
