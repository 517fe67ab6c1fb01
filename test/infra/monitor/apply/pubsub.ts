import { type CreateSubscriptionOptions, type PubSub, SchemaTypes } from '@google-cloud/pubsub';
import type { Resource } from '../graph.ts';
import { duration, lastPart, take } from './inputs.ts';

interface Topic {
  readonly name: string;
  readonly labels?: Record<string, string>;
  readonly messageRetentionDuration?: string;
  readonly schemaSettings?: { readonly schema: string; readonly encoding: 'JSON' | 'BINARY' };
}

export async function applyTopic(client: PubSub, resource: Resource): Promise<void> {
  const { name, messageRetentionDuration, ...topic } = take<Topic>(resource, [
    'name',
    'labels',
    'messageRetentionDuration',
    'schemaSettings',
  ]);
  await client.createTopic({
    name,
    ...topic,
    ...(messageRetentionDuration === undefined ? {} : { messageRetentionDuration: duration(messageRetentionDuration) }),
  });
}

interface Schema {
  readonly name: string;
  readonly type: string;
  readonly definition: string;
}

export async function applySchema(client: PubSub, resource: Resource): Promise<void> {
  const { name, type, definition } = take<Schema>(resource, ['name', 'type', 'definition']);
  if (type !== SchemaTypes.Avro) throw new Error(`${name}: a contract is Avro, and this schema is ${type}`);
  await client.createSchema(name, SchemaTypes.Avro, definition);
}

interface Subscription {
  readonly name: string;
  readonly topic: string;
  readonly labels?: Record<string, string>;
  readonly pushConfig?: CreateSubscriptionOptions['pushConfig'];
  readonly bigqueryConfig?: CreateSubscriptionOptions['bigqueryConfig'];
  readonly ackDeadlineSeconds?: number;
  readonly messageRetentionDuration?: string;
  readonly retryPolicy?: { readonly minimumBackoff: string; readonly maximumBackoff: string };
  readonly expirationPolicy?: { readonly ttl: string };
  readonly deadLetterPolicy?: { readonly deadLetterTopic: string; readonly maxDeliveryAttempts: number };
}

export async function applySubscription(client: PubSub, resource: Resource): Promise<void> {
  const { name, topic, messageRetentionDuration, retryPolicy, expirationPolicy, ...rest } = take<Subscription>(
    resource,
    [
      'name',
      'topic',
      'labels',
      'pushConfig',
      'bigqueryConfig',
      'ackDeadlineSeconds',
      'messageRetentionDuration',
      'retryPolicy',
      'expirationPolicy',
      'deadLetterPolicy',
    ],
  );
  await client.topic(lastPart(topic)).createSubscription(name, {
    ...(rest as CreateSubscriptionOptions),
    ...(messageRetentionDuration === undefined ? {} : { messageRetentionDuration: duration(messageRetentionDuration) }),
    ...(retryPolicy && {
      retryPolicy: {
        minimumBackoff: duration(retryPolicy.minimumBackoff),
        maximumBackoff: duration(retryPolicy.maximumBackoff),
      },
    }),
    // An empty ttl is a policy without one, which is never.
    ...(expirationPolicy && {
      expirationPolicy: expirationPolicy.ttl === '' ? {} : { ttl: duration(expirationPolicy.ttl) },
    }),
  });
}
