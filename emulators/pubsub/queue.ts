import { randomBytes } from 'node:crypto';
import { retryDelayMs } from './backoff.ts';
import { type Consumer, Consumers } from './consumers.ts';
import { type Entry, type Lease, ReadyEntries } from './entries.ts';
import { type Filter, parseFilter } from './filter.ts';
import type { Delivery, Message, Subscription } from './model.ts';

export interface QueueHooks {
  /** The last attempt failed. True when the message has left the queue for its dead letter topic. */
  readonly exhausted: (queue: Queue, entry: Entry) => boolean;
  readonly failed: (queue: Queue, entry: Entry) => void;
  /** Multiplies the backoff of retry policies. */
  readonly backoffScale: number;
}

export interface LeaseRequest {
  readonly maxMessages: number;
  /** No further message is taken once the taken ones are this large. */
  readonly maxBytes?: number;
  /** The subscription's ack deadline when absent. */
  readonly ackDeadlineSeconds?: number;
  /** Called once a lease has ended: acknowledged, nacked, out of time, or with its subscription. */
  readonly onSettled?: (message: Message) => void;
}

export const ACK_ID = /^[\w-]{8}:\d+\+?:\d+$/;

/**
 * One subscription's unacknowledged messages. An entry is *ready*, *leased* (delivered, its ack deadline runs) or
 * *waiting* (failed, its retry delay runs). `drop` ends it from any of the three; a lease that is nacked or whose
 * deadline passes goes to waiting, or to the dead letter topic after the last attempt.
 */
export class Queue {
  subscription: Subscription;
  matches: Filter;
  readonly counts = { delivered: 0, acked: 0, nacked: 0, deadLettered: 0 };
  readonly #hooks: QueueHooks;
  /** Part of every ack id, so that one of a deleted namesake, or of before a restart, means nothing here. */
  readonly #id = randomBytes(6).toString('base64url');
  readonly #entries = new Map<string, Entry>();
  readonly #ready: ReadyEntries;
  readonly #leases = new Map<string, Lease>();
  readonly #consumers = new Consumers(() => this.#ready.length);

  constructor(subscription: Subscription, hooks: QueueHooks) {
    this.subscription = subscription;
    this.matches = parseFilter(subscription.filter);
    this.#hooks = hooks;
    this.#ready = new ReadyEntries(subscription.enableMessageOrdering);
  }

  /** Unacknowledged entries, oldest first. */
  entries(): Iterable<Entry> {
    return this.#entries.values();
  }

  get size(): number {
    return this.#entries.size;
  }

  add(message: Message, twin = false): void {
    const key = twin ? `${message.messageId}+` : message.messageId;
    const entry: Entry = { key, message, twin, attempts: 0, gone: false };
    this.#entries.set(key, entry);
    this.#ready.enter(entry);
    this.#consumers.schedule();
  }

  /** Delivers what is ready: each entry gets a lease. */
  lease(request: LeaseRequest): Delivery[] {
    const { maxMessages, maxBytes = Infinity, onSettled } = request;
    const deadlineSeconds = request.ackDeadlineSeconds ?? this.subscription.ackDeadlineSeconds;
    const deliveries: Delivery[] = [];
    for (let bytes = 0; deliveries.length < maxMessages && bytes < maxBytes;) {
      const entry = this.#ready.next();
      if (!entry) break;
      entry.attempts += 1;
      this.counts.delivered += 1;
      const { message } = entry;
      const ackId = `${this.#id}:${entry.key}:${entry.attempts}`;
      const settled =
        onSettled &&
        ((): void => {
          onSettled(message);
        });
      const lease: Lease = { ackId, entry, onSettled: settled, timer: this.#deadline(ackId, deadlineSeconds) };
      entry.lease = lease;
      this.#leases.set(ackId, lease);
      const deliveryAttempt = this.subscription.deadLetterPolicy ? entry.attempts : 0;
      deliveries.push({ ackId, message, deliveryAttempt });
      bytes += message.data.length;
    }
    return deliveries;
  }

  /** Keys of the entries behind ack ids; ids whose lease has ended are passed over, as late acks may be by Google. */
  leased(ackIds: readonly string[]): string[] {
    return ackIds.flatMap((ackId) => this.#leases.get(ackId)?.entry.key ?? []);
  }

  /** Lets the ack deadline end `seconds` from now; 0 is a nack. */
  extend(ackIds: readonly string[], seconds: number): void {
    for (const ackId of ackIds) {
      const lease = this.#leases.get(ackId);
      if (!lease) continue;
      if (seconds === 0) this.#fail(lease);
      else {
        clearTimeout(lease.timer);
        lease.timer = this.#deadline(ackId, seconds);
      }
    }
  }

  /** A nack that says why; the reason goes with the message into its dead letter. */
  refuse(ackId: string, reason: string): void {
    const lease = this.#leases.get(ackId);
    if (!lease) return;
    lease.entry.failure = reason;
    this.#fail(lease);
  }

  /** Removes an entry for good, whatever its state. */
  drop(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    clearTimeout(entry.retryTimer);
    this.#ready.leave(entry);
    if (entry.lease) this.#release(entry.lease);
    this.#consumers.schedule();
  }

  setAttempts(key: string, attempts: number): void {
    const entry = this.#entries.get(key);
    if (entry) entry.attempts = attempts;
  }

  /** Adds a consumer; it is offered what is ready. Returns the way out. */
  attach(consumer: Consumer): () => void {
    return this.#consumers.attach(consumer);
  }

  /** Ends all timers and consumers. */
  close(): void {
    this.#consumers.close();
    for (const entry of this.#entries.values()) {
      entry.gone = true;
      clearTimeout(entry.retryTimer);
      if (entry.lease) this.#release(entry.lease);
    }
    this.#entries.clear();
  }

  #deadline(ackId: string, seconds: number): NodeJS.Timeout {
    return setTimeout(() => {
      const lease = this.#leases.get(ackId);
      if (lease) this.#fail(lease);
    }, seconds * 1000);
  }

  #release(lease: Lease): void {
    clearTimeout(lease.timer);
    lease.entry.lease = undefined;
    this.#leases.delete(lease.ackId);
    lease.onSettled?.();
  }

  #fail(lease: Lease): void {
    const { entry } = lease;
    this.counts.nacked += 1;
    this.#release(lease);
    const limit = this.subscription.deadLetterPolicy?.maxDeliveryAttempts ?? Infinity;
    if (entry.attempts >= limit && this.#hooks.exhausted(this, entry)) return;
    this.#hooks.failed(this, entry);
    entry.retryTimer = setTimeout(
      () => {
        this.#ready.again(entry);
        this.#consumers.schedule();
      },
      retryDelayMs(this.subscription.retryPolicy, entry.attempts, this.#hooks.backoffScale),
    );
  }
}
