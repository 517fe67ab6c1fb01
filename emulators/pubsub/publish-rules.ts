import { invalid } from './checks.ts';
import {
  ATTRIBUTE_KEY_MAX_BYTES,
  ATTRIBUTE_VALUE_MAX_BYTES,
  MESSAGE_MAX_ATTRIBUTES,
  ORDERING_KEY_MAX_BYTES,
  PUBLISH_MAX_BYTES,
  PUBLISH_MAX_MESSAGES,
} from './limits.ts';
import type { NewMessage } from './model.ts';

/**
 * Checks a publish request.
 * @throws ApiError INVALID_ARGUMENT by https://cloud.google.com/pubsub/quotas#resource_limits
 */
export function checkPublish(messages: readonly NewMessage[]): void {
  if (messages.length === 0 || messages.length > PUBLISH_MAX_MESSAGES) {
    throw invalid(
      `The value for message_count is out of range. You passed ${messages.length} in the request, ` +
        `but the value must be between 1 and ${PUBLISH_MAX_MESSAGES}.`,
    );
  }
  let bytes = 0;
  for (const message of messages) bytes += checkMessage(message);
  if (bytes > PUBLISH_MAX_BYTES) {
    throw invalid(`Request payload size exceeds the limit: ${PUBLISH_MAX_BYTES} bytes.`);
  }
}

/** Returns the message's size in bytes. */
function checkMessage({ data, attributes, orderingKey }: NewMessage): number {
  const entries = Object.entries(attributes);
  if (data.length === 0 && entries.length === 0) {
    throw invalid('Some messages are empty: a message needs data or at least one attribute.');
  }
  if (entries.length > MESSAGE_MAX_ATTRIBUTES) {
    throw invalid(`A message has ${entries.length} attributes: no more than ${MESSAGE_MAX_ATTRIBUTES} are allowed.`);
  }
  const keyBytes = checkBytes(orderingKey, 'ordering key', ORDERING_KEY_MAX_BYTES);
  let bytes = data.length + keyBytes;
  for (const [key, value] of entries) {
    if (key === '' || key.startsWith('goog')) throw invalid(`Invalid attribute key "${key}".`);
    bytes += checkBytes(key, 'attribute key', ATTRIBUTE_KEY_MAX_BYTES);
    bytes += checkBytes(value, `value of attribute "${key}"`, ATTRIBUTE_VALUE_MAX_BYTES);
  }
  return bytes;
}

function checkBytes(value: string, what: string, max: number): number {
  const bytes = Buffer.byteLength(value);
  if (bytes > max) throw invalid(`The ${what} is ${bytes} bytes long: no more than ${max} are allowed.`);
  return bytes;
}
