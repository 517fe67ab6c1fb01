import type { Clock } from '../kit/clock.ts';
import { ApiError } from '../kit/errors.ts';
import { invalid } from './checks.ts';
import { ACK_DEADLINE_MAX_S, ACK_REQUEST_MAX_BYTES, PULL_MAX_MESSAGES, PULL_WAIT_MS } from './limits.ts';
import type { Delivery, NewMessage } from './model.ts';
import { checkName } from './names.ts';
import { checkPublish } from './publish-rules.ts';
import { ACK_ID, type Queue } from './queue.ts';
import { withSchema } from './schemas/validation.ts';
import type { Store } from './store.ts';

/** How messages come in and go out. */
export class Messages {
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Returns the ids in the order of the messages. */
  publish(topic: string, messages: readonly NewMessage[]): string[] {
    const state = this.#store.topic(checkName('topics', topic));
    checkPublish(messages);
    const checked = withSchema(this.#store, state.topic, messages);
    const times = { publishTime: this.#clock.now(), receivedAt: Date.now() };
    const records = checked.map((message) =>
      this.#store.route(topic, { ...message, messageId: this.#store.takeMessageId(), ...times }),
    );
    this.#store.commit(...records);
    return records.map(({ message }) => message.messageId);
  }

  /**
   * Leases up to `maxMessages`. When none is ready it waits for one a bounded time, unless `wait` is false.
   * @param signal the caller has gone: nothing may be leased any more
   */
  async pull(name: string, maxMessages: number, wait: boolean, signal: AbortSignal): Promise<Delivery[]> {
    const queue = this.pullable(name);
    if (maxMessages <= 0) throw invalid(`Invalid max_messages ${maxMessages}: must be above 0.`);
    const request = { maxMessages: Math.min(maxMessages, PULL_MAX_MESSAGES) };
    const deliveries = queue.lease(request);
    if (deliveries.length > 0 || !wait || signal.aborted) return deliveries;
    return await firstOffer(queue, request.maxMessages, signal);
  }

  /** The queue, provided that its subscription is pulled. */
  pullable(name: string): Queue {
    const queue = this.#store.queue(checkName('subscriptions', name));
    const { pushConfig, bigqueryConfig } = queue.subscription;
    if (pushConfig.pushEndpoint === '' && !bigqueryConfig) return queue;
    throw new ApiError('FAILED_PRECONDITION', 'This method is not supported for this subscription type.');
  }

  acknowledge(name: string, ackIds: readonly string[]): void {
    const queue = this.#store.queue(checkName('subscriptions', name));
    checkAckIds(ackIds);
    const keys = queue.leased(ackIds);
    if (keys.length === 0) return;
    this.#store.commit({ type: 'done', subscription: name, keys });
    queue.counts.acked += keys.length;
  }

  /** @param seconds from now; 0 is a nack */
  modifyAckDeadline(name: string, ackIds: readonly string[], seconds: number): void {
    const queue = this.#store.queue(checkName('subscriptions', name));
    checkAckIds(ackIds);
    if (seconds < 0 || seconds > ACK_DEADLINE_MAX_S) {
      throw invalid(`Invalid ack_deadline_seconds ${seconds}: must be between 0 and ${ACK_DEADLINE_MAX_S}.`);
    }
    queue.extend(ackIds, seconds);
  }
}

function checkAckIds(ackIds: readonly string[]): void {
  if (ackIds.length === 0) throw invalid('You have not specified an ack ID in the request.');
  let bytes = 0;
  for (const ackId of ackIds) {
    if (!ACK_ID.test(ackId)) throw invalid(`You have passed an invalid ack ID to the service (ack_id=${ackId}).`);
    bytes += ackId.length;
  }
  if (bytes > ACK_REQUEST_MAX_BYTES) {
    throw invalid(`Request payload size exceeds the limit: ${ACK_REQUEST_MAX_BYTES} bytes.`);
  }
}

async function firstOffer(queue: Queue, maxMessages: number, signal: AbortSignal): Promise<Delivery[]> {
  const { promise, resolve } = Promise.withResolvers<Delivery[]>();
  const finish = (deliveries: Delivery[] = []): void => {
    detach();
    resolve(deliveries);
  };
  const giveUp = (): void => {
    finish();
  };
  const detach = queue.attach({
    offer: (limit) => {
      const deliveries = queue.lease({ maxMessages: Math.min(limit, maxMessages) });
      if (deliveries.length > 0) finish(deliveries);
    },
    closed: giveUp,
  });
  const timer = setTimeout(giveUp, PULL_WAIT_MS);
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
  }
}
