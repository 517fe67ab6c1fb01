import { describe, expect, test } from '@jest/globals';
import { asAlirError, isTransientReason } from '../../../../functions/gcp/bigquery-errors.ts';
import { TerminalError, TransientError } from '../../../../functions/runtime/errors.ts';

/** An error as Google's client throws it. */
const google = (code: number | string | undefined, ...reasons: string[]): Error =>
  Object.assign(new Error('from Google'), { code, errors: reasons.map((reason) => ({ reason, message: reason })) });

describe("Google's error is terminal", () => {
  test.each<[string, Error, string]>([
    ['when a table or dataset is missing', google(404, 'notFound'), 'RESOURCE_MISSING'],
    ['when the statement is wrong', google(400, 'invalidQuery'), 'JOB_FAILED'],
    ['when access is denied', google(403, 'accessDenied'), 'JOB_FAILED'],
    ['when a quota of the day is used up', google(403, 'quotaExceeded'), 'JOB_FAILED'],
    ['when a job of the client failed, which has reasons and no code', google(undefined, 'invalid'), 'JOB_FAILED'],
  ])('%s', (_, error, code) => {
    const ours = asAlirError('job x', error);
    expect(ours).toBeInstanceOf(TerminalError);
    expect(ours).toMatchObject({ code, message: 'job x failed: from Google' });
  });
});

describe("Google's error is transient", () => {
  test.each<[string, Error]>([
    ['when it was too much at once', google(403, 'rateLimitExceeded')],
    ['when it was too many', google(429)],
    ['when it took too long', google(408)],
    ['when its servers fail', google(503, 'backendError')],
    ['when a job failed within', google(undefined, 'jobBackendError')],
    ['when one of its reasons is', google(400, 'invalid', 'internalError')],
    ['when nobody answers', google('ECONNREFUSED')],
    ['when nothing is known of it', google(undefined)],
  ])('%s', (_, error) => {
    expect(asAlirError('job x', error)).toBeInstanceOf(TransientError);
  });
});

test('a job may be repeated for what passes, and for nothing else', () => {
  expect(['backendError', 'internalError', 'rateLimitExceeded', 'stopped'].every(isTransientReason)).toBe(true);
  expect(['invalid', 'invalidQuery', 'duplicate', 'accessDenied', '', undefined].some(isTransientReason)).toBe(false);
});
