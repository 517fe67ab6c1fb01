import { ApiError } from '../../kit/errors.ts';
import { invalid } from '../checks.ts';
import type { BigQueryState, Encoding, Message, Subscription } from '../model.ts';
import { DELETED_TOPIC } from '../names.ts';
import { Misfit } from '../schemas/decode.ts';
import { allowedRevisions, compiledRevision, findRevision } from '../schemas/revisions.ts';
import { decode } from '../schemas/schema.ts';
import { SCHEMA_ENCODING, SCHEMA_NAME, SCHEMA_REVISION } from '../schemas/validation.ts';
import type { Store } from '../store.ts';
import type { BigQueryClient } from './client.ts';
import { compileRow, type RenderRow } from './row.ts';
import { Unwritable } from './times.ts';

/** Where a subscription's messages go, as its table is at this moment. */
export interface Destination {
  /** The row of a message, as JSON text. @throws Unwritable */
  render(message: Message): string;
}

/**
 * Looks at the table, and at how messages become its rows.
 * @returns the state that the subscription is in when nothing can be written, with the reason
 * @throws Error when BigQuery cannot be asked
 */
export async function findDestination(
  store: Store,
  client: BigQueryClient,
  subscription: Subscription,
  signal?: AbortSignal,
): Promise<Destination | { readonly state: BigQueryState; readonly error: ApiError }> {
  const { bigqueryConfig: config, name } = subscription;
  if (!config) throw new Error(`${name} is no BigQuery subscription`);
  const columns = await client.columns(config.table, signal);
  if (!columns) {
    const error = new ApiError(
      'NOT_FOUND',
      `The BigQuery table or dataset specified cannot be found: ${config.table}.`,
    );
    return { state: 'NOT_FOUND', error };
  }
  const rows = new Map<string, RenderRow>();
  const rowOf = (revision: string): RenderRow => {
    const schema = revision === '' ? undefined : compiledRevision(findRevision(store, revision).revision).node;
    const row = rows.get(revision) ?? compileRow(name, config, columns, schema);
    rows.set(revision, row);
    return row;
  };
  try {
    const newest = newestRevision(store, subscription);
    if (newest !== undefined) rowOf(newest);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { state: 'SCHEMA_MISMATCH', error };
  }
  return {
    render: (message) => renderMessage(store, message, config.useTopicSchema ? rowOf(revisionOf(message)) : rowOf('')),
  };
}

/** `projects/p/schemas/s@1a2b3c4d`, or '' without a schema; undefined when the topic is gone and cannot be asked. */
function newestRevision(store: Store, { topic, bigqueryConfig }: Subscription): string | undefined {
  if (topic === DELETED_TOPIC) return undefined;
  const { schemaSettings } = store.topic(topic).topic;
  if (bigqueryConfig?.useTableSchema === true && schemaSettings?.encoding === 'BINARY') {
    throw invalid("use_table_schema is set, and the encoding of the topic's schema is not JSON.");
  }
  if (bigqueryConfig?.useTopicSchema !== true || !schemaSettings) return '';
  const [newest] = allowedRevisions(store, schemaSettings);
  return `${schemaSettings.schema}@${newest?.revisionId ?? ''}`;
}

function revisionOf({ attributes }: Message): string {
  const name = attributes[SCHEMA_NAME];
  if (name === undefined) throw new Unwritable('the message was published before its topic had a schema');
  return `${name}@${attributes[SCHEMA_REVISION] ?? ''}`;
}

function renderMessage(store: Store, message: Message, row: RenderRow): string {
  return row(message, () => {
    const compiled = compiledRevision(findRevision(store, revisionOf(message)).revision);
    try {
      return decode(compiled, message.data, message.attributes[SCHEMA_ENCODING] as Encoding);
    } catch (error) {
      throw error instanceof Misfit ? new Unwritable(error.message) : error;
    }
  });
}
