import { describeError, TerminalError, TransientError } from '../runtime/errors.ts';

/** BigQuery's error reasons: https://cloud.google.com/bigquery/docs/error-messages */
const TRANSIENT_REASONS = [
  'backendError',
  'internalError',
  'rateLimitExceeded',
  'jobBackendError',
  'jobInternalError',
  'jobRateLimitExceeded',
  'tableUnavailable',
  'stopped',
  'timeout',
];

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/ErrorProto */
export interface ErrorProto {
  readonly reason?: string;
  readonly message?: string;
}

export function codeOf(error: unknown): number {
  return Number((error as { code?: unknown }).code);
}

/** True when the same job may succeed under a new id. */
export function isTransientReason(reason: string | undefined): boolean {
  return reason !== undefined && TRANSIENT_REASONS.includes(reason);
}

/** Google's error as one of ours; `what` names the job or table. */
export function asAlirError(what: string, error: unknown): Error {
  const reasons = (error as { errors?: readonly ErrorProto[] }).errors ?? [];
  const code = codeOf(error);
  const message = `${what} failed: ${describeError(error)}`;
  const refused = code >= 400 && code < 500 && code !== 408 && code !== 429;
  if (refused && !reasons.some((one) => isTransientReason(one.reason))) {
    return new TerminalError(code === 404 ? 'RESOURCE_MISSING' : 'JOB_FAILED', message);
  }
  if (Number.isNaN(code) && reasons.length > 0 && !reasons.some((one) => isTransientReason(one.reason))) {
    return new TerminalError('JOB_FAILED', message);
  }
  return new TransientError('SERVICE_UNAVAILABLE', message);
}
