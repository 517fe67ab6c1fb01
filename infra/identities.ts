import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';
import { serviceAccountName } from '../pipelines/model/names.ts';
import type { Plan } from '../pipelines/model/resources.ts';
import type { Apis } from './apis.ts';
import { find } from './lookup.ts';

/** Who acts. The `member` of each is what a grant names. */
export class Identities extends pulumi.ComponentResource {
  /** As whom Pub/Sub calls the functions; nobody else may. */
  readonly pusher: gcp.serviceaccount.Account;
  /** As whom Cloud Build builds the functions. */
  readonly builder: gcp.serviceaccount.Account;
  /** Google's own account for Pub/Sub in this project: it moves messages to the dead letter and events into tables. */
  readonly pubsubAgent: gcp.projects.ServiceIdentity;
  private readonly functions: ReadonlyMap<string, gcp.serviceaccount.Account>;

  constructor({ environment, functions }: Plan, apis: Apis) {
    super('alir:infra:Identities', 'identities');
    const account = (actor: string, accountId: string, description: string) =>
      new gcp.serviceaccount.Account(actor, { accountId, description }, { parent: this, dependsOn: apis.need('iam') });

    this.functions = new Map(
      functions.map(({ name, entryPoint, serviceAccount }) => [
        name,
        account(entryPoint, serviceAccount, `The function ${name} runs as this account.`),
      ]),
    );
    this.pusher = account(
      'pusher',
      serviceAccountName(environment.name, 'pusher'),
      'Pub/Sub calls the functions as this account.',
    );
    this.builder = account(
      'builder',
      serviceAccountName(environment.name, 'builder'),
      'Cloud Build builds the functions as this account.',
    );
    this.pubsubAgent = new gcp.projects.ServiceIdentity(
      'pubsub-agent',
      { project: environment.projectId, service: 'pubsub.googleapis.com' },
      { parent: this, dependsOn: apis.need('pubsub') },
    );
  }

  /** @param name `FunctionPlan.name` */
  function(name: string): gcp.serviceaccount.Account {
    return find(this.functions, name);
  }
}
