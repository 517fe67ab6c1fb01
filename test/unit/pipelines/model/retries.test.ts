import { expect, test } from '@jest/globals';
import { DELIVERY, longestSeconds } from '../../../../pipelines/model/retries.ts';

test('a message is not too old before it has had all of its attempts, even if each takes as long as it may', () => {
  expect(longestSeconds({ ...DELIVERY })).toBeLessThan(DELIVERY.maxMessageAgeSeconds / 2);
  expect(DELIVERY.maxMessageAgeSeconds).toBeLessThan(DELIVERY.retentionSeconds);
});

test('all attempts and the waits between them are counted', () => {
  // Ten calls of 540 s; waits of 10, 20, 40, 80, 160 and 320 s, then of 600 s each.
  expect(longestSeconds()).toBe(10 * 540 + 630 + 3 * 600);
});
