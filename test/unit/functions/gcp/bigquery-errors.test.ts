import { describe, expect, test } from '@jest/globals';
import { asAlirError, BIGQUERY_ERRORS, judgeJob } from '../../../../functions/gcp/bigquery-errors.ts';
import { TerminalError, TransientError } from '../../../../functions/runtime/errors.ts';

/** An error as Google's client throws it. */
const google = (code: number | string | undefined, ...reasons: string[]): Error =>
  Object.assign(new Error('from Google'), { code, errors: reasons.map((reason) => ({ reason, message: reason })) });

/** Every reason of https://cloud.google.com/bigquery/docs/error-messages#errortable, and its HTTP status there. */
const TO_BE_RETRIED: readonly (readonly [reason: string, status: number])[] = [
  ['backendError', 503],
  ['internalError', 500],
  ['jobBackendError', 400],
  ['jobInternalError', 400],
  ['jobRateLimitExceeded', 400],
  ['rateLimitExceeded', 403],
  ['tableUnavailable', 400],
  ['badRequest', 400],
  ['stopped', 200],
];
const NOT_TO_BE_RETRIED: readonly (readonly [reason: string, status: number, code: string])[] = [
  ['accessDenied', 403, 'ACCESS_DENIED'],
  ['attributeError', 400, 'JOB_FAILED'],
  ['billingNotEnabled', 403, 'ACCESS_DENIED'],
  ['billingTierLimitExceeded', 400, 'JOB_FAILED'],
  ['blocked', 403, 'JOB_FAILED'],
  ['duplicate', 409, 'JOB_FAILED'],
  ['invalid', 400, 'JOB_FAILED'],
  ['invalidQuery', 400, 'JOB_FAILED'],
  ['invalidUser', 400, 'ACCESS_DENIED'],
  ['notFound', 404, 'RESOURCE_MISSING'],
  ['notImplemented', 501, 'JOB_FAILED'],
  ['proxyAuthenticationRequired', 407, 'ACCESS_DENIED'],
  ['quotaExceeded', 403, 'QUOTA_EXCEEDED'],
  ['resourceInUse', 400, 'JOB_FAILED'],
  ['resourcesExceeded', 400, 'JOB_FAILED'],
  ['responseTooLarge', 403, 'JOB_FAILED'],
  ['timeout', 400, 'JOB_FAILED'],
];

describe('a reason of an answer, and of a job that ended with it', () => {
  test.each(TO_BE_RETRIED)('%s is transient', (reason, status) => {
    expect(asAlirError('job x', google(status, reason))).toBeInstanceOf(TransientError);
    expect(judgeJob(reason)).toMatchObject({ errorClass: 'transient', code: 'SERVICE_UNAVAILABLE' });
  });

  test.each(NOT_TO_BE_RETRIED)('%s is terminal', (reason, status, code) => {
    const ours = asAlirError('job x', google(status, reason));
    expect(ours).toBeInstanceOf(TerminalError);
    expect(ours).toMatchObject({ code, message: 'job x failed: from Google' });
    expect(judgeJob(reason)).toMatchObject({ errorClass: 'terminal', code });
  });

  test.each([undefined, '', 'somethingNew', 'toString'])('%s, which nobody knows, may be tried again', (reason) => {
    expect(judgeJob(reason)).toMatchObject({ errorClass: 'transient', code: 'UNCLASSIFIED' });
  });
});

describe("Google's error", () => {
  test.each<[string, Error]>([
    ['when it was too many', google(429)],
    ['when it took too long', google(408)],
    ['when its servers fail', google(503)],
    ['when a proxy has lost them', google(502)],
    ['when one of its reasons passes', google(400, 'invalid', 'internalError')],
    ['when nobody answers', google('ECONNREFUSED')],
    ['when the cause of it is the network', new Error('request failed', { cause: google('ECONNRESET') })],
  ])('is transient %s', (_, error) => {
    expect(asAlirError('job x', error)).toMatchObject({ name: 'TransientError', code: 'SERVICE_UNAVAILABLE' });
  });

  test.each<[string, Error, string]>([
    ['when a table or dataset is missing', google(404), 'RESOURCE_MISSING'],
    ['when a perimeter refuses it, without a reason', google(403), 'ACCESS_DENIED'],
    ['when the reason is new, but the request is wrong', google(400, 'somethingNew'), 'JOB_FAILED'],
    ['when a job of the client failed, which has reasons and no code', google(undefined, 'invalid'), 'JOB_FAILED'],
  ])('is terminal %s', (_, error, code) => {
    expect(asAlirError('job x', error)).toMatchObject({ name: 'TerminalError', code });
  });

  test.each<[string, Error]>([
    ['nothing is known of it', google(undefined)],
    ['its status is new', google(418)],
    ['its code is new', google('ESTRANGE')],
  ])('may be tried again, and has a code of its own, when %s', (_, error) => {
    expect(asAlirError('job x', error)).toMatchObject({ name: 'TransientError', code: 'UNCLASSIFIED' });
  });

  test('that is ours already stays as it is', () => {
    const ours = new TerminalError('COUNTS_DIFFER', 'x');
    expect(asAlirError('job x', ours)).toBe(ours);
  });
});

test('every row says why', () => {
  for (const { why } of Object.values(BIGQUERY_ERRORS)) expect(why.length).toBeGreaterThan(10);
});
