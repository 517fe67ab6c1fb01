import type { Contract } from '../../schemas/contract.ts';
import { checkColumns, type Path, type Report, typeName } from './check-columns.ts';
import { metadataColumns, metadataFields, topicSchema } from './event-columns.ts';
import type { EventPipeline } from './pipeline.ts';

/** https://cloud.google.com/pubsub/docs/schemas#quotas */
const SCHEMA_MAX_BYTES = 300_000;
/** Pub/Sub keeps these to itself beside a topic schema, in camel case too: https://cloud.google.com/pubsub/docs/create-bigquery-subscription#write-metadata */
const RESERVED = [...metadataColumns.map(({ name }) => name), 'data'];
/** A topic schema with these asks for change data capture, which upserts and deletes: https://cloud.google.com/pubsub/docs/bigquery#cdc-ingestion */
const CHANGE_FIELDS = ['_change_type', '_change_sequence_number'];

/** What Pub/Sub or BigQuery would refuse, said before anything is deployed. */
export function checkEvents({ events }: EventPipeline, contract: Contract, report: Report): void {
  const at = ['events'];
  const bytes = Buffer.byteLength(topicSchema(contract));
  if (bytes > SCHEMA_MAX_BYTES) {
    const rule = `contract ${contract.id} has ${bytes} bytes, and a topic's schema at most ${SCHEMA_MAX_BYTES}`;
    report([...at, 'contract'], rule, events.contract);
  }
  checkFields(contract, [...at, 'contract'], report);

  const columns = checkColumns({ id: contract.id, fields: [...metadataFields, ...contract.fields] }, report);
  columns.cluster(events.cluster ?? [], [...at, 'cluster']);
  if (!events.partition) return;
  const { field, by } = events.partition;
  const found = columns.field(field, [...at, 'partition', 'field']);
  if (found && typeName(found.type) === 'array') {
    report([...at, 'partition', 'field'], 'BigQuery does not partition by arrays', field);
  }
  columns.partition(found, by, [...at, 'partition']);
}

function checkFields(contract: Contract, at: Path, report: Report): void {
  const { fields } = contract.avro as { readonly fields: readonly { readonly name: string; readonly type: unknown }[] };
  for (const { name, type } of fields) {
    const plain = name.toLowerCase();
    const reserved = RESERVED.find((one) => one.replaceAll('_', '') === plain.replaceAll('_', ''));
    if (reserved !== undefined) {
      report(at, `field "${name}" has the name of Pub/Sub's own column ${reserved}`, contract.id, 'rename it');
    }
    if (CHANGE_FIELDS.includes(plain)) {
      report(at, `field "${name}" would make Pub/Sub upsert and delete rows`, contract.id, 'rename it');
    }
    const refused = refusalOf(type);
    if (refused) report(at, `field "${name}": ${refused[0]}`, contract.id, refused[1]);
  }
}

/**
 * Why Pub/Sub cannot write a value of this Avro type into the column that it is given, and what to do. What is not said
 * here fits: https://cloud.google.com/pubsub/docs/bigquery#avro-types
 */
function refusalOf(type: unknown): readonly [rule: string, hint: string] | undefined {
  if (Array.isArray(type)) {
    if (type.some((branch) => isObject(branch) && branch['type'] === 'array')) {
      return ['Pub/Sub maps no array that may be null', 'leave "null" out; an empty array says the same'];
    }
    return type.map(refusalOf).find((refused) => refused !== undefined);
  }
  if (!isObject(type)) return undefined;
  if (type['type'] === 'array') return refusalOf(type['items']);
  if (type['type'] === 'enum') return ['Pub/Sub writes an enum as an INTEGER, not as its symbol', 'use a string'];
  if (Array.isArray(type['fields'])) {
    return type['fields']
      .map((field: unknown) => (isObject(field) ? refusalOf(field['type']) : undefined))
      .find(Boolean);
  }
  if (String(type['logicalType']).startsWith('local-timestamp')) {
    return ['to Pub/Sub a local timestamp is an INTEGER, not a DATETIME', 'use timestamp-micros, or a string'];
  }
  return undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
