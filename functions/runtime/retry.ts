/** How often to call, and the longest waits before the second, third … attempt, in ms. */
export interface RetryPolicy {
  readonly attempts: number;
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
}

/** What `call` may throw to be tried again; `afterMs` is the server's own wish (Retry-After). */
export class Retryable extends Error {
  override readonly name = 'Retryable';
  readonly afterMs: number | undefined;

  constructor(message: string, afterMs?: number) {
    super(message);
    this.afterMs = afterMs;
  }
}

/** A number from 0 to below 1, as `Math.random` gives. */
export type Random = () => number;

/**
 * Calls until it succeeds, with exponential backoff; rethrows the last Retryable, and anything else at once. Each wait is
 * drawn from all that is between nothing and its longest ("full jitter"), so that calls which have failed together do
 * not come back together: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/. What the server
 * asks for is waited to the end, within the limit.
 */
export async function withRetry<T>(
  policy: RetryPolicy,
  call: () => Promise<T>,
  random: Random = Math.random,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof Retryable) || attempt >= policy.attempts) throw error;
      const longest = Math.min(policy.maxDelayMs, policy.firstDelayMs * 2 ** (attempt - 1));
      const wait = error.afterMs === undefined ? random() * longest : Math.min(policy.maxDelayMs, error.afterMs);
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}
