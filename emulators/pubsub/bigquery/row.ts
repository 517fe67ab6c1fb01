import { invalid } from '../checks.ts';
import type { BigQueryConfig, Message } from '../model.ts';
import type { AvroValue } from '../schemas/decode.ts';
import type { Node } from '../schemas/nodes.ts';
import { compileRecord } from './from-avro.ts';
import { cellsOfJson } from './from-json.ts';
import { jsonText } from './scalars.ts';
import { byName, type Column, kindOf } from './table.ts';
import { timestampText, Unwritable } from './times.ts';

/** Renders a message as the JSON text of a row. @throws Unwritable */
export type RenderRow = (message: Message, decode: () => AvroValue) => string;

/** Columns of their own beside the message: https://cloud.google.com/pubsub/docs/create-bigquery-subscription#write-metadata */
const METADATA: Readonly<Record<string, readonly string[]>> = {
  subscription_name: ['STRING'],
  message_id: ['STRING'],
  publish_time: ['TIMESTAMP'],
  attributes: ['STRING', 'JSON'],
};

/**
 * How messages of a subscription become rows.
 * @param schema of the topic; absent when it has none
 * @throws ApiError INVALID_ARGUMENT when topic, table and settings do not fit together
 */
export function compileRow(
  subscription: string,
  config: BigQueryConfig,
  columns: readonly Column[],
  schema: Node | undefined,
): RenderRow {
  const names = byName(columns);
  const metadata = config.writeMetadata ? compileMetadata(subscription, names) : (): string[] => [];
  const content = config.writeMetadata ? columns.filter(({ name }) => !(name.toLowerCase() in METADATA)) : columns;
  const cells = compileContent(config, content, schema);
  return (message, decode) => `{${[...cells(message, decode), ...metadata(message)].join(',')}}`;
}

type RenderContent = (message: Message, decode: () => AvroValue) => string[];

function compileContent(config: BigQueryConfig, columns: readonly Column[], schema: Node | undefined): RenderContent {
  if (config.useTableSchema) return ({ data }) => cellsOfJson(data, columns, config.dropUnknownFields);
  if (!config.useTopicSchema) return compileData(columns);
  if (schema?.kind !== 'record') throw invalid('use_topic_schema is set, and the topic has no schema of a record.');
  if (config.writeMetadata) checkReserved(schema.fields.map(({ name }) => name));
  const cells = compileRecord(schema.fields, columns, config.dropUnknownFields);
  return (_, decode) => cells(decode() as Readonly<Record<string, unknown>>);
}

/** In camel case too. */
function checkReserved(fields: readonly string[]): void {
  const plain = (name: string): string => name.toLowerCase().replaceAll('_', '');
  const reserved = [...Object.keys(METADATA), 'data'].map(plain);
  const clash = fields.find((name) => reserved.includes(plain(name)));
  if (clash !== undefined) {
    throw invalid(`Field ${clash} of the topic's schema has the name of a metadata column, and write_metadata is set.`);
  }
}

function compileData(columns: readonly Column[]): RenderContent {
  const column = byName(columns).get('data');
  const render = column && DATA[kindOf(column)];
  if (!render || column.mode === 'REPEATED') {
    throw invalid('The BigQuery table needs a column data of type BYTES, STRING or JSON.');
  }
  checkRequired(columns.filter((one) => one !== column));
  return ({ data }) => [`"data":${render(data)}`];
}

const DATA: Readonly<Record<string, (data: Buffer) => string>> = {
  BYTES: (data) => JSON.stringify(data.toString('base64')),
  STRING: (data) => JSON.stringify(utf8(data)),
  JSON: (data) => jsonText(utf8(data)),
};

function utf8(data: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    throw new Unwritable('the message is not UTF-8, as its column is text');
  }
}

function checkRequired(columns: readonly Column[]): void {
  const missing = columns.find(({ mode }) => mode === 'REQUIRED');
  if (missing) throw invalid(`Incompatible schema: nothing fills the required field ${missing.name} of the table.`);
}

function compileMetadata(subscription: string, columns: ReadonlyMap<string, Column>): (message: Message) => string[] {
  for (const [name, kinds] of Object.entries(METADATA)) {
    const column = columns.get(name);
    if (!column) throw invalid(`write_metadata is set, and the BigQuery table has no column ${name}.`);
    if (!kinds.includes(kindOf(column)) || column.mode === 'REPEATED') {
      throw invalid(`Incompatible schema type for field ${name}: it must be ${kinds.join(' or ')}.`);
    }
  }
  const attributesColumn = columns.get('attributes');
  const asText = attributesColumn !== undefined && kindOf(attributesColumn) === 'STRING';
  return ({ messageId, publishTime, attributes, orderingKey }) => {
    const all = JSON.stringify({ ...attributes, ...(orderingKey !== '' && { ordering_key: orderingKey }) });
    return [
      `"subscription_name":${JSON.stringify(subscription)}`,
      `"message_id":${JSON.stringify(messageId)}`,
      `"publish_time":${JSON.stringify(timestampText(BigInt(publishTime) * 1000n))}`,
      `"attributes":${asText ? JSON.stringify(all) : all}`,
    ];
  };
}
