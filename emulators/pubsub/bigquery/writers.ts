import { describe } from '../../kit/errors.ts';
import type { Consumer } from '../consumers.ts';
import {
  ACK_DEADLINE_MAX_S,
  BIGQUERY_BACKOFF_MAX_MS,
  BIGQUERY_BACKOFF_MIN_MS,
  BIGQUERY_BATCH_MAX_BYTES,
  BIGQUERY_BATCH_MAX_MESSAGES,
} from '../limits.ts';
import type { BigQueryState, Delivery } from '../model.ts';
import type { Acknowledge } from '../push.ts';
import type { Queue } from '../queue.ts';
import type { Store } from '../store.ts';
import type { BigQueryClient } from './client.ts';
import { type Destination, findDestination } from './destination.ts';

export interface WriterOptions {
  readonly store: Store;
  readonly client: BigQueryClient;
  readonly acknowledge: Acknowledge;
  /** Multiplies the longest wait for a table that cannot be written to. */
  readonly backoffScale: number;
}

/** Writes what is ready in BigQuery subscriptions into their tables. */
export class Writers {
  readonly #options: WriterOptions;
  readonly #writers = new Map<Queue, Writer>();

  constructor(options: WriterOptions) {
    this.#options = options;
  }

  /** Begins or ends writing, as the subscription's configuration now says. */
  configure(queue: Queue): void {
    const wanted = queue.subscription.bigqueryConfig !== undefined;
    const present = this.#writers.get(queue);
    if (wanted && !present) {
      this.#writers.set(queue, new Writer(queue, this.#options, () => this.#writers.delete(queue)));
    } else if (!wanted && present) {
      present.closed();
    }
  }
}

/**
 * One batch at a time: looks at the table, leases what is ready, writes it, and acknowledges what was written. While the
 * table cannot be written to nothing is leased, so that an outage costs no delivery attempts, as with Google:
 * https://cloud.google.com/pubsub/docs/bigquery-troubleshooting#subscription-state
 */
class Writer implements Consumer {
  readonly #queue: Queue;
  readonly #options: WriterOptions;
  readonly #gone: () => void;
  readonly #detach: () => void;
  readonly #stopped = new AbortController();
  #busy = false;
  #failures = 0;

  constructor(queue: Queue, options: WriterOptions, gone: () => void) {
    this.#queue = queue;
    this.#options = options;
    this.#gone = gone;
    this.#detach = queue.attach(this);
  }

  offer(): void {
    if (this.#busy || this.#stopped.signal.aborted) return;
    this.#busy = true;
    void this.#work();
  }

  closed(): void {
    this.#stopped.abort();
    this.#detach();
    this.#gone();
  }

  async #work(): Promise<void> {
    const { signal } = this.#stopped;
    for (;;) {
      const destination = await this.#destination();
      if (signal.aborted) return;
      if (!destination) {
        await this.#wait();
        continue;
      }
      const deliveries = this.#queue.lease({
        maxMessages: BIGQUERY_BATCH_MAX_MESSAGES,
        maxBytes: BIGQUERY_BATCH_MAX_BYTES,
        // The subscription's own deadline is for subscribers that may vanish.
        ackDeadlineSeconds: ACK_DEADLINE_MAX_S,
      });
      if (deliveries.length === 0) {
        // In the same turn: what becomes ready now is offered to one that is not busy.
        this.#busy = false;
        return;
      }
      await this.#write(destination, deliveries);
    }
  }

  /** The table, provided that it can be written to; otherwise the subscription's state says why not. */
  async #destination(): Promise<Destination | undefined> {
    const { store, client } = this.#options;
    try {
      const found = await findDestination(store, client, this.#queue.subscription, this.#stopped.signal);
      this.#show('state' in found ? found.state : 'ACTIVE');
      if ('state' in found) throw found.error;
      this.#failures = 0;
      return found;
    } catch {
      this.#failures += 1;
      return undefined;
    }
  }

  async #write(destination: Destination, deliveries: readonly Delivery[]): Promise<void> {
    const { client, acknowledge } = this.#options;
    const { name, bigqueryConfig } = this.#queue.subscription;
    const rendered = deliveries.map((delivery) => ({ ackId: delivery.ackId, ...render(destination, delivery) }));
    const good = rendered.flatMap(({ ackId, row }) => (row === undefined ? [] : [{ ackId, row }]));
    const refused = new Map(rendered.flatMap(({ ackId, error }) => (error === undefined ? [] : [[ackId, error]])));
    try {
      const rows = good.map(({ row }) => row);
      const errors =
        rows.length === 0 ? undefined : await client.insert(bigqueryConfig?.table ?? '', rows, this.#stopped.signal);
      for (const [index, error] of errors ?? []) refused.set(good[index]?.ackId ?? '', error);
      const written = good.filter(({ ackId }) => !refused.has(ackId)).map(({ ackId }) => ackId);
      if (written.length > 0) acknowledge(name, written);
    } catch (error) {
      // Not known to be written, or not known to be acknowledged: they come again, at least once.
      for (const { ackId } of good) refused.set(ackId, refused.get(ackId) ?? describe(error));
    }
    for (const [ackId, error] of refused) this.#queue.refuse(ackId, error);
  }

  async #wait(): Promise<void> {
    const { signal } = this.#stopped;
    const longest = Math.max(BIGQUERY_BACKOFF_MIN_MS, BIGQUERY_BACKOFF_MAX_MS * this.#options.backoffScale);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const stop = (): void => {
      resolve(undefined);
    };
    const timer = setTimeout(stop, Math.min(BIGQUERY_BACKOFF_MIN_MS * 2 ** (this.#failures - 1), longest));
    signal.addEventListener('abort', stop, { once: true });
    await promise;
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }

  #show(state: BigQueryState): void {
    const { subscription } = this.#queue;
    if (!subscription.bigqueryConfig || subscription.bigqueryConfig.state === state) return;
    this.#queue.subscription = { ...subscription, bigqueryConfig: { ...subscription.bigqueryConfig, state } };
  }
}

function render(destination: Destination, { message }: Delivery): { row?: string; error?: string } {
  try {
    return { row: destination.render(message) };
  } catch (error) {
    return { error: describe(error) };
  }
}
