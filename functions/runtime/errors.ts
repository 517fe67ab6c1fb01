/**
 * Errors are terminal or transient at birth. Terminal: doing the same again gives the same answer, so the run fails and
 * the message goes to the dead letter topic at once. Transient: Pub/Sub delivers the message again, with backoff, as often
 * as `pipelines/model/retries.ts` says. An error that is neither, for nobody foresaw it, is tried again as often, and no
 * more: the next version may have repaired it. What each service's errors are is in one table beside its client.
 */

/** Yours: something in a pipeline, a contract, a source or a setting has to change. */
export type YourCode =
  | 'MESSAGE_MALFORMED' // the message is not one that this version of Alir publishes
  | 'PIPELINE_UNKNOWN' // the message names a pipeline or a table that is not deployed
  | 'SETTING_MISSING' // an environment variable is absent or no URL
  | 'SOURCE_CONTRACT_MISMATCH' // the source table cannot fill the contract
  | 'TABLE_CONTRACT_MISMATCH' // the final table does not have the contract's columns
  | 'SOURCE_CHANGED' // the source table was written anew while it was read
  | 'SOURCE_REFUSED' // the source does not allow or does not have what reading needs
  | 'TOO_MANY_REJECTED' // more rows break the contract than the pipeline lets into quarantine
  | 'TOO_MANY_DELETED' // more rows are gone from the source than the pipeline lets go at once
  | 'AUDIT_FAILED' // an expectation with severity `error` was not met
  | 'API_ANSWER' // an outside API refuses what it was asked for
  | 'RESOURCE_MISSING' // a bucket, dataset or topic that the plan names is not there
  | 'ACCESS_DENIED' // a service account may not do what its function does, or the project has no billing
  | 'QUOTA_EXCEEDED'; // a quota that does not come back within the time of a retry is used up

/** Ours: the platform or Alir itself. */
export type OurCode =
  | 'LEASE_LOST' // another run took the table over
  | 'COUNTS_DIFFER' // rows were lost between two stages: the run stops before the merge
  | 'JOB_FAILED' // BigQuery refused a job for good
  | 'STATE_UNEXPECTED' // the ledger is not in the state that the message implies
  | 'CLAIMED_ELSEWHERE' // another delivery of the same message is at work
  | 'SERVICE_UNAVAILABLE' // a database, bucket, API or broker did not answer
  | 'MESSAGE_EXPIRED' // what passes did not pass for longer than a message may be tried
  | 'UNCLASSIFIED' // an error that none of our tables has
  | 'GAVE_UP'; // Pub/Sub ran out of attempts, and no function could say why

export type ErrorCode = YourCode | OurCode;

/** `unknown` is what was not born as one of ours. */
export type ErrorClass = 'terminal' | 'transient' | 'unknown';

abstract class AlirError extends Error {
  abstract readonly errorClass: ErrorClass;
  readonly code: ErrorCode;

  /** @param message value, place, rule and next step */
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(withoutNul(message), options);
    this.code = code;
  }
}

export class TerminalError extends AlirError {
  override readonly name = 'TerminalError';
  readonly errorClass = 'terminal';
}

export class TransientError extends AlirError {
  override readonly name = 'TransientError';
  readonly errorClass = 'transient';
}

/** An error as the ledger keeps it. */
export interface Failure {
  readonly errorClass: ErrorClass;
  readonly code: ErrorCode;
  readonly text: string;
}

export function failureOf(error: unknown): Failure {
  const text = withoutNul(describeError(error));
  return error instanceof TerminalError || error instanceof TransientError
    ? { errorClass: error.errorClass, code: error.code, text }
    : { errorClass: 'unknown', code: 'UNCLASSIFIED', text };
}

/** What went wrong in one line, the causes included. */
export function describeError(error: unknown): string {
  if (!Error.isError(error)) return String(error);
  // Node's connection errors to a name with several addresses carry no message of their own.
  const own = error.message === '' ? ((error as NodeJS.ErrnoException).code ?? error.name) : error.message;
  const cause = error.cause === undefined ? '' : `: ${describeError(error.cause)}`;
  return own.includes(cause.slice(2)) ? own : own + cause;
}

/** Postgres keeps no NUL in a text; what people read instead is its picture. */
export function withoutNul(text: string): string {
  return text.replaceAll('\0', '\u2400');
}
