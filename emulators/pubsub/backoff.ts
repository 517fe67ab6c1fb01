import { IMMEDIATE_REDELIVERY_MS } from './limits.ts';
import type { RetryPolicy } from './model.ts';

/** Beyond, every policy is at its maximum. */
const MAX_DOUBLINGS = 30;

/**
 * How long a message waits after its n-th failed delivery, in real ms; each failure doubles the wait up to the maximum.
 * https://cloud.google.com/pubsub/docs/handling-failures#exponential_backoff
 *
 * @param scale multiplies what a policy says; without a policy redelivery is immediate and nothing is scaled
 */
export function retryDelayMs(policy: RetryPolicy | undefined, failures: number, scale: number): number {
  if (!policy) return IMMEDIATE_REDELIVERY_MS;
  const doublings = Math.min(failures - 1, MAX_DOUBLINGS);
  return Math.min(policy.minimumBackoffMs * 2 ** doublings, policy.maximumBackoffMs) * scale;
}
