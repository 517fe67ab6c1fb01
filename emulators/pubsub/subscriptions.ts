import type { Json, Subscription } from './model.ts';
import { alreadyExists, checkName } from './names.ts';
import { page, type Page, type PageRequest } from './paging.ts';
import type { Store } from './store.ts';
import { parseSubscription, patchSubscription } from './subscription.ts';

/** What can be done with subscriptions, https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions */
export class Subscriptions {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  create(name: string, json: Json): Subscription {
    const subscription = parseSubscription(name, json);
    if (this.#store.queues.has(name)) throw alreadyExists(name);
    this.#store.topic(subscription.topic);
    return this.#save(subscription);
  }

  get(name: string): Subscription {
    return this.#store.queue(checkName('subscriptions', name)).subscription;
  }

  update(name: string, patch: Json, paths: readonly string[]): Subscription {
    return this.#save(patchSubscription(this.get(name), patch, paths));
  }

  /** An empty configuration turns a push subscription into a pulled one. */
  modifyPushConfig(name: string, pushConfig: unknown): void {
    this.update(name, { pushConfig: pushConfig ?? {} }, ['pushConfig']);
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

  #save(subscription: Subscription): Subscription {
    const { deadLetterPolicy } = subscription;
    if (deadLetterPolicy) this.#store.topic(deadLetterPolicy.deadLetterTopic);
    this.#store.commit({ type: 'subscription', subscription });
    return subscription;
  }
}
