/** Waits before the second, third … attempt, in ms. */
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

/** Calls until it succeeds, with exponential backoff; rethrows the last Retryable, and anything else at once. */
export async function withRetry<T>(policy: RetryPolicy, call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof Retryable) || attempt >= policy.attempts) throw error;
      const backoff = policy.firstDelayMs * 2 ** (attempt - 1);
      const wait = Math.min(policy.maxDelayMs, error.afterMs ?? backoff);
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}
