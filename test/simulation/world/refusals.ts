import pg from 'pg';
import { ApiError } from '../../../emulators/kit/errors.ts';
import { BIGQUERY_ERRORS } from '../../../functions/gcp/bigquery-errors.ts';
import type { Failure } from '../engine/calls.ts';

/**
 * How each service says that it cannot: for a while, for good, or (`lost`) not at all, though it has done what it was asked
 * for. Answers that say what is there and what is not (404, 409) are none of these: those are the emulators' own, and true.
 */
type Refusals<T> = Readonly<Record<Failure, readonly T[]>>;

/** Which one it is is drawn once for a call, so that its retries meet the same. */
export function pick<T>(refusals: Refusals<T>, failure: Failure, variant: number): T {
  const list = refusals[failure];
  const found = list[variant % list.length];
  if (found === undefined) throw new Error(`nothing fails like ${failure}`);
  return found;
}

/** No answer: what Node says of the connection. */
export type NetworkError = 'ECONNRESET' | 'ECONNREFUSED' | 'ETIMEDOUT' | 'EPIPE' | 'EAI_AGAIN';
const LOST: readonly NetworkError[] = ['ECONNRESET', 'ETIMEDOUT'];

const answer = (code: number, reason: string, message = reason): ApiError =>
  new ApiError('UNAVAILABLE', message, { code, reason });

/** https://cloud.google.com/bigquery/docs/error-messages#errortable */
export const BIGQUERY: Refusals<ApiError | NetworkError> = {
  passing: [
    answer(503, 'backendError', 'Visibility check was unavailable. Please retry the request'),
    answer(500, 'internalError'),
    answer(403, 'rateLimitExceeded', 'Exceeded rate limits: too many api requests per user per method'),
    answer(429, 'rateLimitExceeded'),
    answer(400, 'tableUnavailable'),
    answer(502, 'badGateway'),
    answer(504, 'gatewayTimeout'),
    answer(408, 'requestTimeout'),
    'ECONNRESET',
    'ECONNREFUSED',
    'EAI_AGAIN',
  ],
  lasting: [
    answer(403, 'accessDenied', 'Access Denied: Permission denied while getting Drive credentials.'),
    answer(403, 'quotaExceeded', 'Quota exceeded: Your project exceeded quota for imports per project.'),
    answer(403, 'billingNotEnabled'),
    answer(400, 'invalid'),
    answer(501, 'notImplemented'),
    answer(403, 'somethingNew'),
  ],
  lost: LOST,
};

/** https://cloud.google.com/storage/docs/json_api/v1/status-codes */
export const STORAGE: Refusals<ApiError | NetworkError> = {
  passing: [
    answer(503, 'backendError', 'We encountered an internal error. Please try again.'),
    answer(500, 'internalError'),
    answer(429, 'rateLimitExceeded', 'The object exceeded the rate limit for object mutation operations.'),
    answer(502, 'badGateway'),
    answer(504, 'gatewayTimeout'),
    answer(408, 'requestTimeout'),
    answer(410, 'uploadSessionGone'),
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
  ],
  lasting: [
    answer(403, 'forbidden', 'The caller does not have storage.objects.create access.'),
    answer(401, 'authError', 'Invalid Credentials'),
    answer(400, 'invalid'),
    answer(413, 'uploadTooLarge'),
    answer(412, 'orgPolicyConstraintFailed'),
  ],
  lost: LOST,
};

/** gRPC's codes and words, as Google's client rejects with them: https://grpc.io/docs/guides/status-codes/ */
export const PUBSUB: Refusals<readonly [code: number, message: string]> = {
  passing: [
    [14, '14 UNAVAILABLE: The service was unable to fulfill your request. Please try again.'],
    [8, '8 RESOURCE_EXHAUSTED: Quota exceeded for quota metric'],
    [10, '10 ABORTED: The operation was aborted.'],
    [13, '13 INTERNAL: Received RST_STREAM with code 2'],
    [1, '1 CANCELLED: Call cancelled'],
  ],
  lasting: [
    [7, '7 PERMISSION_DENIED: User not authorized to perform this action.'],
    [5, '5 NOT_FOUND: Resource not found (resource=alir).'],
    [3, '3 INVALID_ARGUMENT: The value for message is too large.'],
    [16, '16 UNAUTHENTICATED: Request had invalid authentication credentials.'],
  ],
  lost: [
    [4, '4 DEADLINE_EXCEEDED: Deadline exceeded after 60.000s'],
    [14, '14 UNAVAILABLE: read ECONNRESET'],
  ],
};

const sql = (code: string, message: string): Error =>
  Object.assign(new pg.DatabaseError(message, message.length, 'error'), { code, severity: 'ERROR' });
const gone = new Error('Connection terminated unexpectedly');

/** What passes, of the source as of the ledger: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const POSTGRES_PASSES = [
  sql('57P01', 'terminating connection due to administrator command'),
  sql('57P02', 'terminating connection because of crash of another server process'),
  sql('57P03', 'the database system is starting up'),
  sql('53300', 'sorry, too many clients already'),
  sql('53200', 'out of memory'),
  sql('40P01', 'deadlock detected'),
  sql('55P03', 'canceling statement due to lock timeout'),
  sql('58030', 'could not read file'),
  sql('XX000', 'cache lookup failed'),
  Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }),
  Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }),
];
export const SOURCE: Refusals<Error> = {
  passing: POSTGRES_PASSES,
  lasting: [
    sql('42501', 'permission denied for table item'),
    sql('42P01', 'relation "item" does not exist'),
    sql('28P01', 'password authentication failed'),
    sql('3D000', 'database does not exist'),
    sql('XX001', 'invalid page in block 7'),
  ],
  lost: [gone, ...POSTGRES_PASSES.slice(0, 1)],
};
export const LEDGER: Refusals<Error> = {
  passing: [gone, ...POSTGRES_PASSES],
  lasting: [
    sql('42501', 'permission denied for schema alir'),
    sql('25006', 'cannot execute INSERT in a read-only transaction'),
  ],
  lost: [gone],
};

/** What the table says of a job's reason, but for those that say what is there and what is not; and one that it lacks. */
const jobs = (errorClass: 'transient' | 'terminal'): ApiError[] =>
  Object.entries(BIGQUERY_ERRORS)
    .filter(([reason, verdict]) => !/^\d|notFound|duplicate/.test(reason) && verdict.errorClass === errorClass)
    .map(([reason]) => answer(400, reason, `the job ended: ${reason}`));
export const JOBS: Refusals<ApiError> = {
  passing: [...jobs('transient'), answer(400, 'aReasonThatIsNew', 'the job ended otherwise')],
  lasting: jobs('terminal'),
  lost: [],
};
