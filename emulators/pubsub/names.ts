import { ApiError } from '../kit/errors.ts';

export type Collection = 'topics' | 'subscriptions' | 'schemas';

/** What a subscription's topic is called once the topic is gone. */
export const DELETED_TOPIC = '_deleted-topic_';
/** What a topic's schema is called once the schema is gone. */
export const DELETED_SCHEMA = '_deleted-schema_';

const NAME = /^projects\/([^/]+)\/(topics|subscriptions|schemas)\/([A-Za-z][A-Za-z0-9\-_.~+%]{2,254})$/;

/**
 * Checks `projects/{project}/{collection}/{id}` and returns it.
 * @throws ApiError INVALID_ARGUMENT by https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names
 */
export function checkName(collection: Collection, name: string): string {
  const found = NAME.exec(name);
  if (found?.[2] !== collection || found[3]?.startsWith('goog')) {
    throw new ApiError('INVALID_ARGUMENT', `Invalid [${collection}] name: (name=${name})`);
  }
  return name;
}

export function projectOf(name: string): string {
  return name.split('/')[1] ?? '';
}

export function idOf(name: string): string {
  return name.split('/')[3] ?? name;
}

export function notFound(name: string): ApiError {
  return new ApiError('NOT_FOUND', `Resource not found (resource=${idOf(name)}).`);
}

export function alreadyExists(name: string): ApiError {
  return new ApiError('ALREADY_EXISTS', `Resource already exists in the project (resource=${idOf(name)}).`);
}
