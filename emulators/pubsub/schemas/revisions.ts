import { ApiError } from '../../kit/errors.ts';
import { DELETED_SCHEMA, notFound } from '../names.ts';
import type { Schema, SchemaRevision, SchemaSettings } from '../model.ts';
import type { Store } from '../store.ts';
import { compile, type Compiled } from './schema.ts';

/** A revision never changes, so that it is compiled once. */
const compiled = new WeakMap<SchemaRevision, Compiled>();

export function compiledRevision(revision: SchemaRevision): Compiled {
  const found = compiled.get(revision) ?? compile(revision.definition);
  compiled.set(revision, found);
  return found;
}

/**
 * The revision that `projects/p/schemas/s@1a2b3c4d` names, or the newest when no revision is named.
 * @throws ApiError NOT_FOUND
 */
export function findRevision(store: Store, name: string): { schema: Schema; revision: SchemaRevision } {
  const [schemaName = '', revisionId] = name.split('@');
  const schema = store.schemas.get(schemaName);
  const revision = revisionId === undefined ? schema?.revisions.at(-1) : revisionOf(schema, revisionId);
  if (!schema || !revision) throw notFound(name);
  return { schema, revision };
}

export function revisionOf(schema: Schema | undefined, revisionId: string): SchemaRevision | undefined {
  return schema?.revisions.find((revision) => revision.revisionId === revisionId);
}

/**
 * The revisions that a topic takes, newest first: https://cloud.google.com/pubsub/docs/associate-schema-topic
 * @throws ApiError NOT_FOUND when the schema or an end of the range is gone
 */
export function allowedRevisions(store: Store, settings: SchemaSettings): SchemaRevision[] {
  if (settings.schema === DELETED_SCHEMA) {
    throw new ApiError('NOT_FOUND', 'The schema associated with the topic has been deleted.');
  }
  const { schema } = findRevision(store, settings.schema);
  const ends = [settings.firstRevisionId, settings.lastRevisionId].map((id) => {
    if (id === '') return undefined;
    const found = schema.revisions.findIndex(({ revisionId }) => revisionId === id);
    if (found < 0) throw notFound(`${settings.schema}@${id}`);
    return found;
  });
  const [first = 0, last = schema.revisions.length - 1] = ends;
  return schema.revisions.slice(first, last + 1).reverse();
}
