import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Emulator } from '../../../emulators/kit/emulator.ts';
import { start } from '../../../emulators/scheduler/index.ts';
import { PARENT, stillClock, TOPIC } from './helpers.ts';

let emulator: Emulator;

beforeAll(async () => {
  emulator = await start({ clock: stillClock('2026-03-01T12:00:30Z') });
});

afterAll(async () => {
  await emulator.stop();
});

async function call(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`http://${emulator.env['CLOUD_SCHEDULER_EMULATOR_HOST'] ?? ''}${path}`, {
    method,
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

const spec = { schedule: '*/5 * * * *', pubsubTarget: { topicName: TOPIC, data: 'dGljaw==' } };

test('the JSON is the one of the REST reference', async () => {
  const name = `${PARENT}/jobs/plain`;
  const expected = {
    name,
    ...spec,
    timeZone: 'UTC',
    retryConfig: {
      retryCount: 0,
      maxRetryDuration: '0s',
      minBackoffDuration: '5s',
      maxBackoffDuration: '3600s',
      maxDoublings: 5,
    },
    state: 'ENABLED',
    userUpdateTime: '2026-03-01T12:00:30.000Z',
    scheduleTime: '2026-03-01T12:05:00.000Z',
  };
  expect(await call('POST', `/v1/${PARENT}/jobs`, { name, ...spec })).toEqual({ status: 200, body: expected });
  expect(await call('GET', `/v1/${PARENT}/jobs?pageSize=1`)).toEqual({ status: 200, body: { jobs: [expected] } });
  expect(await call('GET', `/v1/${name}?$alt=json;enum-encoding=int`)).toMatchObject({ body: { state: 1 } });
  expect(await call('DELETE', `/v1/${name}`)).toEqual({ status: 200, body: {} });
});

test('names in snake_case and numbers as strings are JSON too', async () => {
  const body = {
    name: `${PARENT}/jobs/snake`,
    schedule: '* * * * *',
    time_zone: 'Asia/Jakarta',
    pubsub_target: { topic_name: TOPIC, attributes: { key: 'value' } },
    retry_config: { retry_count: '3', min_backoff_duration: '1.50s' },
    state: 'PAUSED',
  };
  expect(await call('POST', `/v1/${PARENT}/jobs`, body)).toMatchObject({
    status: 200,
    body: { timeZone: 'Asia/Jakarta', state: 'ENABLED', retryConfig: { retryCount: 3, minBackoffDuration: '1.5s' } },
  });
  const patch = { description: 'snake' };
  expect(await call('PATCH', `/v1/${body.name}?update_mask=description`, patch)).toMatchObject({ body: patch });
});

test.each<[string, string, string, unknown, number, string]>([
  [
    'an unknown field',
    'POST',
    `/v1/${PARENT}/jobs`,
    { ...spec, cron: '*' },
    400,
    `Unknown name "cron" at 'job': Cannot find field.`,
  ],
  [
    'a number for a string',
    'POST',
    `/v1/${PARENT}/jobs`,
    { ...spec, schedule: 5 },
    400,
    'schedule is 5: must be a string',
  ],
  [
    'an array for an object',
    'POST',
    `/v1/${PARENT}/jobs`,
    { ...spec, retryConfig: [] },
    400,
    'retryConfig must be an object',
  ],
  [
    'data that is not base64',
    'POST',
    `/v1/${PARENT}/jobs`,
    { ...spec, pubsubTarget: { topicName: TOPIC, data: '!' } },
    400,
    'must be base64',
  ],
  [
    'a duration of words',
    'POST',
    `/v1/${PARENT}/jobs`,
    { ...spec, retryConfig: { maxRetryDuration: '5 min' } },
    400,
    'must be seconds',
  ],
  ['half JSON', 'POST', `/v1/${PARENT}/jobs`, '{"name":', 400, 'the body is not JSON'],
  [
    'a strange location',
    'GET',
    '/v1/projects/demo/locations/A%20B/jobs',
    undefined,
    400,
    'must be projects/PROJECT_ID/locations/LOCATION_ID',
  ],
  ['a page size of words', 'GET', `/v1/${PARENT}/jobs?pageSize=all`, undefined, 400, 'pageSize is NaN'],
  ['an unknown verb', 'POST', `/v1/${PARENT}/jobs/snake:explode`, {}, 501, 'does not implement POST'],
  ['an unknown method', 'GET', '/v1/projects/demo/locations', undefined, 501, 'emulators/scheduler/README.md'],
])('refuses %s', async (_, method, path, body, status, message) => {
  expect(await call(method, path, body)).toMatchObject({
    status,
    body: { error: { code: status, message: expect.stringContaining(message) } },
  });
});
