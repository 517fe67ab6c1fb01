import { describe, expect, test } from '@jest/globals';
import { notForEver } from '../../../../functions/runtime/age.ts';
import { TerminalError, TransientError } from '../../../../functions/runtime/errors.ts';

const publishTime = new Date('2026-11-20T09:00:00Z');
const delivery = { messageId: '1', publishTime, data: Buffer.alloc(0), attributes: {} };
const after = (seconds: number, error: unknown): unknown =>
  notForEver(error, delivery, { maxSeconds: 3600, now: () => publishTime.getTime() + seconds * 1000 });

const passing = new TransientError('SERVICE_UNAVAILABLE', 'the bucket did not answer');

describe('a message that fails', () => {
  test.each([0, 3600, -86_400])('is tried again while it is no older than the limit: %s s', (seconds) => {
    expect(after(seconds, passing)).toBe(passing);
  });

  test.each([
    ['for a passing reason', passing, 'the bucket did not answer'],
    ['for one that nobody foresaw', new TypeError('a bug'), 'a bug'],
  ])('%s is given up after it, with its age, the setting and its last error', (_, error, text) => {
    expect(after(3601, error)).toMatchObject({
      name: 'TerminalError',
      code: 'MESSAGE_EXPIRED',
      cause: error,
      message: `published 2026-11-20T09:00:00.000Z, 3601 s ago, and it fails still; after 3600 s (ALIR_MAX_MESSAGE_AGE) a message is not tried any more: ${text}`,
    });
  });

  test('for good keeps its own error', () => {
    const error = new TerminalError('AUDIT_FAILED', 'no');
    expect(after(86_400, error)).toBe(error);
  });

  test('because another call is at its work is that call’s concern', () => {
    const error = new TransientError('CLAIMED_ELSEWHERE', 'busy');
    expect(after(86_400, error)).toBe(error);
  });
});
