import { bigquery } from './bigquery.ts';
import { pubsub } from './pubsub.ts';
import { CONTROL, sample, type Target } from './sample.ts';
import { storage } from './storage.ts';

const jobs = 'v1/projects/demo/locations/us-central1/jobs';
const job = {
  name: 'projects/demo/locations/us-central1/jobs/fuzz',
  description: 'x',
  schedule: '*/5 1-3 * JAN,FEB MON',
  timeZone: 'Asia/Jakarta',
  pubsubTarget: { topicName: 'projects/demo/topics/ticks', data: 'eA==', attributes: { a: 'b' } },
  retryConfig: {
    retryCount: 1,
    maxRetryDuration: '10s',
    minBackoffDuration: '5s',
    maxBackoffDuration: '10s',
    maxDoublings: 2,
  },
  attemptDeadline: '180s',
};
const scheduler: Target = {
  name: 'scheduler',
  variable: 'CLOUD_SCHEDULER_EMULATOR_HOST',
  setup: [sample('POST', jobs, { body: job })],
  samples: [
    ...CONTROL,
    sample('POST', jobs, { body: { ...job, name: `${job.name}-2` } }),
    sample('POST', jobs, { body: { ...job, name: `${job.name}-2` }, query: { $alt: 'json;enum-encoding=int' } }),
    sample('GET', jobs, { query: { pageSize: '1', pageToken: 'x' } }),
    sample('GET', `${jobs}/fuzz`),
    sample('PATCH', `${jobs}/fuzz`, {
      query: { updateMask: 'schedule,retryConfig.retryCount,pubsub_target' },
      body: job,
    }),
    sample('PATCH', `${jobs}/fuzz`, { body: job }),
    sample('DELETE', `${jobs}/fuzz-2`),
    sample('POST', `${jobs}/fuzz`, { verb: ':run', body: {} }),
    sample('POST', `${jobs}/fuzz`, { verb: ':pause', body: {} }),
    sample('POST', `${jobs}/fuzz`, { verb: ':resume', body: {} }),
  ],
};

const apis: Target = {
  name: 'apis',
  variable: 'OPENLIBRARY_URL',
  setup: [],
  samples: [
    ...CONTROL,
    sample('GET', 'subjects/love.json', {
      query: { limit: '2', offset: '1', details: 'true', published_in: '1990-2000', has_fulltext: 'true' },
    }),
    sample('GET', 'api/1.4/', {
      query: {
        results: '2',
        page: '3',
        seed: 'abc',
        nat: 'us,gb',
        inc: 'name,dob',
        exc: 'id',
        gender: 'male',
        format: 'pretty',
        noinfo: '',
      },
    }),
    sample('GET', 'emulator/v1/faults'),
  ],
  // These services have errors of their own, and fail at numbers below zero.
  isForeign: () => true,
};

export const targets: readonly Target[] = [storage, bigquery, pubsub, scheduler, apis];
