import { recordDeadLetter } from './ledger/dead-letters.ts';
import { readTableRun } from './ledger/runs.ts';
import { lastError } from './ledger/tasks.ts';
import { eventPipelineOf, giverOf } from './messages/letters.ts';
import type { Message } from './messages/messages.ts';
import { publishAll, waitingRuns } from './runtime/chain.ts';
import { readDelivery } from './runtime/delivery.ts';
import { failRun, readMessage } from './runtime/failure.ts';
import type { FunctionDefinition } from './runtime/handle.ts';
import { report } from './runtime/report.ts';
import { findRun } from './runtime/run.ts';
import type { Services } from './runtime/services.ts';

/**
 * Hears of everything that could not be done: terminal errors that a stage passed on, and messages that Pub/Sub gave up
 * on, somebody's events among them. Keeps the message with its bytes, tells the log of it once, and fails the run that it
 * stands for. It never gives up itself: while the ledger is down, Pub/Sub keeps the message.
 */
export const notify: FunctionDefinition = {
  name: 'notify',
  clients: {},
  async receive(event, services) {
    const { messageId: letterId, publishTime, data, attributes } = readDelivery(event);
    // A function that was stopped between its letter and the end of the run has sent another one since.
    const messageId = attributes['alirMessageId'] ?? letterId;
    // An event is anybody's, and may look like a message of ours.
    const { name: environment } = services.environment;
    const events = eventPipelineOf(attributes, environment, services.catalog);
    const message = events === undefined ? readMessage(data) : undefined;
    const time = firstPublished(attributes) ?? publishTime;
    const { runId, table, pipeline = events } = await subjectOf(message, time, services);
    const reason = attributes['alirReason'] ?? (await gaveUpReason(services, attributes, runId, table));

    const isNew = await recordDeadLetter(services.ledger, { messageId, runId, table, reason, attributes, body: data });
    const giver = giverOf(attributes, environment);
    if (isNew) report(services, [{ event: 'dead-lettered', messageId, giver, reason, pipeline, runId, table }]);
    if (message) {
      await failRun(services, message, time, reason);
      await publishAll(services, await waitingRuns(services, message));
    }
  },
};

/** When the message was published that the letter is about; undefined when it does not say, or says no time. */
function firstPublished(attributes: Readonly<Record<string, string>>): Date | undefined {
  const said = attributes['alirPublishTime'] ?? attributes['CloudPubSubDeadLetterSourceTopicPublishTime'] ?? '';
  const time = new Date(said);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

interface Subject {
  readonly runId?: string | undefined;
  readonly table?: string | undefined;
  readonly pipeline?: string | undefined;
}

/** The run, and the table if it is about one, that a message stands for, as far as that can be told. */
async function subjectOf(
  message: Message | undefined,
  published: Date,
  { catalog, ledger }: Services,
): Promise<Subject> {
  if (!message) return {};
  if (message.kind === 'tick') return findRun(catalog, message, published) ?? {};
  const { runId, table } = message;
  return { runId, table, pipeline: (await readTableRun(ledger, runId, table))?.pipeline };
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
  const last =
    attributes['CloudPubSubDeadLetterSourceDeliveryErrorMessage'] ??
    (await lastError(services.ledger, runId ?? '', table ?? ''));
  return `gave up after ${deliveries} deliveries of ${subscription}${last === undefined ? '' : `; last error: ${last}`}`;
}
