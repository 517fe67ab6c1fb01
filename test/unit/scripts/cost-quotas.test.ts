import { describe, expect, test } from '@jest/globals';
import type { StatedVolume } from '../../../scripts/cost/volumes.ts';
import { estimateOf, MONTHLY } from './cost-fixture.ts';

const notes = (schedule: string, volume: StatedVolume, text = MONTHLY): readonly string[] =>
  estimateOf({ texts: [text.replace("'0 0 1 * *'", `'${schedule}'`)], volumes: { 'move.thing': volume } }).notes;

describe('a note is made of', () => {
  test('runs that come close to the loads of a table', () => {
    expect(notes('* * * * *', { rows: 0 })).toEqual([
      "move.thing: 1,440 load jobs a day is close to BigQuery's limit of 1,500",
    ]);
    expect(notes('*/2 * * * *', { rows: 0 })).toEqual([]);
  });

  test('more files than a load job takes', () => {
    const sliced = MONTHLY.replace('    key: [id]\n', '    key: [id]\n    slice: { rows: 10 }\n');
    expect(notes('0 0 1 * *', { rows: 100_010 }, sliced)).toEqual([
      "move.thing: 10,001 files in a load job breaks BigQuery's limit of 10,000",
    ]);
    expect(notes('0 0 1 * *', { rows: 100_000 }, sliced)).toEqual([
      "move.thing: 10,000 files in a load job is close to BigQuery's limit of 10,000",
    ]);
    expect(notes('0 0 1 * *', { rows: 89_990 }, sliced)).toEqual([]);
  });

  test('more bytes than a load job takes', () => {
    expect(notes('0 0 1 * *', { rows: 1e6, rowBytes: 16e6 })).toContain(
      "move.thing: 16,000,000,000,000 bytes in a load job breaks BigQuery's limit of 15,000,000,000,000",
    );
  });

  test('a call that outlasts its function, for the table that it serves alone', () => {
    const [head = '', table = ''] = MONTHLY.split('tables:\n');
    const two = `${head}tables:\n${table}${table.replace('destination: thing', 'destination: other')}`;
    expect(notes('0 0 1 * *', { rows: 1e9, rowBytes: 100 }, two)).toEqual([
      expect.stringMatching(/^move\.thing: a call of load takes 2,008 s .* after 540 s/),
    ]);
  });

  test('partitions: of a table, of a merge, and of a day', () => {
    const hourly = MONTHLY.replace('{ field: created_at }', '{ field: created_at, by: hour }');
    expect(notes('0 * * * *', { rows: 5000, newRows: 1, tableRows: 8766 * 3 }, hourly)).toEqual([
      "move.thing: 35,064 partitions after a year breaks BigQuery's limit of 10,000",
      "move.thing: 5,000 partitions changed by a merge breaks BigQuery's limit of 4,000",
      "move.thing: 120,000 partitions changed in a day breaks BigQuery's limit of 30,000",
    ]);
    expect(notes('0 * * * *', { rows: 5000, newRows: 1 })).toEqual([]);
  });

  test('load jobs of all pipelines together', () => {
    const many = Array.from({ length: 70 }, (_, n) =>
      MONTHLY.replace('pipeline: move', `pipeline: move${n}`).replace("'0 0 1 * *'", "'* * * * *'"),
    );
    expect(estimateOf({ texts: many }).notes.at(-1)).toBe(
      "all pipelines: 100,800 load jobs a day breaks BigQuery's limit of 100,000",
    );
  });
});
