/**
 * The words of this emulator. Transports speak proto3 JSON or protobuf; everything behind them speaks these types.
 *
 * - message: what was published, shared by every subscription that it was routed to
 * - queue: one subscription's unacknowledged messages
 * - entry: one message in one queue
 * - lease: an entry that was delivered and whose ack deadline runs
 * - twin: the second entry of a message while the duplicate-deliveries fault is on
 */
export interface Topic {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly messageRetentionMs?: number | undefined;
  readonly schemaSettings?: SchemaSettings | undefined;
}

/** What is published to the topic must fit one of the schema's revisions, the newest of them first. */
export interface SchemaSettings {
  /** DELETED_SCHEMA after the schema's deletion. */
  readonly schema: string;
  readonly encoding: Encoding;
  /** The range of revisions; empty is without an end. */
  readonly firstRevisionId: string;
  readonly lastRevisionId: string;
}

export type Encoding = 'JSON' | 'BINARY';

export interface Schema {
  readonly name: string;
  /** Oldest first; never empty. */
  readonly revisions: readonly SchemaRevision[];
}

export interface SchemaRevision {
  readonly revisionId: string;
  /** On the local cloud's clock, in ms since 1970. */
  readonly createTime: number;
  /** Avro, as JSON text. */
  readonly definition: string;
}

/** Where a BigQuery subscription writes, and how. */
export interface BigQueryConfig {
  /** As it was given: `project.dataset.table`. */
  readonly table: string;
  readonly useTopicSchema: boolean;
  readonly useTableSchema: boolean;
  readonly writeMetadata: boolean;
  readonly dropUnknownFields: boolean;
  readonly serviceAccountEmail: string;
  /** Anything but ACTIVE: nothing is written, and the messages stay where they are. */
  readonly state: BigQueryState;
}

export type BigQueryState = 'ACTIVE' | 'NOT_FOUND' | 'SCHEMA_MISMATCH';

export interface PushConfig {
  /** Empty means that the subscription is pulled. */
  readonly pushEndpoint: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly oidcToken?: { readonly serviceAccountEmail: string; readonly audience: string } | undefined;
  readonly noWrapper?: { readonly writeMetadata: boolean } | undefined;
}

export interface DeadLetterPolicy {
  readonly deadLetterTopic: string;
  readonly maxDeliveryAttempts: number;
}

export interface RetryPolicy {
  readonly minimumBackoffMs: number;
  readonly maximumBackoffMs: number;
}

export interface Subscription {
  readonly name: string;
  /** DELETED_TOPIC after the topic's deletion. */
  readonly topic: string;
  readonly pushConfig: PushConfig;
  /** The subscription is neither pushed nor pulled. */
  readonly bigqueryConfig?: BigQueryConfig | undefined;
  readonly ackDeadlineSeconds: number;
  readonly messageRetentionMs: number;
  /** Absent: the subscription never expires. */
  readonly expirationTtlMs?: number | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly enableMessageOrdering: boolean;
  readonly filter: string;
  readonly deadLetterPolicy?: DeadLetterPolicy | undefined;
  readonly retryPolicy?: RetryPolicy | undefined;
}

/** What a publisher sends. */
export interface NewMessage {
  readonly data: Buffer;
  readonly attributes: Readonly<Record<string, string>>;
  /** Empty when the message is not ordered. */
  readonly orderingKey: string;
}

export interface Message extends NewMessage {
  readonly messageId: string;
  /** On the local cloud's clock, in ms since 1970. */
  readonly publishTime: number;
  /** In real time, in ms since 1970. */
  readonly receivedAt: number;
}

/** One delivery of one message to one subscriber. */
export interface Delivery {
  readonly ackId: string;
  readonly message: Message;
  /** Counts from 1. Google shows it only where a dead letter policy is set: 0 there means "not shown". */
  readonly deliveryAttempt: number;
}

/** JSON in proto3's mapping, as Google's REST API has it. */
export type Json = Readonly<Record<string, unknown>>;
