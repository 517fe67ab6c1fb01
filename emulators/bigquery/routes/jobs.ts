import { ApiError, type Status } from '../../kit/errors.ts';
import type { Request, Routes } from '../../kit/router.ts';
import { invalid, unsupported } from '../errors.ts';
import type { JobRecord, Jobs } from '../jobs/jobs.ts';
import { jobListItem, jobResource, jobType } from '../jobs/resource.ts';
import { runQuery } from '../jobs/query.ts';
import { fromDuckError } from '../store/duck-errors.ts';
import type { Resource, Store } from '../store/store.ts';
import { page, param, resource } from './shared.ts';

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs */
export function jobRoutes(store: Store, jobs: Jobs): Routes {
  return {
    'POST /projects/{project}/jobs': async (request) => ({
      body: await insertJob(store, jobs, param(request, 'project'), await request.json()),
    }),
    'GET /projects/{project}/jobs': (request) => {
      const states = request.query.getAll('stateFilter').map((state) => state.toUpperCase());
      const all = jobs
        .list(param(request, 'project'))
        .filter((record) => states.length === 0 || states.includes(record.state));
      const { items, nextPageToken } = page(all, request.query);
      return { body: { kind: 'bigquery#jobList', jobs: items.map(jobListItem), ...nextPageToken } };
    },
    'GET /projects/{project}/jobs/{job}': (request) => ({ body: jobResource(find(jobs, request)) }),
    'POST /projects/{project}/jobs/{job}/cancel': (request) => {
      const record = find(jobs, request);
      jobs.cancel(record);
      return { body: { kind: 'bigquery#jobCancelResponse', job: jobResource(record) } };
    },
    'DELETE /projects/{project}/jobs/{job}/delete': async (request) => {
      await jobs.delete(find(jobs, request));
      return { status: 204 };
    },
  };
}

export function find(jobs: Jobs, request: Request): JobRecord {
  return jobs.get(param(request, 'project'), param(request, 'job'), request.query.get('location') ?? undefined);
}

export async function insertJob(store: Store, jobs: Jobs, projectId: string, body: Resource): Promise<Resource> {
  const configuration = resource(body['configuration']);
  if (!configuration || jobType(configuration) === 'UNKNOWN')
    throw invalid('Required parameter is missing: configuration');
  if (jobType(configuration) === 'EXTRACT') throw unsupported('extract jobs');
  const reference = (body['jobReference'] ?? {}) as { jobId?: string; location?: string };
  if (configuration['dryRun'] === true) return await dryRun(store, projectId, configuration);
  return jobResource(await jobs.insert(projectId, reference.jobId, reference.location, configuration));
}

/** A dry run leaves no job; what is wrong with the query is the answer's own error. */
export async function dryRun(store: Store, projectId: string, configuration: Resource): Promise<Resource> {
  if (!configuration['query']) throw invalid('dryRun is supported for query jobs only');
  const now = store.clock.now();
  const options = { projectId, dryRun: true, signal: new AbortController().signal };
  const result = await runQuery(store, configuration['query'] as Resource, options).catch((error: unknown) => {
    throw fromDuckError(error);
  });
  const record: JobRecord = {
    projectId,
    jobId: '',
    location: 'US',
    configuration,
    state: 'DONE',
    created: now,
    ended: now,
    result: { statistics: result.statistics },
  };
  return jobResource(record);
}

const STATUSES: Readonly<Record<number, Status>> = {
  404: 'NOT_FOUND',
  409: 'ALREADY_EXISTS',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
};

/** The error of a failed job, for calls that answer with its rows. */
export function throwIfFailed(record: JobRecord): void {
  if (!record.error) return;
  const status = STATUSES[record.code ?? 400] ?? 'INVALID_ARGUMENT';
  const location = record.error.location === undefined ? {} : { location: record.error.location };
  throw new ApiError(status, record.error.message, { reason: record.error.reason, ...location });
}
