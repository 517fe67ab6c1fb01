import { describe, expect, test } from '@jest/globals';
import { dateText, timestampText, timeText, Unwritable } from '../../../emulators/pubsub/bigquery/times.ts';

/** https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types: the years 1 to 9999, and a day of 24 hours. */
describe('the text of a time', () => {
  test.each([
    ['the first timestamp', timestampText, -62135596800000000n, '0001-01-01 00:00:00.000000 UTC'],
    ['one before 1970', timestampText, -1n, '1969-12-31 23:59:59.999999 UTC'],
    ['the last timestamp', timestampText, 253402300799999999n, '9999-12-31 23:59:59.999999 UTC'],
    ['the first date', dateText, -719162n, '0001-01-01'],
    ['the last date', dateText, 2932896n, '9999-12-31'],
    ['midnight', timeText, 0n, '00:00:00.000000'],
    ['the last of a day', timeText, 86399999999n, '23:59:59.999999'],
  ])('%s', (_, render, value, expected) => {
    expect(render(value)).toBe(expected);
  });

  test.each([
    ['before the first timestamp', timestampText, -62135596800000001n],
    ['after the last timestamp', timestampText, 253402300800000000n],
    ['before the first date', dateText, -719163n],
    ['after the last date', dateText, 2932897n],
    ['before midnight', timeText, -1n],
    ['after a day', timeText, 86400000000n],
  ])('is refused %s', (_, render, value) => {
    expect(() => render(value)).toThrow(Unwritable);
  });
});
