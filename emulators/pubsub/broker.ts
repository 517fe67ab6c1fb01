import type { Clock } from '../kit/clock.ts';
import { BigQueryClient } from './bigquery/client.ts';
import { Writers } from './bigquery/writers.ts';
import { forwardToDeadLetterTopic } from './dead-letter.ts';
import type { Entry } from './entries.ts';
import { FileJournal, noJournal } from './journal.ts';
import { Messages } from './messages.ts';
import { Pushers } from './push.ts';
import type { Queue } from './queue.ts';
import { type Faults, Store } from './store.ts';
import { Schemas } from './schemas/schemas.ts';
import { Subscriptions } from './subscriptions.ts';
import { Topics } from './topics.ts';

export interface BrokerOptions {
  readonly clock: Clock;
  readonly dataDir: string | undefined;
  /** Multiplies the backoff of retry policies. */
  readonly backoffScale: number;
  /** URL that BigQuery subscriptions write to; it may be told later. */
  readonly bigqueryHost: string | undefined;
}

export interface SubscriptionStats {
  readonly unacked: number;
  /** Real seconds since the oldest unacknowledged message was published; 0 when there is none. */
  readonly oldestUnackedSeconds: number;
  readonly delivered: number;
  readonly acked: number;
  /** Nacks and passed ack deadlines. */
  readonly nacked: number;
  readonly deadLettered: number;
}

/** What the transports stand on. */
export interface Broker {
  readonly schemas: Schemas;
  readonly topics: Topics;
  readonly subscriptions: Subscriptions;
  readonly messages: Messages;
  readonly bigquery: BigQueryClient;
  readonly faults: Faults;
  /** By subscription name; the counts begin with the process. */
  stats(): Record<string, SubscriptionStats>;
  reset(): void;
  stop(): void;
}

/**
 * Opens the broker, with the state of its data folder if it has one.
 * @throws Error naming the folder when it cannot be read or written
 */
export function openBroker({ clock, dataDir, backoffScale, bigqueryHost }: BrokerOptions): Broker {
  const journal = dataDir === undefined ? undefined : new FileJournal(dataDir);
  const bigquery = new BigQueryClient(bigqueryHost);
  const acknowledge = (subscription: string, ackIds: readonly string[]): void => {
    messages.acknowledge(subscription, ackIds);
  };
  const pushers = new Pushers(acknowledge);
  const store: Store = new Store(journal ?? noJournal, {
    backoffScale,
    exhausted: (queue, entry) => forwardToDeadLetterTopic(store, clock, queue, entry),
    failed: (queue, entry) => {
      recordAttempts(store, queue, entry);
    },
    configured: (queue) => {
      pushers.configure(queue);
      writers.configure(queue);
    },
  });
  const writers = new Writers({ store, client: bigquery, acknowledge, backoffScale });
  const messages = new Messages(store, clock);
  if (journal) restore(store, journal);
  return {
    schemas: new Schemas(store, clock),
    topics: new Topics(store),
    subscriptions: new Subscriptions(store, bigquery),
    messages,
    bigquery,
    faults: store.faults,
    stats: () => Object.fromEntries([...store.queues].map(([name, queue]) => [name, statsOf(queue)])),
    reset: () => {
      store.reset();
    },
    stop: () => {
      store.stop();
      pushers.close();
    },
  };
}

/** Nothing is delivered meanwhile: consumers are offered messages in a microtask, and this is synchronous. */
function restore(store: Store, journal: FileJournal): void {
  try {
    store.apply(journal.read());
    store.compact();
  } catch (error) {
    store.stop();
    throw error;
  }
}

/** A dead letter policy counts attempts, across a restart too. */
function recordAttempts(store: Store, queue: Queue, { key, attempts, twin }: Entry): void {
  const { name, deadLetterPolicy } = queue.subscription;
  if (deadLetterPolicy && !twin) store.tryCommit({ type: 'attempts', subscription: name, key, attempts });
}

function statsOf(queue: Queue): SubscriptionStats {
  const [oldest] = queue.entries();
  return {
    unacked: queue.size,
    oldestUnackedSeconds: oldest ? Math.max(0, Date.now() - oldest.message.receivedAt) / 1000 : 0,
    ...queue.counts,
  };
}
