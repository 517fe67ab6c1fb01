import type { BigQueryColumn } from '../../schemas/bigquery.ts';
import type { Contract, ContractField } from '../../schemas/contract.ts';

/** What Pub/Sub writes beside the event: https://cloud.google.com/pubsub/docs/create-bigquery-subscription#write-metadata */
export const metadataColumns: readonly BigQueryColumn[] = [
  metadata('subscription_name', 'STRING', 'Subscription that the event came through, by its full name.'),
  metadata(
    'message_id',
    'STRING',
    'Given by Pub/Sub to each publish; rows that share it are one event, delivered twice.',
  ),
  metadata('publish_time', 'TIMESTAMP', 'When Pub/Sub received the event.'),
  metadata('attributes', 'JSON', 'Attributes of the message, and its ordering key if it has one.'),
];

/** The metadata that can partition and cluster, as if it were of the contract. */
export const metadataFields: readonly ContractField[] = [
  { name: 'subscription_name', doc: '', type: 'string', nullable: true },
  { name: 'message_id', doc: '', type: 'string', nullable: true },
  { name: 'publish_time', doc: '', type: 'timestamp-micros', nullable: true },
];

/** The contract as the definition of a topic's schema: Avro, as JSON text. */
export function topicSchema(contract: Contract): string {
  return JSON.stringify(contract.avro);
}

function metadata(name: string, type: string, description: string): BigQueryColumn {
  return { name, type, mode: 'NULLABLE', description };
}
