import { expect, test } from '@jest/globals';
import { estimateOf, lineOf, MONTHLY } from './cost-fixture.ts';

const TIB = 1_099_511_627_776;
const volumes = { 'move.thing': { rows: 100_000, newRows: 0, tableRows: 5_000_000 } };
const text = MONTHLY.replace('    audit:', "    deletes: { schedule: '0 2 1 * *' }\n    audit:");
const [without, found] = [estimateOf({ volumes }), estimateOf({ texts: [text], volumes })];

test.each([
  ['schedule, for deletes', 1],
  // tick, extract, five slices of a million keys, load, audit, merge.
  ['function calls, for deletes', 10],
  ['slices written and listed, for deletes', 0.006],
  // 5,000,000 keys of 8 bytes on both sides, twice; and the whole table, of 24 bytes a row.
  ['rows that are gone, for deletes', (4 * 40_000_000 + 120_000_000) / TIB],
])('looking for rows that are gone once a month: %s: %d', (what, quantity) => {
  expect(lineOf(found, what).quantity / quantity).toBeCloseTo(1, 9);
});

test('the rest of the bill is as without, and it is the pipeline that pays', () => {
  const others = found.lines.filter(({ what, owner }) => owner !== 'free' && !what.endsWith(', for deletes'));
  expect(others).toEqual(without.lines.filter(({ owner }) => owner !== 'free'));
  const own = found.lines.filter(({ what }) => what.endsWith(', for deletes'));
  for (const { owner } of own) expect(owner).toEqual({ pipeline: 'move' });
});

test('slices of keys that are too many for a load job are told', () => {
  const sliced = text.replace('    key: [id]\n', '    key: [id]\n    slice: { rows: 100 }\n');
  expect(estimateOf({ texts: [sliced], volumes }).notes).toEqual([
    "move.thing: 50,000 files in a load job breaks BigQuery's limit of 10,000",
  ]);
});

test('a merge that looks into few partitions looks for its keys in all of them', () => {
  const immutable = (from: string): string =>
    from.replace('{ field: created_at }', '{ field: created_at, immutable: true }');
  const scanned = (from: string): number =>
    lineOf(estimateOf({ texts: [immutable(from)], volumes }), 'merges').quantity;
  // Key and partition field, 16 bytes of 5,000,000 rows.
  expect((scanned(text) - scanned(MONTHLY)) * TIB).toBeCloseTo(80_000_000, 0);
});
