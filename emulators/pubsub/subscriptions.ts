import { ApiError, describe } from '../kit/errors.ts';
import type { BigQueryClient } from './bigquery/client.ts';
import { findDestination } from './bigquery/destination.ts';
import type { Json, Subscription } from './model.ts';
import { alreadyExists, checkName } from './names.ts';
import { page, type Page, type PageRequest } from './paging.ts';
import type { Store } from './store.ts';
import { parseSubscription, patchSubscription } from './subscription.ts';

/** What can be done with subscriptions, https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions */
export class Subscriptions {
  readonly #store: Store;
  readonly #bigquery: BigQueryClient;

  constructor(store: Store, bigquery: BigQueryClient) {
    this.#store = store;
    this.#bigquery = bigquery;
  }

  async create(name: string, json: Json): Promise<Subscription> {
    const subscription = parseSubscription(name, json);
    const check = (): void => {
      if (this.#store.queues.has(name)) throw alreadyExists(name);
      this.#store.topic(subscription.topic);
    };
    check();
    await this.#checkTable(subscription);
    check();
    return this.#save(subscription);
  }

  get(name: string): Subscription {
    return this.#store.queue(checkName('subscriptions', name)).subscription;
  }

  async update(name: string, patch: Json, paths: readonly string[]): Promise<Subscription> {
    await this.#checkTable(patchSubscription(this.get(name), patch, paths));
    return this.#save(patchSubscription(this.get(name), patch, paths));
  }

  /** An empty configuration turns a push subscription into a pulled one. */
  async modifyPushConfig(name: string, pushConfig: unknown): Promise<void> {
    await this.update(name, { pushConfig: pushConfig ?? {} }, ['pushConfig']);
  }

  delete(name: string): void {
    this.get(name);
    this.#store.commit({ type: 'subscriptionDeleted', name });
  }

  list(project: string, request: PageRequest): Page<Subscription> {
    const all = [...this.#store.queues.values()].map(({ subscription }) => subscription);
    const own = all.filter(({ name }) => name.startsWith(`${project}/subscriptions/`));
    return page(own, ({ name }) => name, request);
  }

  /** A BigQuery subscription is not saved unless its table is there and fits. */
  async #checkTable(subscription: Subscription): Promise<void> {
    if (!subscription.bigqueryConfig) return;
    const found = await findDestination(this.#store, this.#bigquery, subscription).catch((error: unknown) => {
      if (error instanceof ApiError) throw error;
      throw new ApiError('UNAVAILABLE', `BigQuery cannot be asked for ${subscription.name}: ${describe(error)}`);
    });
    if ('error' in found) throw found.error;
  }

  #save(subscription: Subscription): Subscription {
    const { deadLetterPolicy } = subscription;
    if (deadLetterPolicy) this.#store.topic(deadLetterPolicy.deadLetterTopic);
    this.#store.commit({ type: 'subscription', subscription });
    return subscription;
  }
}
