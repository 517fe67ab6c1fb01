import { invalid } from '../checks.ts';
import type { SchemaRevision } from '../model.ts';
import { compiledRevision } from './revisions.ts';
import { compile } from './schema.ts';

/**
 * A new revision reads what was written with an old one, and the other way round: optional fields may come and go, and
 * nothing else may change. https://cloud.google.com/pubsub/docs/commit-schema-revision
 * @throws ApiError INVALID_ARGUMENT
 */
export function checkCompatible(old: SchemaRevision, definition: string): void {
  const before = compiledRevision(old).type;
  const after = compile(definition).type;
  try {
    before.createResolver(after);
    after.createResolver(before);
  } catch (error) {
    const why = Error.isError(error) ? error.message : String(error);
    throw invalid(`Incompatible schema revision: it does not fit revision ${old.revisionId} (${why}).`);
  }
}
