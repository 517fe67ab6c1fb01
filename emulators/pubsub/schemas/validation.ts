import { ApiError } from '../../kit/errors.ts';
import type { Encoding, NewMessage, SchemaRevision, Topic } from '../model.ts';
import type { Store } from '../store.ts';
import { Misfit } from './decode.ts';
import { allowedRevisions, compiledRevision } from './revisions.ts';
import { type Compiled, decode } from './schema.ts';

/** What Pub/Sub adds to a message of a topic with a schema: https://cloud.google.com/pubsub/docs/schemas#subscribe */
export const SCHEMA_NAME = 'googclient_schemaname';
export const SCHEMA_ENCODING = 'googclient_schemaencoding';
export const SCHEMA_REVISION = 'googclient_schemarevisionid';

/**
 * The messages as they are kept: those of a topic with a schema say which revision they fit.
 * @throws ApiError INVALID_ARGUMENT for a message that fits none, NOT_FOUND when the schema is gone
 */
export function withSchema(store: Store, { schemaSettings }: Topic, messages: readonly NewMessage[]): NewMessage[] {
  if (!schemaSettings) return [...messages];
  const revisions = allowedRevisions(store, schemaSettings);
  const { schema, encoding } = schemaSettings;
  return messages.map((message) => {
    const { revisionId } = firstThatFits(revisions, message.data, encoding);
    const stamp = { [SCHEMA_NAME]: schema, [SCHEMA_ENCODING]: encoding, [SCHEMA_REVISION]: revisionId };
    return { ...message, attributes: { ...message.attributes, ...stamp } };
  });
}

/** @throws ApiError INVALID_ARGUMENT */
export function fits(compiled: Compiled, data: Buffer, encoding: Encoding): void {
  try {
    decode(compiled, data, encoding);
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    const reason = encoding === 'JSON' ? 'INVALID_JSON_AVRO_MESSAGE' : 'INVALID_BINARY_AVRO_MESSAGE';
    throw new ApiError(
      'INVALID_ARGUMENT',
      `Invalid data in message: Message failed schema validation. ${error.message}`,
      {
        reason,
      },
    );
  }
}

/** What the newest revision says against the message is what its publisher wants to know. */
function firstThatFits(revisions: readonly SchemaRevision[], data: Buffer, encoding: Encoding): SchemaRevision {
  let refused: unknown;
  for (const revision of revisions) {
    try {
      fits(compiledRevision(revision), data, encoding);
      return revision;
    } catch (error) {
      refused ??= error;
    }
  }
  throw refused;
}
