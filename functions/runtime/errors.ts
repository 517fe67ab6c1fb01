/**
 * Errors are terminal or transient at birth. Terminal: doing the same again gives the same answer, so the run fails and
 * the message goes to the dead letter topic at once. Transient: Pub/Sub delivers the message again, with backoff.
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
  | 'AUDIT_FAILED' // an expectation with severity `error` was not met
  | 'API_ANSWER' // an outside API refuses what it was asked for
  | 'RESOURCE_MISSING'; // a bucket, dataset or topic that the plan names is not there

/** Ours: the platform or Alir itself. */
export type OurCode =
  | 'LEASE_LOST' // another run took the table over
  | 'COUNTS_DIFFER' // rows were lost between two stages: the run stops before the merge
  | 'JOB_FAILED' // BigQuery refused a job for good
  | 'STATE_UNEXPECTED' // the ledger is not in the state that the message implies
  | 'CLAIMED_ELSEWHERE' // another delivery of the same message is at work
  | 'SERVICE_UNAVAILABLE'; // a database, bucket, API or broker did not answer

export type ErrorCode = YourCode | OurCode;

abstract class AlirError extends Error {
  readonly code: ErrorCode;

  /** @param message value, place, rule and next step */
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export class TerminalError extends AlirError {
  override readonly name = 'TerminalError';
}

export class TransientError extends AlirError {
  override readonly name = 'TransientError';
}

/** What went wrong in one line, the causes included. */
export function describeError(error: unknown): string {
  if (!Error.isError(error)) return String(error);
  // Node's connection errors to a name with several addresses carry no message of their own.
  const own = error.message === '' ? ((error as NodeJS.ErrnoException).code ?? error.name) : error.message;
  const cause = error.cause === undefined ? '' : `: ${describeError(error.cause)}`;
  return own.includes(cause.slice(2)) ? own : own + cause;
}
