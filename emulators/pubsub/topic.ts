import { applyMask, checkLabels, checkRetention, formatDuration, refuseUnsupported } from './checks.ts';
import type { Json, Topic } from './model.ts';
import { checkName } from './names.ts';
import { read, topicShape } from './shapes.ts';

const UNSUPPORTED = [
  'messageStoragePolicy',
  'kmsKeyName',
  'schemaSettings',
  'ingestionDataSourceSettings',
  'messageTransforms',
  'tags',
];

/**
 * Reads and checks a topic.
 * @throws ApiError INVALID_ARGUMENT for what Google refuses, UNIMPLEMENTED for what this emulator lacks
 */
export function parseTopic(name: string, json: Json): Topic {
  checkName('topics', name);
  const topic = read(topicShape, json, 'topic');
  refuseUnsupported(topic, UNSUPPORTED);
  checkLabels(topic.labels);
  if (topic.messageRetentionDuration !== undefined) checkRetention(topic.messageRetentionDuration);
  return { name, labels: topic.labels, messageRetentionMs: topic.messageRetentionDuration };
}

/** The topic as Google's REST API shows it. */
export function renderTopic(topic: Topic): Json {
  return {
    name: topic.name,
    ...(Object.keys(topic.labels).length === 0 ? {} : { labels: topic.labels }),
    ...(topic.messageRetentionMs === undefined
      ? {}
      : { messageRetentionDuration: formatDuration(topic.messageRetentionMs) }),
    state: 'ACTIVE',
  };
}

/** @throws ApiError INVALID_ARGUMENT, UNIMPLEMENTED */
export function patchTopic(topic: Topic, patch: Json, paths: readonly string[]): Topic {
  const rules = { known: Object.keys(topicShape.shape), immutable: ['name', 'satisfiesPzs', 'state'] };
  return parseTopic(topic.name, applyMask('Topic', renderTopic(topic), patch, paths, rules));
}
