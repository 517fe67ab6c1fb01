import { ApiError, unimplemented } from '../kit/errors.ts';
import { invalidField, isObject, type Json, pick, refuseFields, requireText, requireTextMap } from './json.ts';
import { BUCKET_MAX_LABELS, CUSTOM_METADATA_MAX_BYTES } from './limits.ts';
import type { Attributes } from './model.ts';

const OBJECT_TEXTS = [
  'cacheControl',
  'contentDisposition',
  'contentEncoding',
  'contentLanguage',
  'contentType',
  'customTime',
  'storageClass',
];
/** Stored and returned; of these only `versioning` and `storageClass` do something. The README says so. */
const BUCKET_FIELDS = [
  'autoclass',
  'billing',
  'cors',
  'iamConfiguration',
  'labels',
  'lifecycle',
  'logging',
  'rpo',
  'softDeletePolicy',
  'storageClass',
  'versioning',
  'website',
];
const BUCKET_OBJECT_FIELDS = ['iamConfiguration', 'lifecycle', 'versioning', 'website'];
const STORAGE_CLASSES: readonly unknown[] = [
  ...['STANDARD', 'NEARLINE', 'COLDLINE', 'ARCHIVE'],
  ...['MULTI_REGIONAL', 'REGIONAL', 'DURABLE_REDUCED_AVAILABILITY'],
];
/** Features whose absence would change what a caller may rely on: refused rather than stored. */
const OBJECT_REFUSED = [
  'acl',
  'contexts',
  'customerEncryption',
  'eventBasedHold',
  'kmsKeyName',
  'retention',
  'temporaryHold',
];
const BUCKET_REFUSED = [
  'acl',
  'customPlacementConfig',
  'defaultEventBasedHold',
  'defaultObjectAcl',
  'encryption',
  'ipFilter',
  'objectRetention',
  'retentionPolicy',
];

/**
 * What a caller may write on an object, from a JSON resource; fields that Google computes are ignored, as Google does.
 * @throws ApiError 400 for a value of the wrong type, 501 for a feature that this emulator lacks
 */
export function objectAttributes(json: Json): Attributes {
  refuseFields(json, OBJECT_REFUSED, 'object');
  const attributes = pick(json, [...OBJECT_TEXTS, 'metadata']);
  for (const field of OBJECT_TEXTS) requireText(attributes[field], field);
  checkStorageClass(attributes['storageClass']);
  const { metadata = {} } = attributes;
  requireTextMap(metadata, 'metadata');
  const bytes = Buffer.byteLength(Object.entries(metadata).flat().join(''));
  if (bytes > CUSTOM_METADATA_MAX_BYTES) {
    throw new ApiError(
      'INVALID_ARGUMENT',
      `The custom metadata has ${bytes} bytes; the maximum is ${CUSTOM_METADATA_MAX_BYTES} bytes.`,
    );
  }
  return attributes;
}

/** The same for a bucket. */
export function bucketAttributes(json: Json): Attributes {
  refuseFields(json, BUCKET_REFUSED, 'bucket');
  const { hierarchicalNamespace } = json;
  if (isObject(hierarchicalNamespace) && hierarchicalNamespace['enabled'] === true) {
    throw unimplemented('storage', 'bucket.hierarchicalNamespace');
  }
  const attributes = pick(json, BUCKET_FIELDS);
  checkStorageClass(attributes['storageClass']);
  for (const field of BUCKET_OBJECT_FIELDS) {
    if (attributes[field] !== undefined && !isObject(attributes[field])) throw invalidField(field, 'an object');
  }
  const { labels = {}, versioning } = attributes;
  checkLabels(labels);
  if (isObject(versioning) && typeof versioning['enabled'] !== 'boolean') {
    throw invalidField('versioning.enabled', 'a boolean');
  }
  return attributes;
}

function checkStorageClass(value: unknown): void {
  if (value !== undefined && !STORAGE_CLASSES.includes(value)) {
    throw invalidField('storageClass', `one of ${STORAGE_CLASSES.join(', ')}`);
  }
}

/** https://cloud.google.com/storage/docs/tags-and-labels#bucket-labels */
function checkLabels(labels: unknown): void {
  requireTextMap(labels, 'labels');
  const entries = Object.entries(labels);
  if (entries.length > BUCKET_MAX_LABELS) throw invalidField('labels', `at most ${BUCKET_MAX_LABELS} labels`);
  for (const [key, value] of entries) {
    const fits =
      /^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u.test(key) && /^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u.test(value);
    if (!fits) throw invalidField(`labels.${key}`, 'lower-case letters, digits, _ and -, at most 63 of them');
  }
}
