import { describe, expect, test } from '@jest/globals';
import { formatBytes, formatSeconds, formatTable } from '../../../scripts/commands/format.ts';

describe('a table', () => {
  test('is as wide as its cells; numbers stand on the right', () => {
    expect(
      formatTable(
        ['table', 'rows'],
        [
          ['book', 1234],
          ['a long name', 5],
        ],
      ),
    ).toBe(['table         rows', '───────────  ─────', 'book         1,234', 'a long name      5'].join('\n'));
  });

  test('without rows is its header', () => {
    expect(formatTable(['a', 'bc'], [])).toBe('a  bc\n─  ──');
  });

  test('prints what is missing as nothing, dates as ISO, and anything else as JSON', () => {
    const row = [undefined, null, new Date('2026-11-20T09:15:00.000Z'), true, { a: [1] }];
    const [, , line] = formatTable(['a', 'b', 'when', 'ok', 'x'], [row]).split('\n');
    expect(line).toBe('      2026-11-20T09:15:00Z  true  {"a":[1]}');
  });

  test('has no blanks at the end of a line', () => {
    expect(
      formatTable(
        ['name', 'note'],
        [
          ['a', ''],
          ['b', 'c'],
        ],
      ),
    ).not.toMatch(/ $/m);
  });
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [1_234_567, '1.2 MB'],
  [999_949, '999.9 kB'],
  [999_951, '1.0 MB'],
  [5e12, '5.0 TB'],
  [5e15, '5000.0 TB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test('seconds have two digits', () => {
  expect(formatSeconds(1.005)).toMatch(/^1\.0[01]$/);
  expect(formatSeconds(12)).toBe('12.00');
});
