import { describeError, TerminalError, TransientError } from '../runtime/errors.ts';
import { NETWORK, networkCode } from '../runtime/network-errors.ts';
import { bornOf, type ErrorTable, judge, passes, stays, UNKNOWN } from '../runtime/verdict.ts';

/**
 * Cloud Storage's errors, by reason where a status has several meanings, and by HTTP status. The meanings:
 * https://cloud.google.com/storage/docs/json_api/v1/status-codes; what is worth a retry (408, 429, 5xx and lost
 * connections): https://cloud.google.com/storage/docs/retry-strategy
 */
export const STORAGE_ERRORS: ErrorTable = {
  conditionNotMet: passes(
    'another call has written the object meanwhile; the next delivery sees it',
    'CLAIMED_ELSEWHERE',
  ),
  orgPolicyConstraintFailed: stays('ACCESS_DENIED', 'a 412 as well, but a rule of the organisation'),
  rateLimitExceeded: passes('a limit of the moment: to be retried with backoff'),
  // What Google's client itself says of an upload: the bytes are read again, and written anew.
  FILE_NO_UPLOAD: passes('what arrived has another checksum than what was sent'),
  FILE_NO_UPLOAD_DELETE: passes('what arrived has another checksum, and is still there; the next try replaces it'),
  CONTENT_DOWNLOAD_MISMATCH: passes('what arrived has another checksum than what was sent'),

  400: stays('RESOURCE_MISSING', 'the bucket is set up otherwise than the plan says'),
  401: stays('ACCESS_DENIED', 'the client has renewed its token already before it says so'),
  403: stays('ACCESS_DENIED', 'a grant is missing, an object is held, or the project has no billing'),
  404: stays('RESOURCE_MISSING', 'the bucket is not there; an object that is not there is asked for before'),
  405: stays('RESOURCE_MISSING', 'the address is that of something else'),
  408: passes('the upload stalled: to be retried with backoff'),
  409: passes('another change of the same object was under way: it can be retried'),
  410: passes('the upload session is over: to be begun anew'),
  411: stays('RESOURCE_MISSING', 'something on the way takes no uploads of unknown length'),
  412: passes('another call has written the object meanwhile; the next delivery sees it', 'CLAIMED_ELSEWHERE'),
  413: stays('QUOTA_EXCEEDED', 'an object is at most 5 TiB: the slices are too large'),
  416: passes('the object has become shorter meanwhile'),
  429: passes('too many requests at the moment: to be retried with backoff'),
  499: passes('the upload was cancelled on our side before its end'),
  500: passes('5xx: to be retried with backoff'),
  501: stays('RESOURCE_MISSING', 'whatever answers in its place cannot do what Cloud Storage can'),
  502: passes('5xx: to be retried with backoff'),
  503: passes('5xx: to be retried with backoff'),
  504: passes('5xx: to be retried with backoff'),
};

/** What Pub/Sub's and Cloud Storage's resources have in common: they come from the plan. */
const PROVISION = 'provision the environment again (pulumi up, or alir up)';

/** Google's error as one of ours; `what` names the object and the bucket. */
export function asAlirError(what: string, error: unknown): Error {
  if (error instanceof TerminalError || error instanceof TransientError) return error;
  const { code, errors = [] } = error as { code?: unknown; errors?: readonly { reason?: string }[] };
  const keys = [...errors.map(({ reason }) => reason ?? ''), String(code), networkCode(error)];
  const verdict = judge(keys, STORAGE_ERRORS, NETWORK) ?? UNKNOWN;
  if (verdict.code === 'CLAIMED_ELSEWHERE') return bornOf(verdict, `${what} failed: ${verdict.why}`);
  const next = verdict.errorClass === 'terminal' ? `; ${PROVISION}` : '';
  return bornOf(verdict, `${what} failed: ${describeError(error)}${next}`);
}
