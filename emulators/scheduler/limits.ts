/** https://cloud.google.com/scheduler/quotas and the field comments of google/cloud/scheduler/v1/job.proto */
export const LIMITS = {
  MAX_JOB_BYTES: 100 * 1024,
  MAX_JOB_ID_CHARACTERS: 500,
  MAX_DESCRIPTION_CHARACTERS: 500,
  MAX_RETRIES: 5,
  MAX_PAGE_SIZE: 500,
} as const;

/** What a retryConfig that does not say otherwise comes to. */
export const RETRY_DEFAULTS = {
  retryCount: 0,
  maxRetryDuration: '0s',
  minBackoffDuration: '5s',
  maxBackoffDuration: '3600s',
  maxDoublings: 5,
} as const;

/** How long Pub/Sub may take over one publish before the attempt has failed. Real time. */
export const PUBLISH_DEADLINE_MS = 30_000;

/** setTimeout cannot wait longer than about 24 days; far ticks are waited for in pieces. */
export const MAX_WAIT_MS = 24 * 3_600_000;

/** A timer that wakes this much too late, in real time, tells of a machine that slept. */
export const OVERSLEPT_MS = 60_000;
