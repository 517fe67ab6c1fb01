import { ApiError } from '../kit/errors.ts';
import { Ticks } from './cron.ts';
import { asObject, camelCase, duration, integer, invalid, type Json, known, text } from './fields.ts';
import { durationMs, type JobSpec, type PubsubTarget, type RetryConfig } from './job.ts';
import { LIMITS, RETRY_DEFAULTS } from './limits.ts';
import { checkName, checkTopic } from './names.ts';

/** Fields that callers set, and fields that only the service writes, whose values in a request are ignored. */
const WRITABLE = [
  'name',
  'description',
  'pubsubTarget',
  'appEngineHttpTarget',
  'httpTarget',
  'schedule',
  'timeZone',
  'retryConfig',
  'attemptDeadline',
];
const OUTPUT_ONLY = ['userUpdateTime', 'state', 'status', 'scheduleTime', 'lastAttemptTime', 'satisfiesPzs'];

/**
 * Checks a job as Google does and fills in what it leaves out.
 * @param job in proto3's JSON form
 * @throws ApiError INVALID_ARGUMENT naming field, value and rule; UNIMPLEMENTED for targets other than Pub/Sub
 */
export function parseSpec(name: string, job: Json): JobSpec {
  const body = known('job', job, [...WRITABLE, ...OUTPUT_ONLY]);
  const description = text('description', body['description']);
  if (description.length > LIMITS.MAX_DESCRIPTION_CHARACTERS) {
    throw invalid(
      `description has ${description.length} characters: must have ${LIMITS.MAX_DESCRIPTION_CHARACTERS} at most`,
    );
  }
  const schedule = text('schedule', body['schedule']);
  if (schedule === '') throw invalid('schedule is absent: a job needs one');
  const timeZone = text('timeZone', body['timeZone']) || 'UTC';
  new Ticks(schedule, timeZone);
  const deadline = duration('attemptDeadline', body['attemptDeadline']);
  const spec: JobSpec = {
    name: checkName(name),
    ...(description === '' ? {} : { description }),
    pubsubTarget: target(name, body),
    schedule,
    timeZone,
    retryConfig: retryConfig(body['retryConfig']),
    ...(deadline === undefined ? {} : { attemptDeadline: deadline }),
  };
  const bytes = Buffer.byteLength(JSON.stringify(spec));
  if (bytes > LIMITS.MAX_JOB_BYTES)
    throw invalid(`the job has ${bytes} bytes: must have ${LIMITS.MAX_JOB_BYTES} at most`);
  return spec;
}

/**
 * The job as it will be when `patch` is applied: the fields that `mask` names, or all that callers set when there is none.
 * @throws ApiError INVALID_ARGUMENT for a path that is no field
 */
export function applyMask(current: JobSpec, patch: Json, mask: readonly string[]): Json {
  const fields = known('job', patch, [...WRITABLE, ...OUTPUT_ONLY]);
  if (mask.length === 0 || mask.includes('*')) return fields;
  const result: Record<string, unknown> = { ...current };
  for (const path of mask.map(camelCase)) {
    const [field = '', nested, ...deeper] = path.split('.');
    if (OUTPUT_ONLY.includes(field)) continue;
    if (!WRITABLE.includes(field) || deeper.length > 0) throw invalid(`updateMask: "${path}" is not a field of a job`);
    if (nested === undefined) result[field] = fields[field];
    else result[field] = { ...asObject(field, result[field]), [nested]: asObject(field, fields[field])[nested] };
  }
  return result;
}

function target(name: string, body: Json): PubsubTarget {
  for (const other of ['httpTarget', 'appEngineHttpTarget']) {
    if (body[other] == null) continue;
    throw new ApiError('UNIMPLEMENTED', `${other}: the scheduler emulator delivers to pubsubTarget alone`);
  }
  if (body['pubsubTarget'] == null) throw invalid('pubsubTarget is absent: a job needs a target');
  const fields = known('pubsubTarget', asObject('pubsubTarget', body['pubsubTarget']), [
    'topicName',
    'data',
    'attributes',
  ]);
  const data = text('pubsubTarget.data', fields['data']);
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(data)) throw invalid('pubsubTarget.data must be base64');
  const attributes = Object.entries(asObject('pubsubTarget.attributes', fields['attributes']));
  if (data === '' && attributes.length === 0) {
    throw invalid('pubsubTarget must have data that is not empty, or at least one attribute');
  }
  return {
    topicName: checkTopic(text('pubsubTarget.topicName', fields['topicName']), name),
    ...(data === '' ? {} : { data: Buffer.from(data, 'base64').toString('base64') }),
    ...(attributes.length === 0
      ? {}
      : { attributes: Object.fromEntries(attributes.map(([key, value]) => [key, text(`attribute "${key}"`, value)])) }),
  };
}

function retryConfig(value: unknown): RetryConfig {
  const fields = known('retryConfig', asObject('retryConfig', value), Object.keys(RETRY_DEFAULTS));
  const time = (field: 'maxRetryDuration' | 'minBackoffDuration' | 'maxBackoffDuration'): string =>
    duration(`retryConfig.${field}`, fields[field]) ?? RETRY_DEFAULTS[field];
  const config = {
    retryCount: integer(
      'retryConfig.retryCount',
      fields['retryCount'] ?? RETRY_DEFAULTS.retryCount,
      LIMITS.MAX_RETRIES,
    ),
    maxRetryDuration: time('maxRetryDuration'),
    minBackoffDuration: time('minBackoffDuration'),
    maxBackoffDuration: time('maxBackoffDuration'),
    maxDoublings: integer(
      'retryConfig.maxDoublings',
      fields['maxDoublings'] ?? RETRY_DEFAULTS.maxDoublings,
      2 ** 31 - 1,
    ),
  };
  if ((durationMs(config.minBackoffDuration) ?? 0) > (durationMs(config.maxBackoffDuration) ?? 0)) {
    throw invalid(
      `retryConfig.minBackoffDuration ${config.minBackoffDuration} must not exceed maxBackoffDuration ${config.maxBackoffDuration}`,
    );
  }
  return config;
}
