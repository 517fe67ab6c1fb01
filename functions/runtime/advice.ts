import type { ErrorCode, OurCode, YourCode } from './errors.ts';

/** Whose turn it is after a failure, and what they can do. */
export interface Advice {
  readonly whose: 'yours' | 'ours';
  readonly next: string;
}

/** The cursor has not moved, so there is never anything to bring back by hand. */
const AGAIN = 'the next run moves what this one did not; `alir run` does not wait for it';

const YOURS: Readonly<Record<YourCode, string>> = {
  MESSAGE_MALFORMED: 'find out who publishes to our topics, or deploy all functions of one version',
  PIPELINE_UNKNOWN: 'deploy the pipeline, or correct its name; `alir check` lists those there are',
  SETTING_MISSING: 'set the variable that the message names, and deploy again',
  SOURCE_CONTRACT_MISMATCH: 'change the contract or the source table, as the message says; then `alir check`',
  TABLE_CONTRACT_MISMATCH: 'change the contract or the final table, as the message says; then `alir check`',
  SOURCE_CHANGED: `the source table was rewritten while it was read: ${AGAIN}`,
  SOURCE_REFUSED: 'repair what the database refuses: user, grants, table or setting',
  TOO_MANY_REJECTED:
    'look at what quarantine says of the rows; correct the source or the contract, or allow more of them',
  TOO_MANY_DELETED:
    'see whether the rows are really gone from the source; if so, accept it as the message says: nothing was deleted',
  AUDIT_FAILED:
    'look at the rows in the staging table that the message names; correct them in the source, or the check',
  API_ANSWER: 'correct the address or the request that the message names',
  RESOURCE_MISSING: 'provision again: `pulumi up`, or `alir up` on a laptop',
  ACCESS_DENIED: 'give the service account the grant that the message names, or the project its billing: `pulumi up`',
  QUOTA_EXCEEDED: 'raise the quota that the message names, or run less often',
};

const OURS: Readonly<Record<OurCode, string>> = {
  LEASE_LOST: 'nothing to do: the run that took the table over has moved the rows',
  COUNTS_DIFFER: `rows were lost between two stages, and nothing was merged: ${AGAIN}; when it happens twice, report it`,
  JOB_FAILED: 'read what BigQuery says of the job; when the statement is ours, report it',
  STATE_UNEXPECTED: `report it with the run's id; ${AGAIN}`,
  CLAIMED_ELSEWHERE: 'wait: another call is at the same work',
  SERVICE_UNAVAILABLE: `look at the status page of the service that the message names; once it is back, ${AGAIN}`,
  MESSAGE_EXPIRED: `the message came too late to be of use: ${AGAIN}`,
  UNCLASSIFIED: `an error that we do not know: report it with the message; ${AGAIN}`,
  GAVE_UP: 'the function never answered: look into its log for a crash, too little memory or a time limit',
};

export function adviceOn(code: ErrorCode): Advice {
  return isYours(code) ? { whose: 'yours', next: YOURS[code] } : { whose: 'ours', next: OURS[code] };
}

function isYours(code: ErrorCode): code is YourCode {
  return Object.hasOwn(YOURS, code);
}
