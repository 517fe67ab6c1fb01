import { describe, expect, test } from '@jest/globals';
import type { StatedVolume } from '../../../scripts/cost/volumes.ts';
import { DAYS_PER_MONTH } from '../../../scripts/cost/ticks.ts';
import { estimateOf, lineOf, MONTHLY } from './cost-fixture.ts';

const TIB = 1_099_511_627_776;
const GIB = 1_073_741_824;
const PRUNED = MONTHLY.replace('{ field: created_at }', '{ field: created_at, immutable: true }');
const UNPARTITIONED = MONTHLY.replace('    partition: { field: created_at }\n', '');

/** 2,000,000 new rows a month make 24,000,000 of 24 bytes in 366 daily partitions. */
const scanned = (text: string, volume: StatedVolume): number =>
  lineOf(estimateOf({ texts: [text], volumes: { 'move.thing': volume } }), 'merges').quantity * TIB;
const STAGING = 48_000_000;
const KEYS = 192_000_000;
const ALL = 576_000_000;

describe('a merge scans', () => {
  const volume = { rows: 2_000_000 };

  test('staging, all keys and the whole of a table without partitions', () => {
    expect(scanned(UNPARTITIONED, volume)).toBeCloseTo(STAGING + KEYS + ALL, 0);
  });

  test('all keys still, where the partition of a row may change, but only the partition that it writes to', () => {
    expect(scanned(MONTHLY, volume)).toBeCloseTo(STAGING + KEYS + Math.max(ALL / 366, 0), 0);
  });

  test('one partition where the field never changes, and staging once more to find out which', () => {
    // Key and field of one partition of 366, and all of it: 2.6 MB are billed as 10 MiB. The field: 16 MB.
    expect(scanned(PRUNED, volume)).toBeCloseTo(STAGING + 10_485_760 + 16_000_000, 0);
  });

  test('a partition more for each change', () => {
    // 99 changes and one for what is new: 100 of 366; 24 bytes of the row, 16 of key and field.
    const share = (24_000_000 * 40 * 100) / 366;
    const staged = 2_000_099 * 24;
    const changed = { rows: 2_000_099, newRows: 2_000_000 };
    expect(scanned(PRUNED, changed)).toBeCloseTo(staged + share + 2_000_099 * 8, 0);
  });

  test('what the table holds already, even when nothing is new', () => {
    const idle = { rows: 0, tableRows: 24_000_000 };
    expect(scanned(UNPARTITIONED, idle)).toBeCloseTo(KEYS + ALL, 0);
    expect(scanned(MONTHLY, idle)).toBeCloseTo(KEYS, 0);
    expect(() => scanned(PRUNED, idle)).toThrow('0 lines "merges"');
  });
});

describe('a final table is stored', () => {
  const stored = (text: string, volume: StatedVolume, what: 'active' | 'long term'): number =>
    lineOf(estimateOf({ texts: [text], volumes: { 'move.thing': volume } }), `final tables, ${what}`).quantity;

  test('as active where it has no partitions', () => {
    expect(stored(UNPARTITIONED, { rows: 2_000_000 }, 'active')).toBeCloseTo(ALL / GIB, 9);
  });

  test('as long term but for the last 90 days where rows only come', () => {
    const young = 90 / (12 * DAYS_PER_MONTH);
    expect(stored(MONTHLY, { rows: 2_000_000 }, 'active')).toBeCloseTo((ALL / GIB) * young, 9);
    expect(stored(MONTHLY, { rows: 2_000_000 }, 'long term')).toBeCloseTo((ALL / GIB) * (1 - young), 9);
  });

  test('as active wherever a change hit within 90 days', () => {
    // 100 changes a month, over 90 of 30.4375 days: each of 366 partitions is missed with this chance.
    const missed = (365 / 366) ** (100 * (90 / 30.4375));
    const share = (1 - 90 / 365.25) * missed;
    const long = stored(MONTHLY, { rows: 2_000_100, newRows: 2_000_000 }, 'long term');
    expect(long).toBeCloseTo((ALL / GIB) * share, 9);
  });

  test('as long term when nothing is written to it', () => {
    expect(stored(UNPARTITIONED, { rows: 0, tableRows: 1_000_000 }, 'long term')).toBeCloseTo(24_000_000 / GIB, 12);
  });

  test('with the rows of before, which make it older', () => {
    // As many rows again: twice as old, and half as young.
    const both = { rows: 2_000_000, tableRows: 24_000_000 };
    expect(stored(MONTHLY, both, 'active')).toBeCloseTo(((2 * ALL) / GIB) * (90 / 730.5), 9);
  });
});
