import type { SubscriptionPlan } from '../../../pipelines/model/resources.ts';
import type { Random } from './random.ts';

export interface Message {
  readonly id: string;
  readonly topic: string;
  readonly data: Buffer;
  readonly attributes: Readonly<Record<string, string>>;
  readonly publishTime: Date;
}

/** One message in one subscription, until it is acknowledged. */
export interface Entry {
  readonly message: Message;
  readonly subscription: SubscriptionPlan;
  attempts: number;
  /** Simulated second before which it is not delivered again. */
  readyAt: number;
  /** Calls that are at it. */
  live: number;
  gone: boolean;
}

/**
 * Pub/Sub as far as a push subscription shows it: at least once, in any order, with backoff, and to the dead letter
 * topic after the last attempt. https://cloud.google.com/pubsub/docs/dead-letter-topics
 */
export class Queue {
  /** Everything that was ever published. */
  readonly history: Message[] = [];
  readonly #subscriptions: readonly SubscriptionPlan[];
  readonly #random: Random;
  readonly #projectId: string;
  #entries: Entry[] = [];

  constructor(subscriptions: readonly SubscriptionPlan[], projectId: string, random: Random) {
    this.#subscriptions = subscriptions;
    this.#projectId = projectId;
    this.#random = random;
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** @throws Error with gRPC's NOT_FOUND for a topic that nobody has made */
  publish(topic: string, data: Buffer, attributes: Readonly<Record<string, string>>, publishTime: Date): string {
    if (!this.#subscriptions.some((subscription) => subscription.topic === topic)) {
      throw Object.assign(new Error(`5 NOT_FOUND: Resource not found (resource=${topic}).`), { code: 5 });
    }
    const message = { id: String(this.history.length + 1), topic, data, attributes, publishTime };
    this.history.push(message);
    this.deliverAgain(message);
    return message.id;
  }

  /** Puts a message into its topic's subscriptions once more, as if they had never acknowledged it. */
  deliverAgain(message: Message): void {
    for (const subscription of this.#subscriptions) {
      if (subscription.topic !== message.topic) continue;
      this.#entries.push({ message, subscription, attempts: 0, readyAt: 0, live: 0, gone: false });
    }
  }

  ready(now: number): Entry[] {
    return this.#entries.filter((entry) => entry.live === 0 && entry.readyAt <= now);
  }

  /** When the next message that waits is ready; undefined when none waits. */
  nextReady(): number | undefined {
    const times = this.#entries.filter((entry) => entry.live === 0).map((entry) => entry.readyAt);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  acknowledge(entry: Entry): void {
    entry.gone = true;
    this.#entries = this.#entries.filter((other) => other !== entry);
  }

  /** @returns true when that was the last attempt, and the message is in the dead letter topic */
  refuse(entry: Entry, now: number, publishTime: Date): boolean {
    const { deadLetter, minBackoffSeconds, maxBackoffSeconds, name } = entry.subscription;
    const backoff = Math.min(maxBackoffSeconds, minBackoffSeconds * 2 ** (entry.attempts - 1));
    entry.readyAt = now + Math.round(backoff * (0.8 + 0.4 * this.#random.next()));
    if (entry.gone || !deadLetter || entry.attempts < deadLetter.maxDeliveryAttempts) return false;
    this.acknowledge(entry);
    const { message } = entry;
    const attributes = {
      ...message.attributes,
      CloudPubSubDeadLetterSourceDeliveryCount: String(entry.attempts),
      CloudPubSubDeadLetterSourceSubscription: name,
      CloudPubSubDeadLetterSourceSubscriptionProject: this.#projectId,
      CloudPubSubDeadLetterSourceTopicPublishTime: message.publishTime.toISOString(),
    };
    this.publish(deadLetter.topic, message.data, attributes, publishTime);
    return true;
  }
}

/** A delivery, as the functions framework hands it on. */
export function pushed({ message, subscription, attempts }: Entry): object {
  const { id, data, attributes, publishTime } = message;
  const time = publishTime.toISOString();
  const body = { messageId: id, publishTime: time, attributes, data: data.toString('base64') };
  return { id, time, data: { message: body, subscription: subscription.name, deliveryAttempt: attempts } };
}
