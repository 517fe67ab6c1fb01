import * as gcp from '@pulumi/gcp';
import { serviceAccountName } from '../pipelines/model/names.ts';
import type { Plan } from '../pipelines/model/plan.ts';

/** Who acts. Each `member` is what a grant names. */
export interface Identities {
  readonly functions: gcp.serviceaccount.Account;
  /** As whom Pub/Sub calls the functions; nobody else may. */
  readonly pusher: gcp.serviceaccount.Account;
  /** Google's own account for Pub/Sub in this project: it moves messages to the dead letter. */
  readonly pubsubAgent: gcp.projects.ServiceIdentity;
}

export function createIdentities({ environment: { name, projectId } }: Plan): Identities {
  const account = (actor: 'functions' | 'pusher', description: string) =>
    new gcp.serviceaccount.Account(actor, { accountId: serviceAccountName(name, actor), description });

  const pusher = account('pusher', 'Pub/Sub calls the functions as this account.');
  const pubsubAgent = new gcp.projects.ServiceIdentity('pubsub-agent', {
    project: projectId,
    service: 'pubsub.googleapis.com',
  });
  // Projects from before April 2021 lack this: https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions
  new gcp.serviceaccount.IAMMember('pubsub-agent-signs-as-pusher', {
    serviceAccountId: pusher.name,
    role: 'roles/iam.serviceAccountTokenCreator',
    member: pubsubAgent.member,
  });
  return { functions: account('functions', 'The functions run as this account.'), pusher, pubsubAgent };
}
