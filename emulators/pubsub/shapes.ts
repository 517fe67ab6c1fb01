import { z } from 'zod';
import { ApiError } from '../kit/errors.ts';

/**
 * Shapes of the resources as proto3 JSON (https://protobuf.dev/programming-guides/json), which both transports hand in.
 * They say which fields exist and of which type; `topic.ts` and `subscription.ts` say which values are allowed.
 */
const text = z.string().default('');
const flag = z.boolean().default(false);
const int32 = z
  .union([
    z.int(),
    z
      .string()
      .regex(/^-?\d+$/)
      .transform(Number),
  ])
  .default(0);
const map = z.record(z.string(), z.string()).default({});

/** A duration such as `"10s"` or `"1.5s"`, in milliseconds. */
const duration = z
  .string()
  .regex(/^-?\d+(\.\d{1,9})?s$/, 'must be seconds with an "s" behind, such as "10s"')
  .transform((value) => Math.round(Number(value.slice(0, -1)) * 1000));

const base64 = z
  .string()
  .regex(/^[A-Za-z0-9+/_-]*={0,2}$/, 'Base64 decoding failed')
  .transform((value) => Buffer.from(value, 'base64'));

/** Any value: the field exists in Google's API and this emulator refuses or ignores it, see UNSUPPORTED_* and OUTPUT_*. */
const foreign = z.unknown().optional();

export const pushConfigShape = z.strictObject({
  pushEndpoint: text,
  attributes: map,
  oidcToken: z.strictObject({ serviceAccountEmail: text, audience: text }).optional(),
  pubsubWrapper: z.strictObject({}).optional(),
  noWrapper: z.strictObject({ writeMetadata: flag }).optional(),
});

const encoding = z.enum(['ENCODING_UNSPECIFIED', 'JSON', 'BINARY']).default('ENCODING_UNSPECIFIED');
const schemaSettingsShape = z.strictObject({
  schema: text,
  encoding,
  firstRevisionId: text,
  lastRevisionId: text,
});

export const schemaShape = z.strictObject({
  name: text,
  type: z.enum(['TYPE_UNSPECIFIED', 'PROTOCOL_BUFFER', 'AVRO']).default('TYPE_UNSPECIFIED'),
  definition: text,
  revisionId: foreign,
  revisionCreateTime: foreign,
});

export const validateMessageShape = z.strictObject({
  name: text,
  schema: schemaShape.optional(),
  message: base64.prefault(''),
  encoding,
});

export const bigqueryConfigShape = z.strictObject({
  table: text,
  useTopicSchema: flag,
  useTableSchema: flag,
  writeMetadata: flag,
  dropUnknownFields: flag,
  serviceAccountEmail: text,
  state: foreign,
});

export const topicShape = z.strictObject({
  name: text,
  labels: map,
  messageRetentionDuration: duration.optional(),
  messageStoragePolicy: foreign,
  kmsKeyName: foreign,
  schemaSettings: schemaSettingsShape.optional(),
  ingestionDataSourceSettings: foreign,
  messageTransforms: foreign,
  tags: foreign,
  satisfiesPzs: foreign,
  state: foreign,
});

export const subscriptionShape = z.strictObject({
  name: text,
  topic: text,
  pushConfig: pushConfigShape.prefault({}),
  ackDeadlineSeconds: int32,
  messageRetentionDuration: duration.optional(),
  labels: map,
  enableMessageOrdering: flag,
  expirationPolicy: z.strictObject({ ttl: duration.optional() }).optional(),
  filter: text,
  deadLetterPolicy: z.strictObject({ deadLetterTopic: text, maxDeliveryAttempts: int32 }).optional(),
  retryPolicy: z.strictObject({ minimumBackoff: duration.optional(), maximumBackoff: duration.optional() }).optional(),
  bigqueryConfig: bigqueryConfigShape.optional(),
  cloudStorageConfig: foreign,
  bigtableConfig: foreign,
  messageTransforms: foreign,
  retainAckedMessages: foreign,
  enableExactlyOnceDelivery: foreign,
  tags: foreign,
  detached: foreign,
  topicMessageRetentionDuration: foreign,
  state: foreign,
  analyticsHubSubscriptionInfo: foreign,
});

export const publishShape = z.strictObject({
  messages: z
    .array(
      z.strictObject({
        data: base64.prefault(''),
        attributes: map,
        orderingKey: text,
        messageId: foreign,
        publishTime: foreign,
      }),
    )
    .default([]),
});

export const pullShape = z.strictObject({ maxMessages: int32, returnImmediately: flag });
export const acknowledgeShape = z.strictObject({ ackIds: z.array(z.string()).default([]) });
export const modifyAckDeadlineShape = z.strictObject({
  ackIds: z.array(z.string()).default([]),
  ackDeadlineSeconds: int32,
});

/**
 * Reads `json` as `shape`; null counts as absent, as in proto3 JSON.
 * @param what names the value in the error, e.g. `subscription`
 * @throws ApiError INVALID_ARGUMENT in the words of Google's JSON parser
 */
export function read<T extends z.ZodType>(shape: T, json: unknown, what: string): z.output<T> {
  const result = shape.safeParse(withoutNulls(json));
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const place = [what, ...(issue?.path ?? [])].join('.');
  if (issue?.code === 'unrecognized_keys') {
    const name = issue.keys[0] ?? '';
    throw new ApiError(
      'INVALID_ARGUMENT',
      `Invalid JSON payload received. Unknown name "${name}" at '${place}': Cannot find field.`,
    );
  }
  throw new ApiError('INVALID_ARGUMENT', `Invalid value at '${place}': ${issue?.message ?? 'malformed'}`);
}

function withoutNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || Buffer.isBuffer(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== null)
      .map(([key, field]) => [key, withoutNulls(field)]),
  );
}
