/** Where a tick goes; `data` is base64, as in JSON. */
export interface PubsubTarget {
  readonly topicName: string;
  readonly data?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** Durations are written as in JSON: `3.5s`. */
export interface RetryConfig {
  readonly retryCount: number;
  readonly maxRetryDuration: string;
  readonly minBackoffDuration: string;
  readonly maxBackoffDuration: string;
  readonly maxDoublings: number;
}

/** What callers say of a job, checked and with the defaults filled in. */
export interface JobSpec {
  readonly name: string;
  readonly description?: string;
  readonly pubsubTarget: PubsubTarget;
  readonly schedule: string;
  readonly timeZone: string;
  readonly retryConfig: RetryConfig;
  readonly attemptDeadline?: string;
}

/** google.rpc.Status: `{}` is success. */
export interface RpcStatus {
  readonly code?: number;
  readonly message?: string;
}

/**
 * A job as the API shows it in JSON, instants as RFC 3339: https://cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs
 * A job is ENABLED until it is paused, and PAUSED until it is resumed; nothing here disables one.
 */
export interface Job extends JobSpec {
  readonly state: 'ENABLED' | 'PAUSED';
  readonly userUpdateTime: string;
  /** The next tick; absent while the job is paused, and when the schedule never comes again. */
  readonly scheduleTime?: string | undefined;
  readonly lastAttemptTime?: string;
  readonly status?: RpcStatus;
}

/** google.cloud.scheduler.v1.Job.State */
export const STATE_NUMBERS = { ENABLED: 1, PAUSED: 2 } as const;

/** @returns milliseconds, or `undefined` for what is not a duration of at least 0 s */
export function durationMs(text: string): number | undefined {
  const found = /^(\d{1,12})(?:\.(\d{1,9}))?s$/.exec(text);
  return found ? Number(`${found[1] ?? ''}.${found[2] ?? '0'}`) * 1000 : undefined;
}
