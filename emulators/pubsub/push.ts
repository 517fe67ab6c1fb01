import type { Consumer } from './consumers.ts';
import { PUSH_WINDOW_MESSAGES } from './limits.ts';
import type { Delivery } from './model.ts';
import { PushClient } from './push-client.ts';
import { pushRequest } from './push-request.ts';
import type { Queue } from './queue.ts';

/** Acknowledges deliveries of a subscription. */
export type Acknowledge = (subscription: string, ackIds: readonly string[]) => void;

/** Sends what is ready in push subscriptions to their endpoints, at once and up to a window side by side. */
export class Pushers {
  readonly #client = new PushClient();
  readonly #acknowledge: Acknowledge;
  readonly #pushers = new Map<Queue, Pusher>();

  constructor(acknowledge: Acknowledge) {
    this.#acknowledge = acknowledge;
  }

  /** Begins or ends pushing, as the subscription's configuration now says. */
  configure(queue: Queue): void {
    const wanted = queue.subscription.pushConfig.pushEndpoint !== '';
    const present = this.#pushers.get(queue);
    if (wanted && !present) {
      const gone = (): void => void this.#pushers.delete(queue);
      this.#pushers.set(queue, new Pusher(queue, this.#client, this.#acknowledge, gone));
    } else if (!wanted && present) {
      present.detach();
      this.#pushers.delete(queue);
    }
  }

  close(): void {
    this.#client.close();
  }
}

class Pusher implements Consumer {
  readonly closed: () => void;
  readonly detach: () => void;
  readonly #queue: Queue;
  readonly #client: PushClient;
  readonly #acknowledge: Acknowledge;
  #inFlight = 0;
  #detached = false;

  constructor(queue: Queue, client: PushClient, acknowledge: Acknowledge, closed: () => void) {
    this.#queue = queue;
    this.#client = client;
    this.#acknowledge = acknowledge;
    this.closed = closed;
    const detach = queue.attach(this);
    this.detach = () => {
      this.#detached = true;
      detach();
    };
  }

  offer(limit: number): void {
    for (let taken = 0; taken < limit && this.#inFlight < PUSH_WINDOW_MESSAGES; taken += 1) {
      const request = new AbortController();
      // The ack deadline is the request's time limit: when the lease ends, nobody waits for the answer any more.
      const onSettled = (): void => {
        request.abort();
      };
      const [delivery] = this.#queue.lease({ maxMessages: 1, onSettled });
      if (!delivery) return;
      void this.#push(delivery, request.signal);
    }
  }

  async #push(delivery: Delivery, signal: AbortSignal): Promise<void> {
    const { subscription } = this.#queue;
    this.#inFlight += 1;
    try {
      const acked = await this.#client.post(pushRequest(subscription, delivery), signal);
      if (acked) this.#acknowledge(subscription.name, [delivery.ackId]);
    } catch {
      // No answer, or the acknowledgement could not be written down: a nack, as is every other answer.
    }
    this.#inFlight -= 1;
    this.#queue.extend([delivery.ackId], 0);
    if (!this.#detached) this.offer(Infinity);
  }
}
