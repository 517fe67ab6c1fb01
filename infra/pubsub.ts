import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';
import type { Plan, SubscriptionPlan } from '../pipelines/model/plan.ts';
import { serviceUrl } from './functions.ts';
import type { Identities } from './identities.ts';
import { find } from './lookup.ts';

export interface Topics {
  readonly byName: ReadonlyMap<string, gcp.pubsub.Topic>;
  readonly grants: readonly pulumi.Resource[];
}

/** Topics, to each of which the functions may publish. */
export function createTopics(plan: Plan, { functions }: Identities): Topics {
  const byName = new Map(plan.topics.map(({ name }) => [name, new gcp.pubsub.Topic(name, { name })]));
  const grants = [...byName].map(
    ([name, topic]) =>
      new gcp.pubsub.TopicIAMMember(`${name}-functions-publish`, {
        topic: topic.name,
        role: 'roles/pubsub.publisher',
        member: functions.member,
      }),
  );
  return { byName, grants };
}

interface Ends {
  readonly topics: Topics['byName'];
  /** By `FunctionPlan.name`. */
  readonly functions: ReadonlyMap<string, gcp.cloudfunctionsv2.Function>;
  readonly identities: Identities;
}

/** Push subscriptions, the right of the pusher to call each function, and what a dead letter needs. */
export function createSubscriptions(plan: Plan, { topics, functions, identities }: Ends): pulumi.Resource[] {
  const deadLetters = new Set(plan.subscriptions.flatMap(({ deadLetter }) => (deadLetter ? [deadLetter.topic] : [])));
  const publish = [...deadLetters].map(
    (name) =>
      new gcp.pubsub.TopicIAMMember(`${name}-agent-publish`, {
        topic: find(topics, name).name,
        role: 'roles/pubsub.publisher',
        member: identities.pubsubAgent.member,
      }),
  );
  const subscribe = plan.subscriptions.flatMap((planned) => {
    const target = find(functions, planned.function);
    const invoker = new gcp.cloudrunv2.ServiceIamMember(`${planned.name}-pusher-invoke`, {
      location: plan.environment.region,
      name: target.name,
      role: 'roles/run.invoker',
      member: identities.pusher.member,
    });
    const subscription = createSubscription(plan, planned, { topics, target, identities }, [invoker, ...publish]);
    return [invoker, subscription, ...mayForward(planned, subscription, identities)];
  });
  return [...publish, ...subscribe];
}

function createSubscription(
  plan: Plan,
  planned: SubscriptionPlan,
  ends: Pick<Ends, 'topics' | 'identities'> & { readonly target: gcp.cloudfunctionsv2.Function },
  dependsOn: readonly pulumi.Resource[],
): gcp.pubsub.Subscription {
  const url = serviceUrl(ends.target);
  const { deadLetter } = planned;
  return new gcp.pubsub.Subscription(
    planned.name,
    {
      name: planned.name,
      topic: find(ends.topics, planned.topic).id,
      pushConfig: {
        // The functions framework reads the topic from the path; Cloud Run knows itself by the bare URL only.
        pushEndpoint: pulumi.interpolate`${url}/projects/${plan.environment.projectId}/topics/${planned.topic}`,
        oidcToken: { serviceAccountEmail: ends.identities.pusher.email, audience: url },
      },
      ackDeadlineSeconds: planned.ackDeadlineSeconds,
      messageRetentionDuration: `${planned.retentionSeconds}s`,
      retryPolicy: {
        minimumBackoff: `${planned.minBackoffSeconds}s`,
        maximumBackoff: `${planned.maxBackoffSeconds}s`,
      },
      ...(deadLetter
        ? {
            deadLetterPolicy: {
              deadLetterTopic: find(ends.topics, deadLetter.topic).id,
              maxDeliveryAttempts: deadLetter.maxDeliveryAttempts,
            },
          }
        : {}),
      // Otherwise a subscription that is quiet for 31 days is deleted, and the one to the dead letter should be quiet.
      expirationPolicy: { ttl: '' },
    },
    { dependsOn: [...dependsOn] },
  );
}

/** https://cloud.google.com/pubsub/docs/handling-failures#grant_forwarding_permissions */
function mayForward(
  { name, deadLetter }: SubscriptionPlan,
  subscription: gcp.pubsub.Subscription,
  { pubsubAgent }: Identities,
): pulumi.Resource[] {
  if (!deadLetter) return [];
  return [
    new gcp.pubsub.SubscriptionIAMMember(`${name}-agent-subscribe`, {
      subscription: subscription.name,
      role: 'roles/pubsub.subscriber',
      member: pubsubAgent.member,
    }),
  ];
}
