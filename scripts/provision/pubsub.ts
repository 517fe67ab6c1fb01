import { type CreateSubscriptionOptions, PubSub } from '@google-cloud/pubsub';
import type { Plan, SubscriptionPlan } from '../../pipelines/model/plan.ts';

/** gRPC's ALREADY_EXISTS. */
const ALREADY_EXISTS = 6;

/** Creates topics and push subscriptions; a subscription that is there gets the plan's settings. */
export async function applyPubSub(plan: Plan, functionUrl: (name: string) => string): Promise<void> {
  const client = new PubSub({ projectId: plan.environment.projectId });
  try {
    await Promise.all(
      plan.topics.map(async ({ name }) => {
        await existing(client.createTopic(name));
      }),
    );
    await Promise.all(
      plan.subscriptions.map(async (subscription) => {
        const options = toOptions(plan, subscription, functionUrl(subscription.function));
        const created = await existing(client.topic(subscription.topic).createSubscription(subscription.name, options));
        if (created) return;
        const { ackDeadlineSeconds, deadLetterPolicy, retryPolicy, pushConfig } = options;
        await client.subscription(subscription.name).setMetadata({
          ackDeadlineSeconds: ackDeadlineSeconds ?? null,
          deadLetterPolicy: deadLetterPolicy ?? null,
          retryPolicy: retryPolicy ?? null,
          pushConfig: pushConfig ?? null,
        });
      }),
    );
  } finally {
    await client.close();
  }
}

function toOptions(plan: Plan, subscription: SubscriptionPlan, endpoint: string): CreateSubscriptionOptions {
  const { projectId } = plan.environment;
  return {
    // The functions framework reads the topic from the path.
    pushConfig: { pushEndpoint: `${endpoint}/projects/${projectId}/topics/${subscription.topic}` },
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
  };
}

/** True when the call created something, false when it was there. */
async function existing(creation: Promise<unknown>): Promise<boolean> {
  try {
    await creation;
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === ALREADY_EXISTS) return false;
    throw error;
  }
}
