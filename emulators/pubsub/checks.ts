import { ApiError } from '../kit/errors.ts';
import { LABELS_MAX, RETENTION_MAX_MS, RETENTION_MIN_MS } from './limits.ts';
import type { Json } from './model.ts';

export function invalid(message: string): ApiError {
  return new ApiError('INVALID_ARGUMENT', message);
}

/** A duration in proto3 JSON; whole seconds have no fraction. */
export function formatDuration(ms: number): string {
  return `${ms / 1000}s`;
}

/** @throws ApiError INVALID_ARGUMENT by https://cloud.google.com/pubsub/docs/create-topic#properties_of_a_topic */
export function checkRetention(ms: number): void {
  if (ms >= RETENTION_MIN_MS && ms <= RETENTION_MAX_MS) return;
  throw invalid(`Invalid message_retention_duration ${formatDuration(ms)}: must be between 10 minutes and 31 days.`);
}

/** @throws ApiError INVALID_ARGUMENT by https://cloud.google.com/pubsub/docs/labels#requirements */
export function checkLabels(labels: Readonly<Record<string, string>>): void {
  const entries = Object.entries(labels);
  if (entries.length > LABELS_MAX) throw invalid(`${entries.length} labels: no more than ${LABELS_MAX} are allowed.`);
  for (const [key, value] of entries) {
    if (!/^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u.test(key)) throw invalid(`Invalid label key "${key}".`);
    if (!/^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u.test(value)) throw invalid(`Invalid value "${value}" of label "${key}".`);
  }
}

/**
 * Refuses what this emulator lacks, before it is silently dropped. A message field counts when it is there at all,
 * any other field when it is not its default.
 * @throws ApiError UNIMPLEMENTED
 */
export function refuseUnsupported(resource: Json, fields: readonly string[]): void {
  for (const field of fields) {
    const value = resource[field];
    const isDefault = value === undefined || value === false || value === '' || isEmpty(value, field);
    if (!isDefault) {
      throw new ApiError('UNIMPLEMENTED', `the pubsub emulator does not implement the field ${field}`);
    }
  }
}

function isEmpty(value: unknown, field: string): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return field === 'tags' && typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/**
 * Applies a field mask to a resource in JSON: fields in the mask come from `patch` (absent there: cleared), all others
 * from `current`. Paths are `push_config` or `pushConfig`; nested paths are refused as unknown.
 * @throws ApiError INVALID_ARGUMENT in Google's words
 */
export function applyMask(
  kind: 'Topic' | 'Subscription',
  current: Json,
  patch: Json,
  paths: readonly string[],
  rules: { readonly known: readonly string[]; readonly immutable: readonly string[] },
): Json {
  const request = `Update${kind}Request`;
  if (paths.length === 0) {
    throw invalid(`The update_mask in the ${request} must be set, and must contain a non-empty paths list.`);
  }
  const merged: Record<string, unknown> = { ...current };
  for (const path of paths) {
    const field = path.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const prefix = `Invalid update_mask provided in the ${request}:`;
    if (!rules.known.includes(field)) throw invalid(`${prefix} ${path} is not a known ${kind} field.`);
    if (rules.immutable.includes(field)) throw invalid(`${prefix} the ${path} field in the ${kind} is not mutable.`);
    merged[field] = patch[field];
  }
  return merged;
}
