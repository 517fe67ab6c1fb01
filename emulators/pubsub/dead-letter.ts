import type { Clock } from '../kit/clock.ts';
import type { Entry } from './entries.ts';
import { ATTRIBUTE_VALUE_MAX_BYTES } from './limits.ts';
import { idOf, projectOf } from './names.ts';
import type { Queue } from './queue.ts';
import type { Store } from './store.ts';

/** Of BigQuery subscriptions alone: https://cloud.google.com/pubsub/docs/bigquery#handle_message_failures */
const ERROR_MESSAGE = 'CloudPubSubDeadLetterSourceDeliveryErrorMessage';

/**
 * Moves a message whose last delivery attempt failed to the dead letter topic, with the attributes of
 * https://cloud.google.com/pubsub/docs/dead-letter-topics#how_dead_letter_topics_work
 *
 * @returns false when it could not be moved: as with Google, it then stays in its subscription and is delivered again
 */
export function forwardToDeadLetterTopic(store: Store, clock: Clock, queue: Queue, entry: Entry): boolean {
  const { name, deadLetterPolicy } = queue.subscription;
  if (entry.twin) {
    queue.drop(entry.key);
    return true;
  }
  if (!deadLetterPolicy || !store.topics.has(deadLetterPolicy.deadLetterTopic)) return false;
  const { message } = entry;
  const forwarded = store.route(deadLetterPolicy.deadLetterTopic, {
    ...message,
    messageId: store.takeMessageId(),
    publishTime: clock.now(),
    receivedAt: Date.now(),
    attributes: {
      ...message.attributes,
      CloudPubSubDeadLetterSourceDeliveryCount: String(entry.attempts),
      CloudPubSubDeadLetterSourceSubscription: idOf(name),
      CloudPubSubDeadLetterSourceSubscriptionProject: projectOf(name),
      CloudPubSubDeadLetterSourceTopicPublishTime: new Date(message.publishTime).toISOString(),
      ...(entry.failure !== undefined && { [ERROR_MESSAGE]: shorten(entry.failure) }),
    },
  });
  if (!store.tryCommit(forwarded, { type: 'done', subscription: name, keys: [entry.key] })) return false;
  queue.counts.deadLettered += 1;
  return true;
}

/** What an attribute may hold. */
function shorten(text: string): string {
  return Buffer.from(text)
    .subarray(0, ATTRIBUTE_VALUE_MAX_BYTES)
    .toString()
    .replace(/\ufffd+$/, '');
}
