import type * as pulumi from '@pulumi/pulumi';
import type { Plan } from '../pipelines/model/plan.ts';
import { createWarehouse } from './bigquery.ts';
import { createFunctions, serviceUrl } from './functions.ts';
import { createIdentities } from './identities.ts';
import { createNetwork } from './network.ts';
import { createPostgres } from './postgres.ts';
import { createSubscriptions, createTopics } from './pubsub.ts';
import { createSchedules } from './scheduler.ts';
import { createBuckets } from './storage.ts';

export interface ProgramOptions {
  /** Folder of this repository, whose code the functions run. */
  readonly root: string;
  readonly postgresTier: string;
  /** A Pulumi secret. */
  readonly postgresPassword: pulumi.Output<string>;
}

export interface ProgramOutputs {
  /** By `FunctionPlan.name`. */
  readonly functionUrls: Readonly<Record<string, pulumi.Output<string>>>;
  /** `project:region:instance`, as Cloud SQL's own tools name it. */
  readonly postgresInstance: pulumi.Output<string>;
}

/** Registers every resource of a plan with Pulumi's engine. Reads nothing but its arguments. */
export function program(plan: Plan, { root, postgresTier, postgresPassword }: ProgramOptions): ProgramOutputs {
  const identities = createIdentities(plan);
  const topics = createTopics(plan, identities);
  const bucketGrants = createBuckets(plan, identities);
  const warehouse = createWarehouse(plan, identities);
  const network = createNetwork(plan);
  const postgres = createPostgres(plan, { network, identities, tier: postgresTier, password: postgresPassword });
  const functions = createFunctions(plan, { root, network, identities, databaseUrls: postgres.urls });
  const subscriptions = createSubscriptions(plan, { topics: topics.byName, functions, identities });
  // A schedule sets everything else in motion, and a message to a topic without subscriptions is gone.
  createSchedules(plan, topics.byName, [...subscriptions, ...topics.grants, ...bucketGrants, ...warehouse]);

  return {
    functionUrls: Object.fromEntries([...functions].map(([name, created]) => [name, serviceUrl(created)])),
    postgresInstance: postgres.instance.connectionName,
  };
}
