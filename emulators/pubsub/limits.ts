/**
 * The real service's limits, with units in their names, from https://cloud.google.com/pubsub/quotas and the field
 * descriptions of google/pubsub/v1/pubsub.proto. At the end stand the few numbers that are this emulator's own.
 */
export const PUBLISH_MAX_BYTES = 10 * 1024 * 1024;
export const PUBLISH_MAX_MESSAGES = 1000;
export const MESSAGE_MAX_ATTRIBUTES = 100;
export const ATTRIBUTE_KEY_MAX_BYTES = 256;
export const ATTRIBUTE_VALUE_MAX_BYTES = 1024;
export const ORDERING_KEY_MAX_BYTES = 1024;
export const ACK_REQUEST_MAX_BYTES = 512 * 1024;
export const PULL_MAX_MESSAGES = 1000;

export const SCHEMA_MAX_BYTES = 300 * 1000;
export const SCHEMA_MAX_REVISIONS = 20;

export const FILTER_MAX_BYTES = 256;
export const LABELS_MAX = 64;
export const LIST_DEFAULT_PAGE_SIZE = 100;
export const LIST_MAX_PAGE_SIZE = 1000;

export const ACK_DEADLINE_DEFAULT_S = 10;
export const ACK_DEADLINE_MIN_S = 10;
export const ACK_DEADLINE_MAX_S = 600;
export const BACKOFF_MIN_DEFAULT_MS = 10_000;
export const BACKOFF_MAX_DEFAULT_MS = 600_000;
export const BACKOFF_LIMIT_MS = 600_000;
export const DELIVERY_ATTEMPTS_DEFAULT = 5;
export const DELIVERY_ATTEMPTS_MIN = 5;
export const DELIVERY_ATTEMPTS_MAX = 100;

const DAY_MS = 24 * 60 * 60 * 1000;
export const RETENTION_DEFAULT_MS = 7 * DAY_MS;
export const RETENTION_MIN_MS = 10 * 60 * 1000;
export const RETENTION_MAX_MS = 31 * DAY_MS;
export const EXPIRATION_DEFAULT_MS = 31 * DAY_MS;
export const EXPIRATION_MIN_MS = DAY_MS;

/** Google's push window starts small and grows to 3,000; a laptop gains nothing beyond a few dozen requests in flight. */
export const PUSH_WINDOW_MESSAGES = 32;
/** Rows of one insertAll request; Google's Storage Write API has no such number, insertAll's recommended one is 500. */
export const BIGQUERY_BATCH_MAX_MESSAGES = 500;
export const BIGQUERY_BATCH_MAX_BYTES = 5 * 1024 * 1024;
/** A table that cannot be written to is asked for again after so long, doubling, as push endpoints are. */
export const BIGQUERY_BACKOFF_MIN_MS = 100;
export const BIGQUERY_BACKOFF_MAX_MS = 60_000;
/** "Immediate" redelivery (no retry policy), slow enough that a broken endpoint does not burn a processor. */
export const IMMEDIATE_REDELIVERY_MS = 100;
/** How long `pull` waits for a first message; Google says "a bounded amount of time". */
export const PULL_WAIT_MS = 10_000;
/** One answer of a streaming pull holds no more than this, so that a large backlog leaves in pieces. */
export const STREAM_BATCH_MAX_MESSAGES = 500;
export const STREAM_BATCH_MAX_BYTES = 4 * 1024 * 1024;
/** A journal is rewritten when it has doubled since the last time, but not while it is smaller than this. */
export const JOURNAL_COMPACT_MIN_BYTES = 8 * 1024 * 1024;
/** Above PUBLISH_MAX_BYTES, so that the emulator and not the gRPC library says what is too large. */
export const GRPC_MAX_RECEIVE_BYTES = 32 * 1024 * 1024;
