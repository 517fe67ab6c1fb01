import { applyMask, checkLabels, checkRetention, formatDuration, invalid, refuseUnsupported } from './checks.ts';
import type { Json, SchemaSettings, Topic } from './model.ts';
import { checkName, DELETED_SCHEMA } from './names.ts';
import { read, topicShape } from './shapes.ts';

const UNSUPPORTED = ['messageStoragePolicy', 'kmsKeyName', 'ingestionDataSourceSettings', 'messageTransforms', 'tags'];

/**
 * Reads and checks a topic; that its schema exists is the store's to check.
 * @throws ApiError INVALID_ARGUMENT for what Google refuses, UNIMPLEMENTED for what this emulator lacks
 */
export function parseTopic(name: string, json: Json): Topic {
  checkName('topics', name);
  const topic = read(topicShape, json, 'topic');
  refuseUnsupported(topic, UNSUPPORTED);
  checkLabels(topic.labels);
  if (topic.messageRetentionDuration !== undefined) checkRetention(topic.messageRetentionDuration);
  return {
    name,
    labels: topic.labels,
    messageRetentionMs: topic.messageRetentionDuration,
    schemaSettings: topic.schemaSettings && checkSchemaSettings(topic.schemaSettings),
  };
}

function checkSchemaSettings(given: Omit<SchemaSettings, 'encoding'> & { readonly encoding: string }): SchemaSettings {
  const { encoding, schema } = given;
  if (encoding !== 'JSON' && encoding !== 'BINARY') throw invalid('Invalid schema encoding provided');
  return { ...given, encoding, schema: schema === DELETED_SCHEMA ? schema : checkName('schemas', schema) };
}

/** The topic as Google's REST API shows it. */
export function renderTopic(topic: Topic): Json {
  return {
    name: topic.name,
    ...(Object.keys(topic.labels).length === 0 ? {} : { labels: topic.labels }),
    ...(topic.messageRetentionMs === undefined
      ? {}
      : { messageRetentionDuration: formatDuration(topic.messageRetentionMs) }),
    ...(topic.schemaSettings && { schemaSettings: renderSchemaSettings(topic.schemaSettings) }),
    state: 'ACTIVE',
  };
}

function renderSchemaSettings({ schema, encoding, firstRevisionId, lastRevisionId }: SchemaSettings): Json {
  return {
    schema,
    encoding,
    ...(firstRevisionId !== '' && { firstRevisionId }),
    ...(lastRevisionId !== '' && { lastRevisionId }),
  };
}

/** @throws ApiError INVALID_ARGUMENT, UNIMPLEMENTED */
export function patchTopic(topic: Topic, patch: Json, paths: readonly string[]): Topic {
  const rules = { known: Object.keys(topicShape.shape), immutable: ['name', 'satisfiesPzs', 'state'] };
  return parseTopic(topic.name, applyMask('Topic', renderTopic(topic), patch, paths, rules));
}
