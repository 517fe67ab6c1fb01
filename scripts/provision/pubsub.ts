import { type CreateSubscriptionOptions, Encodings, PubSub, SchemaTypes } from '@google-cloud/pubsub';
import { labels, serviceAccountName } from '../../pipelines/model/names.ts';
import type { Plan, SubscriptionPlan, TopicPlan } from '../../pipelines/model/resources.ts';

/** gRPC's ALREADY_EXISTS. */
const ALREADY_EXISTS = 6;

/** Creates topics with their schemas, and push subscriptions; what is there gets the plan's settings. */
export async function applyPubSub(plan: Plan, functionUrl: (name: string) => string): Promise<void> {
  const client = new PubSub({ projectId: plan.environment.projectId });
  try {
    await Promise.all(
      plan.topics.map(async (topic) => {
        await applyTopic(client, plan, topic);
      }),
    );
    await Promise.all(
      plan.subscriptions.map(async (subscription) => {
        const options = toOptions(plan, subscription, functionUrl(subscription.function));
        const created = await existing(client.topic(subscription.topic).createSubscription(subscription.name, options));
        if (created) return;
        await client.subscription(subscription.name).setMetadata({ deadLetterPolicy: null, ...options });
      }),
    );
  } finally {
    await client.close();
  }
}

async function applyTopic(client: PubSub, plan: Plan, topic: TopicPlan): Promise<void> {
  const settings = { labels: topic.labels, ...(topic.schema ? await applySchema(client, plan, topic.schema) : {}) };
  const created = await existing(client.createTopic({ name: topic.name, ...settings }));
  if (!created) await client.topic(topic.name).setMetadata(settings);
}

async function applySchema(client: PubSub, plan: Plan, { name, definition }: NonNullable<TopicPlan['schema']>) {
  const schema = `projects/${plan.environment.projectId}/schemas/${name}`;
  const created = await existing(client.createSchema(name, SchemaTypes.Avro, definition));
  if (!created) await reviseSchema(client, schema, definition);
  return { schemaSettings: { schema, encoding: Encodings.Json } };
}

/** A schema that says another thing gets a revision; Pub/Sub refuses one that does not fit those before. */
async function reviseSchema(client: PubSub, name: string, definition: string): Promise<void> {
  const present = await client.schema(name).get();
  if (present.definition === definition) return;
  const schemas = await client.getSchemaClient();
  await schemas.commitSchema({ name, schema: { name, type: SchemaTypes.Avro, definition } });
}

function toOptions({ environment }: Plan, subscription: SubscriptionPlan, endpoint: string) {
  const { name, projectId } = environment;
  return {
    labels: labels(name),
    pushConfig: {
      // The functions framework reads the topic from the path.
      pushEndpoint: `${endpoint}/projects/${projectId}/topics/${subscription.topic}`,
      // Nobody checks it here, but the request looks as it does in the cloud.
      oidcToken: {
        serviceAccountEmail: `${serviceAccountName(name, 'pusher')}@${projectId}.iam.gserviceaccount.com`,
        audience: endpoint,
      },
    },
    // Without it, a subscription that is quiet for 31 days is deleted.
    expirationPolicy: {},
    ackDeadlineSeconds: subscription.ackDeadlineSeconds,
    messageRetentionDuration: { seconds: subscription.retentionSeconds },
    retryPolicy: {
      minimumBackoff: { seconds: subscription.minBackoffSeconds },
      maximumBackoff: { seconds: subscription.maxBackoffSeconds },
    },
    ...(subscription.deadLetter
      ? {
          deadLetterPolicy: {
            deadLetterTopic: `projects/${projectId}/topics/${subscription.deadLetter.topic}`,
            maxDeliveryAttempts: subscription.deadLetter.maxDeliveryAttempts,
          },
        }
      : {}),
  } satisfies CreateSubscriptionOptions;
}

/** True when the call created something, false when it was there. */
export async function existing(creation: Promise<unknown>): Promise<boolean> {
  try {
    await creation;
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === ALREADY_EXISTS) return false;
    throw error;
  }
}
