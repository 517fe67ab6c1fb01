import { eventTopicName, functionName, functionNames } from '../../pipelines/model/names.ts';
import type { Catalog } from '../../pipelines/model/read.ts';

/** What a dead letter says of itself in its attributes. */
type Attributes = Readonly<Record<string, string>>;

/** Attributes that Pub/Sub puts on what it forwards, and on what a topic with a schema delivers; nobody else may. */
const OF_PUBSUB = /^(?:CloudPubSubDeadLetterSource|goog)/;

/** The function that gave a message up, or that never took it: a push subscription has the name of its function. */
export function giverOf(attributes: Attributes, environment: string): string {
  const subscription = attributes['CloudPubSubDeadLetterSourceSubscription'] ?? '';
  const ours = functionNames.find((name) => functionName(environment, name) === subscription);
  return attributes['alirStage'] ?? ours ?? subscription;
}

/** The event pipeline that a letter is an event of: Pub/Sub gave it up on its way into that pipeline's table. */
export function eventPipelineOf(attributes: Attributes, environment: string, catalog: Catalog): string | undefined {
  const subscription = attributes['CloudPubSubDeadLetterSourceSubscription'];
  return catalog.events.find(({ pipeline }) => eventTopicName(environment, pipeline) === subscription)?.pipeline;
}

/** The attributes that its publisher gave it. */
export function publishedAttributes(attributes: Attributes): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => !OF_PUBSUB.test(name)));
}
