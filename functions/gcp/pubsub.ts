import { PubSub } from '@google-cloud/pubsub';
import { TerminalError, TransientError, describeError } from '../runtime/errors.ts';

/** gRPC status codes: https://grpc.io/docs/guides/status-codes/ */
const NOT_FOUND = 5;
const PERMISSION_DENIED = 7;

export interface Publisher {
  /**
   * Publishes one message and returns its id.
   * @throws TerminalError RESOURCE_MISSING when there is no such topic, or no permission
   * @throws TransientError SERVICE_UNAVAILABLE otherwise
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

function asAlirError(topic: string, error: unknown): Error {
  const code = (error as { code?: unknown }).code;
  if (code === NOT_FOUND || code === PERMISSION_DENIED) {
    const why = code === NOT_FOUND ? 'does not exist' : 'may not be published to';
    const message = `topic ${topic} ${why}; provision the environment again (pulumi up, or alir up)`;
    return new TerminalError('RESOURCE_MISSING', message, { cause: error });
  }
  return new TransientError('SERVICE_UNAVAILABLE', `publishing to ${topic} failed: ${describeError(error)}`);
}
