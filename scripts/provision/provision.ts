import type { Plan } from '../../pipelines/model/resources.ts';
import { applyBigQuery } from './bigquery.ts';
import { applyEventSubscriptions } from './event-subscriptions.ts';
import { applyPubSub } from './pubsub.ts';
import { applyScheduler } from './scheduler.ts';
import { applyStorage } from './storage.ts';

export interface ProvisionTarget {
  /** Where Google's clients find their services; they read it from the process's environment themselves. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Base URL of a function, by `FunctionPlan.name`. */
  readonly functionUrl: (name: string) => string;
}

/**
 * Applies a plan through Google's own clients: what is missing is created, what is there is brought up to date. Applying
 * it twice changes nothing. Databases come before (`postgres.ts`), for the ledger is in one of them. Schedules come last, for they set everything else in motion.
 */
export async function provision(plan: Plan, target: ProvisionTarget): Promise<void> {
  await Promise.all([applyStorage(plan), applyBigQuery(plan, target.env), applyPubSub(plan, target.functionUrl)]);
  await applyEventSubscriptions(plan); // After the tables that they write to.
  await applyScheduler(plan, target.env);
}
