import { asApiError } from '../kit/errors.ts';
import type { Journal } from './journal.ts';
import type { Message, Schema, Topic } from './model.ts';
import { DELETED_SCHEMA, DELETED_TOPIC, notFound } from './names.ts';
import { Queue, type QueueHooks } from './queue.ts';
import type { MessageRecord, StoreRecord } from './records.ts';
import { snapshot } from './snapshot.ts';

/** Faults that a test can switch on. */
export interface Faults {
  duplicateDeliveries: boolean;
}

export interface StoreHooks extends QueueHooks {
  /** A subscription was created or its configuration changed. */
  readonly configured: (queue: Queue) => void;
}

interface TopicState {
  topic: Topic;
  readonly queues: Set<Queue>;
}

/** The broker's state: schemas, topics and queues. It changes through records alone, which the journal keeps. */
export class Store {
  readonly faults: Faults = { duplicateDeliveries: false };
  readonly #schemas = new Map<string, Schema>();
  readonly #topics = new Map<string, TopicState>();
  readonly #queues = new Map<string, Queue>();
  readonly #journal: Journal;
  readonly #hooks: StoreHooks;
  #nextMessageId = 1;

  constructor(journal: Journal, hooks: StoreHooks) {
    this.#journal = journal;
    this.#hooks = hooks;
  }

  get queues(): ReadonlyMap<string, Queue> {
    return this.#queues;
  }

  get schemas(): ReadonlyMap<string, Schema> {
    return this.#schemas;
  }

  get topics(): ReadonlyMap<string, Readonly<TopicState>> {
    return this.#topics;
  }

  /** @throws ApiError NOT_FOUND */
  topic(name: string): Readonly<TopicState> {
    const found = this.#topics.get(name);
    if (!found) throw notFound(name);
    return found;
  }

  /** @throws ApiError NOT_FOUND */
  queue(name: string): Queue {
    const found = this.#queues.get(name);
    if (!found) throw notFound(name);
    return found;
  }

  takeMessageId(): string {
    return String(this.#nextMessageId++);
  }

  /** Says to which subscriptions a message of a topic goes. */
  route(topic: string, message: Message): MessageRecord {
    const to: string[] = [];
    for (const queue of this.topic(topic).queues) {
      if (queue.matches(message.attributes)) to.push(queue.subscription.name);
    }
    return { type: 'message', message, to };
  }

  /**
   * Writes records to the journal, then applies them; when the journal fails nothing has changed.
   * @throws ApiError FAILED_PRECONDITION
   */
  commit(...records: readonly StoreRecord[]): void {
    this.#journal.append(records);
    this.apply(records);
    if (this.#journal.wantsRewrite) {
      attempt(() => {
        this.compact();
      });
    }
  }

  /** As `commit`, for changes that nobody asked for: false when the journal failed. */
  tryCommit(...records: readonly StoreRecord[]): boolean {
    return attempt(() => {
      this.commit(...records);
    });
  }

  /** Shrinks the journal to the present state. */
  compact(): void {
    this.#journal.rewrite(this.#snapshot());
  }

  apply(records: Iterable<StoreRecord>): void {
    for (const record of records) this.#applyOne(record);
  }

  /** Forgets everything. */
  reset(): void {
    this.#close();
    this.faults.duplicateDeliveries = false;
    this.compact();
  }

  stop(): void {
    this.#close();
    this.#journal.close();
  }

  #snapshot(): Iterable<StoreRecord> {
    const topics = [...this.#topics.values()].map(({ topic }) => topic);
    return snapshot(this.#nextMessageId, this.#schemas.values(), topics, [...this.#queues.values()]);
  }

  #close(): void {
    const queues = [...this.#queues.values()];
    this.#schemas.clear();
    this.#topics.clear();
    this.#queues.clear();
    for (const queue of queues) queue.close();
  }

  #applyOne(record: StoreRecord): void {
    switch (record.type) {
      case 'schema':
        this.#schemas.set(record.schema.name, record.schema);
        return;
      case 'schemaDeleted':
        this.#schemas.delete(record.name);
        for (const state of this.#topics.values()) {
          const { schemaSettings } = state.topic;
          if (schemaSettings?.schema !== record.name) continue;
          state.topic = { ...state.topic, schemaSettings: { ...schemaSettings, schema: DELETED_SCHEMA } };
        }
        return;
      case 'topic': {
        const existing = this.#topics.get(record.topic.name);
        if (existing) existing.topic = record.topic;
        else this.#topics.set(record.topic.name, { topic: record.topic, queues: new Set() });
        return;
      }
      case 'topicDeleted':
        for (const queue of this.#topics.get(record.name)?.queues ?? []) {
          queue.subscription = { ...queue.subscription, topic: DELETED_TOPIC };
        }
        this.#topics.delete(record.name);
        return;
      case 'subscription':
        this.#applySubscription(record);
        return;
      case 'subscriptionDeleted': {
        const queue = this.#queues.get(record.name);
        this.#queues.delete(record.name);
        if (queue) this.#topics.get(queue.subscription.topic)?.queues.delete(queue);
        queue?.close();
        return;
      }
      case 'message':
        this.#nextMessageId = Math.max(this.#nextMessageId, Number(record.message.messageId) + 1);
        for (const name of record.to) {
          this.#queues.get(name)?.add(record.message);
          if (this.faults.duplicateDeliveries) this.#queues.get(name)?.add(record.message, true);
        }
        return;
      case 'done':
        for (const key of record.keys) this.#queues.get(record.subscription)?.drop(key);
        return;
      case 'attempts':
        this.#queues.get(record.subscription)?.setAttempts(record.key, record.attempts);
        return;
      case 'nextMessageId':
        this.#nextMessageId = record.id;
    }
  }

  #applySubscription({ subscription }: Extract<StoreRecord, { type: 'subscription' }>): void {
    const existing = this.#queues.get(subscription.name);
    const queue = existing ?? new Queue(subscription, this.#hooks);
    queue.subscription = subscription;
    if (!existing) {
      this.#queues.set(subscription.name, queue);
      this.#topics.get(subscription.topic)?.queues.add(queue);
    }
    this.#hooks.configured(queue);
  }
}

/** For work that no caller waits for: an error goes to stderr, and is answered with false. */
function attempt(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    process.stderr.write(`pubsub: ${asApiError(error).message}\n`);
    return false;
  }
}
