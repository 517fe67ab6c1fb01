import { describe, expect, test } from '@jest/globals';
import { PRICES, type Sku } from '../../../scripts/cost/prices.ts';
import { cpusOf } from '../../../scripts/cost/serving.ts';
import { postgresOf, sharedUsage } from '../../../scripts/cost/shared.ts';
import { GENERATE } from '../pipelines/model/yaml.ts';
import { SMALL, catalogOf, estimateOf, iowa, lineOf, MONTHLY, planOf } from './cost-fixture.ts';

const GIB = 1_073_741_824;
const TIB = 1_099_511_627_776;
const MONTH_DAYS = 30.4375;

/** Three slices of 2,500,000 rows of 24 bytes; 500,000 of them are changes. */
const BUSY = { 'move.thing': { rows: 2_500_000, newRows: 2_000_000 } };
const busy = estimateOf({ volumes: BUSY });
const empty = estimateOf({ volumes: { 'move.thing': { rows: 0 } } });

describe('one run a month of 2,500,000 rows takes', () => {
  test.each([
    ['schedule', 1],
    // tick, extract, three times encode, load, audit, merge.
    ['function calls', 8],
    ['messages, published and delivered', 16_000 / TIB],
    // 2 + 3 + (8 + 1.2) + 4 + 8 s with 0.167 vCPU; three times 3 + 16.67 s, billed as 19.7, with 0.583.
    ['CPU of functions', 26.2 * 0.167 + 59.1 * 0.583],
    ['memory of functions', 26.2 * 0.25 + 59.1],
    ['logs of functions', 40_000 / GIB],
    ['functions to Postgres', 400_000 / GIB],
    // Three slices and one listing.
    ['slices written and listed', 0.004],
    ['slices read', 0.009],
    // Half of 60 MB, and 1500 bytes for each of three files; 30, 60 and 275 days of a year in each class.
    ['lake, standard', (30_004_500 / GIB) * (30 / MONTH_DAYS)],
    ['lake, nearline', (30_004_500 / GIB) * (60 / MONTH_DAYS)],
    ['lake, coldline', (30_004_500 / GIB) * (275 / MONTH_DAYS)],
    ['slices moved to nearline', 0.003],
    ['slices moved to coldline', 0.003],
    // The audit reads the id.
    ['audits', 20_000_000 / TIB],
    // Staging; the key of 24,000,000 rows; and all 366 partitions, for the changes are everywhere.
    ['merges', (60_000_000 + 192_000_000 + 576_000_000) / TIB],
    ['final tables, active', 576_000_000 / GIB],
    ['staging tables', (60_000_000 / GIB) * (3 / MONTH_DAYS)],
  ])('%s: %d', (what, quantity) => {
    expect(lineOf(busy, what).quantity / quantity).toBeCloseTo(1, 9);
  });

  test('nothing else, and each line is quantity times price', () => {
    const own = busy.lines.filter(({ owner }) => typeof owner === 'object');
    // The 18 above, and the copy to another region that is none here.
    expect(own).toHaveLength(19);
    for (const line of busy.lines) {
      expect(line.price).toBe(PRICES[line.sku].usd);
      expect(line.usd).toBeCloseTo(line.quantity * line.price, 12);
    }
    expect(busy.usd).toBeCloseTo(
      busy.lines.reduce((total, { usd }) => total + usd, 0),
      12,
    );
  });

  test('a read of each secret of each call that has it, where Postgres is of somebody else', () => {
    const catalog = catalogOf(MONTHLY);
    const databases = (name: string): number =>
      planOf(catalog).functions.find(({ entryPoint }) => entryPoint === name)?.access.databases.length ?? 0;
    const reads = 2 * databases('extract') + 3 * databases('encode') + databases('load');
    const existing = estimateOf({ volumes: BUSY, postgres: 'existing' });
    const accesses = lineOf(existing, 'database URLs, read at each start');
    expect(accesses.quantity).toBeCloseTo((reads + databases('audit') + databases('merge')) / 10_000, 12);
  });
});

describe('volumes at the ends', () => {
  test('no rows: one slice, and nothing scanned or kept but the file', () => {
    expect(lineOf(empty, 'function calls').quantity).toBe(6);
    expect(lineOf(empty, 'lake, standard').quantity).toBeCloseTo((1500 / GIB) * (30 / MONTH_DAYS), 15);
    expect(empty.lines.filter(({ service }) => service === 'BigQuery')).toEqual([]);
  });

  test('one row: 10 MiB of each table that is read', () => {
    const one = estimateOf({ volumes: { 'move.thing': { rows: 1 } } });
    expect(lineOf(one, 'audits').quantity).toBe(10_485_760 / TIB);
    expect(lineOf(one, 'merges').quantity).toBe((2 * 10_485_760) / TIB);
  });

  test('a billion rows: a thousand slices, and calls that are too long are told', () => {
    const huge = estimateOf({ volumes: { 'move.thing': { rows: 1e9 } } });
    expect(lineOf(huge, 'function calls').quantity).toBe(1005);
    const stored = lineOf(huge, 'final tables, active').quantity + lineOf(huge, 'final tables, long term').quantity;
    expect(stored).toBeCloseTo((12 * 24e9) / GIB, 6);
    expect(huge.notes).toEqual([]);
    const wide = estimateOf({ volumes: { 'move.thing': { rows: 1e9, rowBytes: 100 } } });
    expect(wide.notes).toEqual([expect.stringContaining('move.thing: a call of load takes 2,008 s')]);
  });

  test('a generator calls one function, and moves nothing', () => {
    const made = estimateOf({ texts: [GENERATE] });
    expect(lineOf(made, 'function calls').quantity).toBe(730.5);
    expect(lineOf(made, 'CPU of functions').quantity).toBeCloseTo(730.5 * 5 * 0.167, 9);
    expect(made.lines.some(({ service }) => service === 'Storage' || service === 'BigQuery')).toBe(false);
  });

  test('a function between two memories has the CPU of the greater', () => {
    expect([128, 256, 257, 1024, 2048, 4096, 32_768].map(cpusOf)).toEqual([0.083, 0.167, 0.333, 0.583, 1, 2, 8]);
    expect(() => cpusOf(40_000)).toThrow('40000 MiB');
  });
});

describe('what is free', () => {
  const free = (sku: Sku, amount: number) =>
    estimateOf({
      volumes: { 'move.thing': { rows: 0 } },
      prices: { ...PRICES, [sku]: { ...PRICES[sku], usd: 1, free: amount } },
    });
  const net = (sku: Sku, amount: number): number =>
    free(sku, amount).lines.reduce((total, line) => total + (line.sku === sku ? line.usd : 0), 0);

  test.each([
    [0, 6],
    [5, 1],
    [6, 0],
    [7, 0],
  ])('%d of six calls leave %d to pay, never less than nothing', (amount, left) => {
    expect(net('runRequests', amount)).toBe(left);
  });

  test('is free once, and not once a pipeline: the fourth schedule costs', () => {
    const named = (n: number): string => MONTHLY.replace('pipeline: move', `pipeline: move${n}`);
    const schedules = (count: number): number =>
      estimateOf({ texts: Array.from({ length: count }, (_, n) => named(n)) }).lines.reduce(
        (total, line) => total + (line.service === 'Scheduler' ? line.usd : 0),
        0,
      );
    expect(schedules(3)).toBeCloseTo(0, 12);
    expect(schedules(4)).toBeCloseTo(0.1, 12);
  });

  test('is worth what it costs in the cheapest region', () => {
    const jakarta = { ...iowa, region: 'asia-southeast2', location: 'asia-southeast2' };
    const costly = estimateOf({ environment: jakarta, volumes: { 'move.thing': { rows: 1e10 } } });
    const paid = lineOf(costly, 'CPU of functions');
    expect(paid.price).toBe(0.0000336);
    const given = costly.lines.find(({ owner, sku }) => owner === 'free' && sku === 'runCpu');
    expect(given).toMatchObject({ usd: -180_000 * 0.000024, price: 0.000024 });
  });
});

describe('places', () => {
  test('a multi-region keeps the lake for more, and copies it', () => {
    const us = estimateOf({ environment: { ...iowa, location: 'US' }, volumes: { 'move.thing': { rows: 1e6 } } });
    expect(lineOf(us, 'lake, standard').price).toBe(0.026);
    const copied = lineOf(us, 'slices copied to the second region');
    expect(copied.quantity).toBeCloseTo(12_001_500 / GIB, 12);
    expect(copied.price).toBe(0.02);
    expect(lineOf(busy, 'slices copied to the second region').usd).toBe(0);
  });
});

describe('what all pipelines share', () => {
  const resources = planOf(catalogOf(MONTHLY));
  const plan = { ...resources, functions: resources.functions.slice(0, 7), databases: ['alir', 'application'] };
  const quantities = (postgres: Parameters<typeof sharedUsage>[1]) =>
    Object.fromEntries(sharedUsage(plan, postgres).map(({ sku, quantity }) => [sku, quantity]));
  const rest = { registry: 1.75, build: 140 };

  test.each([
    ['a small zonal machine', SMALL, { sqlCpu: 730, sqlMemory: 2737.5, sqlDisk: 10, sqlBackup: 10 }],
    [
      'two machines and two disks',
      postgresOf('production'),
      { sqlCpu: 2920, sqlMemory: 10_950, sqlDisk: 20, sqlBackup: 10 },
    ],
    [
      'a micro machine',
      { tier: 'db-f1-micro', availability: 'ZONAL' },
      { sqlF1Micro: 730, sqlDisk: 10, sqlBackup: 10 },
    ],
    ['a shared core', { tier: 'db-g1-small', availability: 'ZONAL' }, { sqlG1Small: 730, sqlDisk: 10, sqlBackup: 10 }],
    ['a Postgres that is there anyway', 'existing', { secretVersions: 2 }],
  ] as const)('%s', (_, postgres, sql) => {
    expect(quantities(postgres)).toEqual({ ...sql, ...rest });
  });

  test('is in the estimate whole, whatever the pipelines', () => {
    const shared = estimateOf({ texts: [GENERATE] }).lines.filter(({ owner }) => owner === 'shared');
    expect(shared.map(({ sku }) => sku)).toEqual([
      ...['sqlCpu', 'sqlMemory', 'sqlDisk', 'sqlBackup', 'registry', 'build'],
    ]);
    const sql = shared.reduce((total, line) => total + (line.service === 'Cloud SQL' ? line.usd : 0), 0);
    expect(sql).toBeCloseTo(30.149 + 19.1625 + 1.7 + 0.8, 9);
  });

  test('a tier that Cloud SQL has not is refused', () => {
    expect(() => sharedUsage(plan, { tier: 'db-custom-1', availability: 'ZONAL' })).toThrow('db-custom-<vCPUs>-<MiB>');
  });
});
