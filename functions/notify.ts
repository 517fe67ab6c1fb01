import { recordDeadLetter } from './ledger/dead-letters.ts';
import { lastError } from './ledger/tasks.ts';
import type { Message } from './messages/messages.ts';
import { publishAll, waitingRuns } from './runtime/chain.ts';
import { type PubSubEvent, readDelivery } from './runtime/delivery.ts';
import { failRun, readMessage } from './runtime/failure.ts';
import { findRun } from './runtime/run.ts';
import type { Services } from './runtime/services.ts';

/**
 * Hears of everything that could not be done: terminal errors that a stage passed on, and messages that Pub/Sub gave up
 * on. Keeps the message with its bytes, fails the run that it stands for, and logs one line of severity ERROR, which is
 * what an alert listens to. It never gives up itself: while the ledger is down, Pub/Sub keeps the message.
 */
export async function notify(event: PubSubEvent, services: Services): Promise<void> {
  const { messageId, publishTime, data, attributes } = readDelivery(event);
  const message = readMessage(data);
  const published = attributes['alirPublishTime'] ?? attributes['CloudPubSubDeadLetterSourceTopicPublishTime'];
  const time = published === undefined ? publishTime : new Date(published);
  const { runId, table } = subjectOf(message, time, services);
  const reason = attributes['alirReason'] ?? (await gaveUpReason(services, attributes, runId, table));

  await recordDeadLetter(services.ledger, { messageId, runId, table, reason, attributes, body: data });
  if (message) {
    await failRun(services, message, time, reason);
    await publishAll(services, await waitingRuns(services, message));
  }
  services.log('ERROR', reason, { stage: 'notify', messageId, runId, table, attributes });
}

/** The run, and the table if it is about one, that a message stands for, as far as that can be told. */
function subjectOf(
  message: Message | undefined,
  published: Date,
  { catalog }: Services,
): { readonly runId?: string; readonly table?: string } {
  if (!message) return {};
  if (message.kind !== 'tick') return message;
  return findRun(catalog, message, published) ?? {};
}

/** What Pub/Sub says of a message that ran out of attempts, and the last error that the ledger has of its work. */
async function gaveUpReason(
  services: Services,
  attributes: Readonly<Record<string, string>>,
  runId: string | undefined,
  table: string | undefined,
): Promise<string> {
  const deliveries = attributes['CloudPubSubDeadLetterSourceDeliveryCount'] ?? 'all';
  const subscription = attributes['CloudPubSubDeadLetterSourceSubscription'] ?? 'its subscription';
  const last = await lastError(services.ledger, runId ?? '', table ?? '');
  return `gave up after ${deliveries} deliveries of ${subscription}${last === undefined ? '' : `; last error: ${last}`}`;
}
