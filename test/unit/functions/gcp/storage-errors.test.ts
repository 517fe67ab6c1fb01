import { describe, expect, test } from '@jest/globals';
import { asAlirError } from '../../../../functions/gcp/storage-errors.ts';
import { TransientError } from '../../../../functions/runtime/errors.ts';

const google = (code: number | string | undefined, reason?: string): Error =>
  Object.assign(new Error('from Google'), { code, errors: reason === undefined ? [] : [{ reason }] });

const judged = (error: Error) => asAlirError('writing a.avro in gs://lake', error);

describe("Cloud Storage's error", () => {
  // https://cloud.google.com/storage/docs/retry-strategy: 408, 429, 5xx, lost connections; the status page adds 409, 410.
  test.each([408, 409, 410, 416, 429, 499, 500, 502, 503, 504, 'ECONNRESET', 'ETIMEDOUT', 'FILE_NO_UPLOAD'])(
    '%s is transient',
    (code) => {
      expect(judged(google(code))).toMatchObject({ name: 'TransientError', code: 'SERVICE_UNAVAILABLE' });
    },
  );

  test.each([
    [400, 'RESOURCE_MISSING'],
    [401, 'ACCESS_DENIED'],
    [403, 'ACCESS_DENIED'],
    [404, 'RESOURCE_MISSING'],
    [413, 'QUOTA_EXCEEDED'],
    [501, 'RESOURCE_MISSING'],
  ])('%s is terminal, %s, and says what to do', (status, code) => {
    expect(judged(google(status))).toMatchObject({
      name: 'TerminalError',
      code,
      message: expect.stringMatching(/^writing a\.avro in gs:\/\/lake failed: from Google; provision the environment/),
    });
  });

  test('412 is another call that was faster, unless a rule of the organisation is behind it', () => {
    for (const reason of [undefined, 'conditionNotMet']) {
      expect(judged(google(412, reason))).toMatchObject({ name: 'TransientError', code: 'CLAIMED_ELSEWHERE' });
    }
    expect(judged(google(412, 'orgPolicyConstraintFailed'))).toMatchObject({
      name: 'TerminalError',
      code: 'ACCESS_DENIED',
    });
  });

  test('a limit of the moment passes whatever its status', () => {
    for (const status of [403, 429]) expect(judged(google(status, 'rateLimitExceeded'))).toBeInstanceOf(TransientError);
  });

  test.each([undefined, 418, 'ESTRANGE'])('%s, which nobody knows, may be tried again', (code) => {
    expect(judged(google(code))).toMatchObject({ name: 'TransientError', code: 'UNCLASSIFIED' });
  });

  test('that is ours already stays as it is', () => {
    const ours = new TransientError('CLAIMED_ELSEWHERE', 'x');
    expect(judged(ours)).toBe(ours);
  });
});
