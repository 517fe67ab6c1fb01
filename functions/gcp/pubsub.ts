import { PubSub } from '@google-cloud/pubsub';
import { asAlirError } from './pubsub-errors.ts';

export interface Publisher {
  /**
   * Publishes one message and returns its id.
   * @throws TerminalError RESOURCE_MISSING when there is no such topic; ACCESS_DENIED without permission
   * @throws TransientError otherwise, as `pubsub-errors.ts` says
   */
  publish(topic: string, data: Buffer, attributes?: Readonly<Record<string, string>>): Promise<string>;
  close(): Promise<void>;
}

/** The client finds an emulator by PUBSUB_EMULATOR_HOST itself. */
export function openPublisher(projectId: string): Publisher {
  const client = new PubSub({ projectId });
  const topics = new Map<string, ReturnType<PubSub['topic']>>();
  const topicOf = (name: string): ReturnType<PubSub['topic']> => {
    const known = topics.get(name);
    if (known) return known;
    // One message at a time: a message must be in Pub/Sub before the one that caused it is acknowledged.
    const topic = client.topic(name, { batching: { maxMessages: 1 } });
    topics.set(name, topic);
    return topic;
  };
  return {
    async publish(topic, data, attributes = {}) {
      try {
        return await topicOf(topic).publishMessage({ data, attributes: { ...attributes } });
      } catch (error) {
        throw asAlirError(topic, error);
      }
    },
    close: async () => {
      await client.close();
    },
  };
}
