import { describeError, TerminalError, TransientError } from '../runtime/errors.ts';
import { NETWORK, networkCode } from '../runtime/network-errors.ts';
import { bornOf, type ErrorTable, judge, passes, stays, UNKNOWN, type Verdict } from '../runtime/verdict.ts';

/**
 * BigQuery's errors by reason, and by HTTP status where an answer gives no reason that is known, e.g. a proxy's. What
 * Google says of each, and which are to be retried: https://cloud.google.com/bigquery/docs/error-messages#errortable.
 * On quotas: https://cloud.google.com/bigquery/docs/troubleshoot-quotas
 */
export const BIGQUERY_ERRORS: ErrorTable = {
  backendError: passes('5xx: to be retried with backoff; a job that ended so is safe to run again'),
  internalError: passes('to be tried again after the back-off of the service level agreement'),
  rateLimitExceeded: passes('a limit of the moment: to be tried again, more slowly'),
  jobBackendError: passes('to be tried again under a new job id'),
  jobInternalError: passes('to be tried again under a new job id'),
  jobRateLimitExceeded: passes('to be tried again under a new job id, more slowly'),
  tableUnavailable: passes('the keeper of the table is away: to be tried again, as with internalError'),
  badRequest: passes('rows in the streaming buffer can be changed after some minutes, at most 90'),
  stopped: passes('somebody cancelled the job: where a newer run did, the next delivery finds this one over'),
  deadlineExceeded: passes("the request's own time is over, not the job's"),

  accessDenied: stays('ACCESS_DENIED', 'a grant is missing: only its owner can give it'),
  billingNotEnabled: stays('ACCESS_DENIED', 'billing has to be enabled for the project'),
  proxyAuthenticationRequired: stays('ACCESS_DENIED', 'a proxy on the way wants credentials'),
  invalidUser: stays('ACCESS_DENIED', 'the credentials are not valid'),
  quotaExceeded: stays('QUOTA_EXCEEDED', 'a quota of the day; failed jobs count as well, so the next run tries again'),
  blocked: stays('JOB_FAILED', 'Google has shut the operation off; support says why'),
  notFound: stays('RESOURCE_MISSING', 'a dataset or a table is not there, or not in this location'),
  duplicate: stays('JOB_FAILED', 'it is there already, or a table that was to be empty is not'),
  invalid: stays('JOB_FAILED', 'the request, the schema or the file is wrong'),
  invalidQuery: stays('JOB_FAILED', 'the statement is wrong'),
  attributeError: stays('JOB_FAILED', 'the code of the job is wrong'),
  billingTierLimitExceeded: stays('JOB_FAILED', 'the statement needs too much CPU for what it reads'),
  resourcesExceeded: stays('JOB_FAILED', 'the statement needs more than a query gets'),
  responseTooLarge: stays('JOB_FAILED', 'the result is larger than an answer may be'),
  resourceInUse: stays('JOB_FAILED', 'a dataset that is to be removed is not empty'),
  notImplemented: stays('JOB_FAILED', 'BigQuery cannot do that'),
  timeout: stays('JOB_FAILED', 'the work does not fit into its time limit: there is too much of it'),

  400: stays('JOB_FAILED', 'the request is wrong'),
  401: stays('ACCESS_DENIED', 'the client has renewed its token already before it says so'),
  403: stays('ACCESS_DENIED', 'a 403 without a reason: a perimeter or an organisation refuses it'),
  404: stays('RESOURCE_MISSING', 'it is not there, or not in this location'),
  408: passes('the request took too long'),
  409: stays('JOB_FAILED', 'it is there already; where that is fine, it is asked before'),
  412: stays('JOB_FAILED', 'what was to be changed has changed'),
  413: stays('JOB_FAILED', 'the request is too large'),
  429: passes('too many requests at the moment'),
  500: passes('5xx: to be retried with backoff'),
  501: stays('JOB_FAILED', 'BigQuery cannot do that'),
  502: passes('5xx: to be retried with backoff'),
  503: passes('5xx: to be retried with backoff'),
  504: passes('5xx: to be retried with backoff'),
};

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/ErrorProto */
export interface ErrorProto {
  readonly reason?: string;
  readonly message?: string;
}

export function codeOf(error: unknown): number {
  return Number((error as { code?: unknown }).code);
}

/** What the reason of a job's failure means; one that nobody knows is tried again under a new id, but not for ever. */
export function judgeJob(reason: string | undefined): Verdict {
  return judge([reason ?? ''], BIGQUERY_ERRORS) ?? UNKNOWN;
}

/** Google's error as one of ours; `what` names the job or table. Of several reasons one that passes decides. */
export function asAlirError(what: string, error: unknown): Error {
  if (error instanceof TerminalError || error instanceof TransientError) return error;
  const reasons = ((error as { errors?: readonly ErrorProto[] }).errors ?? []).map(({ reason }) => reason ?? '');
  const known = reasons.flatMap((reason) => judge([reason], BIGQUERY_ERRORS) ?? []);
  const verdict =
    known.find(({ errorClass }) => errorClass === 'transient') ??
    known[0] ??
    judge([String(codeOf(error)), networkCode(error)], BIGQUERY_ERRORS, NETWORK) ??
    UNKNOWN;
  return bornOf(verdict, `${what} failed: ${describeError(error)}`);
}
