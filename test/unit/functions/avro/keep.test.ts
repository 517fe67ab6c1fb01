import { describe, expect, test } from '@jest/globals';
import { keepRecords } from '../../../../functions/avro/keep.ts';
import { openQuarantine } from '../../../../functions/avro/quarantine.ts';
import { compileRow, type TextRow } from '../../../../functions/avro/row.ts';
import { contractOf } from '../../records.ts';
import { collect, inBatches } from './decode.ts';
import { memoryBucket } from './memory-bucket.ts';

const contract = contractOf({ id: 'long', age: 'int' });

async function keep(rows: readonly TextRow[]) {
  const bucket = memoryBucket();
  const quarantine = openQuarantine(async () => await Promise.resolve(bucket), 'q', { runId: 'r', contract });
  const counts = { extracted: 0, encoded: 0 };
  const records = (await collect(keepRecords(inBatches(rows), compileRow(contract), quarantine, counts))).flat();
  return { records, counts, quarantined: await quarantine.close(), text: bucket.objects.get('q')?.text ?? '' };
}

describe('of the rows of a slice', () => {
  test('those that fit the contract go on, in their order, and the others to quarantine', async () => {
    const { records, text } = await keep([
      ['1', '20'],
      ['2', null],
      ['3', '30'],
      ['4', '99999999999'],
    ]);
    expect(records).toEqual([
      { id: 1n, age: 20 },
      { id: 3n, age: 30 },
    ]);
    expect(text).toMatch(/"position":1,"reason":"field \\"age\\": null/);
    expect(text).toMatch(/"position":3,"reason":"field \\"age\\": 99999999999 does not fit/);
  });

  test.each([
    ['all fit', ['1', '2', '3'], 3],
    ['none fits', ['x', '', '1.5'], 0],
    ['there are none', [], 0],
    ['some fit', ['1', 'x', '3', 'y'], 2],
  ])('extracted = encoded + quarantined: %s', async (_, ages, encoded) => {
    const { counts, quarantined } = await keep(ages.map((age) => ['1', age]));
    expect(counts).toEqual({ extracted: ages.length, encoded });
    expect(quarantined).toBe(ages.length - encoded);
  });
});

test('an error that is no rejection stops the slice: it is a mistake of ours, and not the row’s', async () => {
  const quarantine = openQuarantine(async () => await Promise.resolve(memoryBucket()), 'q', { runId: 'r', contract });
  const broken = (): never => {
    throw new TypeError('a bug');
  };
  const records = keepRecords(inBatches([['1', '2']]), broken, quarantine, { extracted: 0, encoded: 0 });
  await expect(collect(records)).rejects.toThrow('a bug');
});
