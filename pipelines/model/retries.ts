/**
 * What happens to a message whose function fails for a passing reason, or for one that nobody foresaw. Pub/Sub delivers
 * it again, each time after about twice as long, and after `maxAttempts` deliveries it goes to the dead letter topic:
 * https://cloud.google.com/pubsub/docs/handling-failures. So everything is bounded, and by two limits:
 *
 * - Attempts, which Pub/Sub counts, only approximately, as Google says. With these settings they span about 40 minutes of
 *   waiting: long enough for a failover or an outage of the usual kind, short enough to be told of it the same hour.
 * - Age since the message was published, which the function looks at itself (`functions/runtime/age.ts`). It is what is
 *   left where attempts are not counted: a subscription that was paused, detached or sought back, or one whose function
 *   was not there. By then newer runs have come, and a message of an old one would only be in their way.
 */
export const DELIVERY = {
  maxAttempts: 10,
  minBackoffSeconds: 10,
  maxBackoffSeconds: 600,
  /** How long one call may take. */
  timeoutSeconds: 540,
  /** How long Pub/Sub keeps what nobody has acknowledged; notify, which never gives up, has that long to come back. */
  retentionSeconds: 7 * 86_400,
  /** The default of ALIR_MAX_MESSAGE_AGE: more than twice what all attempts take at most (`longestSeconds`). */
  maxMessageAgeSeconds: 6 * 3600,
} as const;

/** How long a message can be under way if every call takes its full time: all calls, and all waits between them. */
export function longestSeconds(delivery: typeof DELIVERY = DELIVERY): number {
  let seconds = delivery.maxAttempts * delivery.timeoutSeconds;
  for (let attempt = 1; attempt < delivery.maxAttempts; attempt += 1) {
    seconds += Math.min(delivery.maxBackoffSeconds, delivery.minBackoffSeconds * 2 ** (attempt - 1));
  }
  return seconds;
}
