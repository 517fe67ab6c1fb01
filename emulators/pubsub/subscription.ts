import { parseBigQueryConfig, renderBigQueryConfig } from './bigquery/config.ts';
import { applyMask, checkLabels, checkRetention, formatDuration, invalid, refuseUnsupported } from './checks.ts';
import { parseFilter } from './filter.ts';
import {
  ACK_DEADLINE_DEFAULT_S,
  ACK_DEADLINE_MAX_S,
  ACK_DEADLINE_MIN_S,
  BACKOFF_LIMIT_MS,
  BACKOFF_MAX_DEFAULT_MS,
  BACKOFF_MIN_DEFAULT_MS,
  DELIVERY_ATTEMPTS_DEFAULT,
  DELIVERY_ATTEMPTS_MAX,
  DELIVERY_ATTEMPTS_MIN,
  EXPIRATION_DEFAULT_MS,
  EXPIRATION_MIN_MS,
  RETENTION_DEFAULT_MS,
} from './limits.ts';
import type { DeadLetterPolicy, Json, RetryPolicy, Subscription } from './model.ts';
import { checkName, DELETED_TOPIC } from './names.ts';
import { parsePushConfig, renderPushConfig } from './push-config.ts';
import { read, subscriptionShape } from './shapes.ts';

const UNSUPPORTED = [
  'cloudStorageConfig',
  'bigtableConfig',
  'messageTransforms',
  'retainAckedMessages',
  'enableExactlyOnceDelivery',
  'tags',
];
const OUTPUT_ONLY = ['detached', 'topicMessageRetentionDuration', 'state', 'analyticsHubSubscriptionInfo'];
const IMMUTABLE = ['name', 'topic', 'filter', 'enableMessageOrdering', ...OUTPUT_ONLY];

/**
 * Reads and checks a subscription; that its topics exist is the store's to check.
 * @throws ApiError INVALID_ARGUMENT for what Google refuses, UNIMPLEMENTED for what this emulator lacks
 */
export function parseSubscription(name: string, json: Json): Subscription {
  checkName('subscriptions', name);
  const { expirationPolicy, ...given } = read(subscriptionShape, json, 'subscription');
  refuseUnsupported(given, UNSUPPORTED);
  checkLabels(given.labels);
  parseFilter(given.filter);
  const pushConfig = parsePushConfig(given.pushConfig);
  const bigqueryConfig = given.bigqueryConfig && parseBigQueryConfig(given.bigqueryConfig);
  if (bigqueryConfig && pushConfig.pushEndpoint !== '') {
    throw invalid('A subscription has at most one of push_config and bigquery_config.');
  }
  const messageRetentionMs = given.messageRetentionDuration ?? RETENTION_DEFAULT_MS;
  checkRetention(messageRetentionMs);
  return {
    name,
    topic: given.topic === DELETED_TOPIC ? DELETED_TOPIC : checkName('topics', given.topic),
    pushConfig,
    bigqueryConfig,
    ackDeadlineSeconds: checkAckDeadline(given.ackDeadlineSeconds || ACK_DEADLINE_DEFAULT_S),
    messageRetentionMs,
    expirationTtlMs: expirationPolicy ? checkExpiration(expirationPolicy.ttl) : EXPIRATION_DEFAULT_MS,
    labels: given.labels,
    enableMessageOrdering: given.enableMessageOrdering,
    filter: given.filter,
    deadLetterPolicy: given.deadLetterPolicy && checkDeadLetterPolicy(given.deadLetterPolicy),
    retryPolicy: given.retryPolicy && checkRetryPolicy(given.retryPolicy),
  };
}

/** The subscription as Google's REST API shows it. */
export function renderSubscription(subscription: Subscription): Json {
  const { labels, retryPolicy, deadLetterPolicy, expirationTtlMs, bigqueryConfig } = subscription;
  return {
    name: subscription.name,
    topic: subscription.topic,
    pushConfig: renderPushConfig(subscription.pushConfig),
    ...(bigqueryConfig && { bigqueryConfig: renderBigQueryConfig(bigqueryConfig) }),
    ackDeadlineSeconds: subscription.ackDeadlineSeconds,
    messageRetentionDuration: formatDuration(subscription.messageRetentionMs),
    expirationPolicy: expirationTtlMs === undefined ? {} : { ttl: formatDuration(expirationTtlMs) },
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(subscription.enableMessageOrdering && { enableMessageOrdering: true }),
    ...(subscription.filter !== '' && { filter: subscription.filter }),
    ...(deadLetterPolicy && { deadLetterPolicy }),
    ...(retryPolicy && {
      retryPolicy: {
        minimumBackoff: formatDuration(retryPolicy.minimumBackoffMs),
        maximumBackoff: formatDuration(retryPolicy.maximumBackoffMs),
      },
    }),
    state: (bigqueryConfig?.state ?? 'ACTIVE') === 'ACTIVE' ? 'ACTIVE' : 'RESOURCE_ERROR',
  };
}

/** @throws ApiError INVALID_ARGUMENT, UNIMPLEMENTED */
export function patchSubscription(subscription: Subscription, patch: Json, paths: readonly string[]): Subscription {
  const rules = { known: Object.keys(subscriptionShape.shape), immutable: IMMUTABLE };
  const merged = applyMask('Subscription', renderSubscription(subscription), patch, paths, rules);
  return parseSubscription(subscription.name, merged);
}

function checkAckDeadline(seconds: number): number {
  if (seconds >= ACK_DEADLINE_MIN_S && seconds <= ACK_DEADLINE_MAX_S) return seconds;
  throw invalid(
    `Invalid ack_deadline_seconds ${seconds}: must be between ${ACK_DEADLINE_MIN_S} and ${ACK_DEADLINE_MAX_S} seconds.`,
  );
}

function checkExpiration(ttlMs: number | undefined): number | undefined {
  if (ttlMs === undefined || ttlMs >= EXPIRATION_MIN_MS) return ttlMs;
  throw invalid(`Invalid expiration_policy.ttl ${formatDuration(ttlMs)}: must be at least 1 day.`);
}

function checkDeadLetterPolicy(given: DeadLetterPolicy): DeadLetterPolicy {
  const attempts = given.maxDeliveryAttempts || DELIVERY_ATTEMPTS_DEFAULT;
  if (attempts < DELIVERY_ATTEMPTS_MIN || attempts > DELIVERY_ATTEMPTS_MAX) {
    throw invalid(
      `Invalid dead_letter_policy.max_delivery_attempts ${attempts}: ` +
        `must be between ${DELIVERY_ATTEMPTS_MIN} and ${DELIVERY_ATTEMPTS_MAX}.`,
    );
  }
  return { deadLetterTopic: checkName('topics', given.deadLetterTopic), maxDeliveryAttempts: attempts };
}

function checkRetryPolicy(given: {
  minimumBackoff?: number | undefined;
  maximumBackoff?: number | undefined;
}): RetryPolicy {
  const { minimumBackoff = BACKOFF_MIN_DEFAULT_MS, maximumBackoff = BACKOFF_MAX_DEFAULT_MS } = given;
  for (const ms of [minimumBackoff, maximumBackoff]) {
    if (ms < 0 || ms > BACKOFF_LIMIT_MS) {
      throw invalid(`Invalid retry_policy backoff ${formatDuration(ms)}: must be between 0 and 600 seconds.`);
    }
  }
  if (minimumBackoff > maximumBackoff) {
    throw invalid(
      `Invalid retry_policy: minimum_backoff ${formatDuration(minimumBackoff)} is above ` +
        `maximum_backoff ${formatDuration(maximumBackoff)}.`,
    );
  }
  return { minimumBackoffMs: minimumBackoff, maximumBackoffMs: maximumBackoff };
}
