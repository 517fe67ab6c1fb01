import type { Delivery, Json } from './model.ts';

/** Fields that are a google.protobuf.Timestamp or Duration, in any resource. */
const TIMESTAMPS = ['revisionCreateTime'];
const DURATIONS = ['messageRetentionDuration', 'minimumBackoff', 'maximumBackoff', 'ttl'];
/** proto-loader names the member of a oneof that is set; the JSON mapping knows no such fields. */
const ONEOFS = ['authenticationMethod', 'wrapper'];

interface ProtoTime {
  readonly seconds: string;
  readonly nanos: number;
}

/** A resource from proto-loader's shape to proto3 JSON. */
export function fromProto(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  if ('seconds' in value && 'nanos' in value) return durationText(value as ProtoTime);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !ONEOFS.includes(key))
      .map(([key, field]) => [key, fromProto(field)]),
  );
}

/** A resource from proto3 JSON to proto-loader's shape. */
export function toProto(json: Json): Json {
  return Object.fromEntries(
    Object.entries(json).map(([key, value]) => {
      if (DURATIONS.includes(key)) return [key, protoTime(Number.parseFloat(String(value)) * 1000)];
      if (TIMESTAMPS.includes(key)) return [key, protoTime(Date.parse(String(value)))];
      const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
      return [key, isObject ? toProto(value as Json) : value];
    }),
  );
}

/** A google.pubsub.v1.ReceivedMessage. */
export function receivedMessage({ ackId, message, deliveryAttempt }: Delivery): Json {
  const { data, attributes, messageId, orderingKey, publishTime } = message;
  return {
    ackId,
    message: { data, attributes, messageId, orderingKey, publishTime: protoTime(publishTime) },
    deliveryAttempt,
  };
}

function protoTime(ms: number): ProtoTime {
  const seconds = Math.floor(ms / 1000);
  return { seconds: String(seconds), nanos: Math.round(ms - seconds * 1000) * 1_000_000 };
}

function durationText({ seconds, nanos }: ProtoTime): string {
  return `${Number(seconds) + nanos / 1e9}s`;
}
