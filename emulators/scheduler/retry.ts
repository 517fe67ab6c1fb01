import { durationMs, type RetryConfig } from './job.ts';

/**
 * How long to wait before the next attempt of an execution, or `undefined` when there is to be none.
 * The interval doubles `maxDoublings` times, then grows by what it had become, up to `maxBackoffDuration`.
 * https://cloud.google.com/scheduler/docs/reference/rest/v1/projects.locations.jobs#retryconfig
 * @param config absent when the job is gone
 * @param failed attempts so far, at least 1
 * @param elapsedMs since the first attempt
 */
export function backoffMs(config: RetryConfig | undefined, failed: number, elapsedMs: number): number | undefined {
  if (!config || config.retryCount === 0) return undefined;
  const [min, max, limit] = [config.minBackoffDuration, config.maxBackoffDuration, config.maxRetryDuration].map(
    (text) => durationMs(text) ?? 0,
  ) as [number, number, number];
  const retries = failed - 1;
  const doublings = Math.min(retries, config.maxDoublings);
  const wait = Math.min(max, min * 2 ** doublings * (retries - doublings + 1));
  // With both limits given, retrying ends when both are reached; a duration of zero is no limit of its own.
  const within = retries < config.retryCount || (limit > 0 && elapsedMs + wait <= limit);
  return within ? wait : undefined;
}
