import { afterAll, afterEach, beforeAll } from '@jest/globals';
import type { CreateSubscriptionOptions, Subscription, Topic } from '@google-cloud/pubsub';
import { QUICK, type RunningPubSub, startPubSub } from './harness.ts';

/** One emulator for the tests of a file, emptied after each of them; with retries a hundred times quicker. */
export interface PubSubOfFile {
  /** Only inside tests and hooks: the emulator starts before the first of them. */
  readonly pubsub: () => RunningPubSub;
  /** A topic and a subscription of the test's own, closed when it is over. */
  readonly topicWithSubscription: (
    options?: CreateSubscriptionOptions,
  ) => Promise<{ topic: Topic; subscription: Subscription; id: string }>;
  /** Has a subscription that the test opened by itself closed when it is over. */
  readonly closeAfter: (subscription: Subscription) => void;
}

export function pubSubOfFile(): PubSubOfFile {
  let running: RunningPubSub | undefined;
  let made = 0;
  const opened: Subscription[] = [];
  const pubsub = (): RunningPubSub => {
    if (!running) throw new Error('the emulator starts before the first test, and not before that');
    return running;
  };
  beforeAll(async () => {
    running = await startPubSub({ env: QUICK });
  });
  afterEach(async () => {
    await Promise.all(
      opened.splice(0).map(async (subscription) => {
        await subscription.close();
      }),
    );
    await pubsub().call('POST', '/emulator/v1/reset');
  });
  afterAll(async () => {
    await running?.stop();
  });
  return {
    pubsub,
    async topicWithSubscription(options = {}) {
      made += 1;
      const [topic] = await pubsub().client.createTopic(`topic-${made}`);
      const id = `sub-${made}`;
      const [subscription] = await topic.createSubscription(id, options);
      opened.push(subscription);
      return { topic, subscription, id };
    },
    closeAfter: (subscription) => {
      opened.push(subscription);
    },
  };
}
