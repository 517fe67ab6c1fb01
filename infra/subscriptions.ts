import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';
import { labels } from '../pipelines/model/names.ts';
import type { EventSubscriptionPlan, Plan, SubscriptionPlan } from '../pipelines/model/resources.ts';
import type { Functions } from './functions.ts';
import type { Identities } from './identities.ts';
import type { Topics } from './topics.ts';
import type { Warehouse } from './bigquery.ts';

interface Parts {
  readonly identities: Identities;
  readonly topics: Topics;
  readonly functions: Functions;
  readonly warehouse: Warehouse;
}

/** From topics to functions and to tables, with what dead letters need; whoever may call a function is named here. */
export class Subscriptions extends pulumi.ComponentResource {
  private readonly plan: Plan;
  private readonly parts: Parts;

  constructor(plan: Plan, parts: Parts) {
    super('alir:infra:Subscriptions', 'subscriptions');
    this.plan = plan;
    this.parts = parts;
    const forwarding = this.mayForward();
    // Projects from before April 2021 lack this: https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions
    const signing = new gcp.serviceaccount.IAMMember(
      'pubsub-agent-signs-as-pusher',
      {
        serviceAccountId: parts.identities.pusher.name,
        role: 'roles/iam.serviceAccountTokenCreator',
        member: parts.identities.pubsubAgent.member,
      },
      { parent: this },
    );
    for (const planned of plan.subscriptions) this.createPush(planned, [...forwarding, signing]);
    for (const planned of plan.eventSubscriptions) this.createEvents(planned, forwarding);
  }

  /** https://cloud.google.com/pubsub/docs/handling-failures#grant_forwarding_permissions */
  private mayForward(): pulumi.Resource[] {
    const { subscriptions, eventSubscriptions } = this.plan;
    const targets = [...subscriptions, ...eventSubscriptions].flatMap(({ deadLetter }) => deadLetter?.topic ?? []);
    return [...new Set(targets)].map(
      (name) =>
        new gcp.pubsub.TopicIAMMember(
          `pubsub-agent-publishes-${name}`,
          {
            topic: this.parts.topics.get(name).name,
            role: 'roles/pubsub.publisher',
            member: this.parts.identities.pubsubAgent.member,
          },
          { parent: this },
        ),
    );
  }

  private createPush(planned: SubscriptionPlan, dependsOn: readonly pulumi.Resource[]): void {
    const { identities, functions } = this.parts;
    const { environment } = this.plan;
    const url = functions.url(planned.function);
    const invoker = new gcp.cloudrunv2.ServiceIamMember(
      `pusher-invokes-${planned.function}`,
      {
        location: environment.region,
        name: functions.get(planned.function).name,
        role: 'roles/run.invoker',
        member: identities.pusher.member,
      },
      { parent: this },
    );
    this.create(
      planned,
      {
        labels: { ...labels(environment.name) },
        pushConfig: {
          // The functions framework reads the topic from the path; Cloud Run knows itself by the bare URL only.
          pushEndpoint: pulumi.interpolate`${url}/projects/${environment.projectId}/topics/${planned.topic}`,
          oidcToken: { serviceAccountEmail: identities.pusher.email, audience: url },
        },
        ackDeadlineSeconds: planned.ackDeadlineSeconds,
        retryPolicy: {
          minimumBackoff: `${planned.minBackoffSeconds}s`,
          maximumBackoff: `${planned.maxBackoffSeconds}s`,
        },
      },
      [...dependsOn, invoker],
    );
  }

  /** Pub/Sub writes each event's fields into the columns of the same name: https://cloud.google.com/pubsub/docs/bigquery */
  private createEvents(planned: EventSubscriptionPlan, dependsOn: readonly pulumi.Resource[]): void {
    const { dataset, name } = planned.table;
    const table = this.parts.warehouse.table(dataset, name);
    const grants = ['dataEditor', 'metadataViewer'].map(
      (role) =>
        new gcp.bigquery.IamMember(
          `pubsub-agent-${role}-${dataset}.${name}`,
          {
            datasetId: table.datasetId,
            tableId: table.tableId,
            role: `roles/bigquery.${role}`,
            member: this.parts.identities.pubsubAgent.member,
          },
          { parent: this },
        ),
    );
    this.create(
      planned,
      {
        labels: { ...planned.labels },
        bigqueryConfig: {
          table: pulumi.interpolate`${this.plan.environment.projectId}.${table.datasetId}.${table.tableId}`,
          useTopicSchema: true,
          writeMetadata: true,
        },
      },
      [...dependsOn, ...grants],
    );
  }

  private create(
    planned: SubscriptionPlan | EventSubscriptionPlan,
    args: Omit<gcp.pubsub.SubscriptionArgs, 'topic'>,
    dependsOn: pulumi.Resource[],
  ): void {
    const { identities, topics } = this.parts;
    const { name, deadLetter } = planned;
    const subscription = new gcp.pubsub.Subscription(
      name,
      {
        name,
        topic: topics.get(planned.topic).id,
        messageRetentionDuration: `${planned.retentionSeconds}s`,
        // Otherwise a subscription that is quiet for 31 days is deleted, and the one to the dead letter should be quiet.
        expirationPolicy: { ttl: '' },
        ...(deadLetter
          ? {
              deadLetterPolicy: {
                deadLetterTopic: topics.get(deadLetter.topic).id,
                maxDeliveryAttempts: deadLetter.maxDeliveryAttempts,
              },
            }
          : {}),
        ...args,
      },
      { parent: this, dependsOn },
    );
    if (!deadLetter) return;
    new gcp.pubsub.SubscriptionIAMMember(
      `pubsub-agent-subscribes-${name}`,
      {
        subscription: subscription.name,
        role: 'roles/pubsub.subscriber',
        member: identities.pubsubAgent.member,
      },
      { parent: this },
    );
  }
}
