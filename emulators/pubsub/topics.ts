import type { Json, Topic } from './model.ts';
import { alreadyExists, checkName, DELETED_SCHEMA } from './names.ts';
import { page, type Page, type PageRequest } from './paging.ts';
import { allowedRevisions } from './schemas/revisions.ts';
import type { Store } from './store.ts';
import { parseTopic, patchTopic } from './topic.ts';

/** What can be done with topics, https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.topics */
export class Topics {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  create(name: string, json: Json): Topic {
    const topic = parseTopic(name, json);
    if (this.#store.topics.has(name)) throw alreadyExists(name);
    this.#checkSchema(topic);
    this.#store.commit({ type: 'topic', topic });
    return topic;
  }

  get(name: string): Topic {
    return this.#store.topic(checkName('topics', name)).topic;
  }

  update(name: string, patch: Json, paths: readonly string[]): Topic {
    const topic = patchTopic(this.get(name), patch, paths);
    this.#checkSchema(topic);
    this.#store.commit({ type: 'topic', topic });
    return topic;
  }

  delete(name: string): void {
    this.get(name);
    this.#store.commit({ type: 'topicDeleted', name });
  }

  list(project: string, request: PageRequest): Page<Topic> {
    const topics = [...this.#store.topics.values()].map(({ topic }) => topic);
    const own = topics.filter(({ name }) => name.startsWith(`${project}/topics/`));
    return page(own, ({ name }) => name, request);
  }

  /** Names of the subscriptions of a topic. */
  subscriptions(topic: string, request: PageRequest): Page<string> {
    const { queues } = this.#store.topic(checkName('topics', topic));
    const names = [...queues].map(({ subscription }) => subscription.name);
    return page(names, (name) => name, request);
  }

  /** @throws ApiError NOT_FOUND */
  #checkSchema({ schemaSettings }: Topic): void {
    if (schemaSettings && schemaSettings.schema !== DELETED_SCHEMA) allowedRevisions(this.#store, schemaSettings);
  }
}
