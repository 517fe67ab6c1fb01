import { PubSub } from '@google-cloud/pubsub';
import type { EventSubscriptionPlan, Plan } from '../../pipelines/model/resources.ts';
import { existing } from './pubsub.ts';

/** Creates the subscriptions through which Pub/Sub writes events into tables; one that is there gets the plan's settings. */
export async function applyEventSubscriptions(plan: Plan): Promise<void> {
  if (plan.eventSubscriptions.length === 0) return;
  const client = new PubSub({ projectId: plan.environment.projectId });
  try {
    await Promise.all(
      plan.eventSubscriptions.map(async (subscription) => {
        const { name, topic, labels } = subscription;
        const options = settingsOf(plan, subscription);
        const created = await existing(client.topic(topic).createSubscription(name, { ...options, labels }));
        if (!created) await client.subscription(name).setMetadata(options);
      }),
    );
  } finally {
    await client.close();
  }
}

function settingsOf({ environment: { projectId } }: Plan, subscription: EventSubscriptionPlan) {
  const { table, deadLetter, retentionSeconds } = subscription;
  return {
    bigqueryConfig: {
      table: `${projectId}.${table.dataset}.${table.name}`,
      useTopicSchema: true,
      writeMetadata: true,
    },
    // Without it, a subscription that is quiet for 31 days is deleted.
    expirationPolicy: {},
    messageRetentionDuration: { seconds: retentionSeconds },
    deadLetterPolicy: {
      deadLetterTopic: `projects/${projectId}/topics/${deadLetter.topic}`,
      maxDeliveryAttempts: deadLetter.maxDeliveryAttempts,
    },
  };
}
