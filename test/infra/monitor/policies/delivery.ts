import { before, type Graph, ofType, type Resource } from '../graph.ts';
import { each, finding, type Finding, lastOf, type Policy } from './policy.ts';

const AGENT = /^serviceAccount:service-\d+@gcp-sa-pubsub\.iam\.gserviceaccount\.com$/;

interface DeadLetter {
  readonly deadLetterTopic?: unknown;
  readonly maxDeliveryAttempts?: number;
}

/** What a tick meets on its way: it sets everything else in motion, and a message without a subscription is gone. */
const ON_THE_WAY = /:(?:Subscription|Function|Table|Database|User|SecretVersion|\w*(?:Iam|IAM)Member)$/;

export const deliveryPolicies: readonly Policy[] = [
  {
    name: 'a message that nobody can handle is kept: every subscription has a dead letter, but the one that hears of it',
    check: (graph) => {
      const subscriptions = ofType(graph, 'Subscription');
      const deadLetters = new Set(subscriptions.map((one) => lastOf(deadLetterOf(one)?.deadLetterTopic)));
      return subscriptions.flatMap((subscription) => {
        const deadLetter = deadLetterOf(subscription);
        if (!deadLetter) {
          const heard = deadLetters.has(lastOf(subscription.inputs['topic']));
          return heard ? [] : [finding(subscription, 'has no dead letter')];
        }
        return forwarding(graph, subscription, deadLetter);
      });
    },
  },
  {
    name: 'somebody hears of every dead letter',
    check: (graph) => {
      const subscriptions = ofType(graph, 'Subscription');
      const heard = new Set(subscriptions.map(({ inputs }) => lastOf(inputs['topic'])));
      return subscriptions.flatMap((subscription) => {
        const topic = deadLetterOf(subscription)?.deadLetterTopic;
        return topic === undefined || heard.has(lastOf(topic))
          ? []
          : [finding(subscription, `nobody subscribes to its dead letter ${lastOf(topic)}`)];
      });
    },
  },
  each('a quiet subscription does not expire', ['Subscription'], ({ inputs }) => {
    const { ttl } = (inputs['expirationPolicy'] ?? {}) as { ttl?: string };
    return ttl === '' ? undefined : `expires after ${ttl ?? '31 days'}`;
  }),
  each('a schedule comes after everything that its tick needs', ['Job'], (job, graph) => {
    const earlier = before(graph, job);
    const needed = graph.resources.filter(({ type }) => ON_THE_WAY.test(type));
    const missing = needed.filter(({ urn }) => !earlier.has(urn)).map(({ type, name }) => finding({ type, name }, ''));
    return missing.length === 0 ? undefined : `does not wait for ${missing.map(({ subject }) => subject).join(', ')}`;
  }),
];

function deadLetterOf({ inputs }: Resource): DeadLetter | undefined {
  return inputs['deadLetterPolicy'] as DeadLetter | undefined;
}

/** https://cloud.google.com/pubsub/docs/handling-failures#grant_forwarding_permissions */
function forwarding(
  graph: Graph,
  subscription: Resource,
  { deadLetterTopic, maxDeliveryAttempts }: DeadLetter,
): Finding[] {
  const mayPublish = ofType(graph, 'TopicIAMMember').some(
    ({ inputs }) =>
      lastOf(inputs['topic']) === lastOf(deadLetterTopic) &&
      inputs['role'] === 'roles/pubsub.publisher' &&
      AGENT.test(String(inputs['member'])),
  );
  const mayTake = ofType(graph, 'SubscriptionIAMMember').some(
    ({ inputs }) =>
      lastOf(inputs['subscription']) === lastOf(subscription.inputs['name']) &&
      inputs['role'] === 'roles/pubsub.subscriber' &&
      AGENT.test(String(inputs['member'])),
  );
  const attempts = maxDeliveryAttempts ?? 0;
  return [
    ...(mayPublish ? [] : [finding(subscription, `Pub/Sub may not publish to ${lastOf(deadLetterTopic)}`)]),
    ...(mayTake ? [] : [finding(subscription, 'Pub/Sub may not take from it what it moves to the dead letter')]),
    ...(attempts >= 5 && attempts <= 100 ? [] : [finding(subscription, `${attempts} attempts are not 5 to 100`)]),
  ];
}
