import type { Routes } from '../../kit/router.ts';
import { invalid } from '../errors.ts';
import type { JobRecord, Jobs } from '../jobs/jobs.ts';
import { LIMITS } from '../limits.ts';
import { readRows } from '../store/rows.ts';
import type { Resource, Store } from '../store/store.ts';
import { dryRun, find, throwIfFailed } from './jobs.ts';
import { decodeToken, encodeToken, param, pick, wholeNumber } from './shared.ts';

const QUERY = [
  'query',
  'useLegacySql',
  'defaultDataset',
  'queryParameters',
  'parameterMode',
  'useQueryCache',
  'maximumBytesBilled',
  'createSession',
  'connectionProperties',
  'continuous',
];

interface Page {
  readonly start: number;
  readonly max: number;
  readonly int64Timestamps: boolean;
}

/** jobs.query and jobs.getQueryResults: https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/query */
export function queryRoutes(store: Store, jobs: Jobs): Routes {
  const requests = new Map<string, { readonly jobId: string; readonly at: number }>();
  return {
    'POST /projects/{project}/queries': async (request) => {
      const body = await request.json();
      const projectId = param(request, 'project');
      const configuration = { query: pick(body, QUERY), ...pick(body, ['labels', 'jobTimeoutMs']) };
      if (body['dryRun'] === true) return { body: dryRunAnswer(await dryRun(store, projectId, configuration)) };
      const record = await startOnce(projectId, body, configuration);
      const done = await jobs.wait(record, wholeNumber(body['timeoutMs'], 'timeoutMs', LIMITS.queryTimeoutMs));
      throwIfFailed(done);
      const format = (body['formatOptions'] ?? {}) as Resource;
      const max = pageSize(body['maxResults']);
      return {
        body: await answer(
          store,
          done,
          { start: 0, max, int64Timestamps: format['useInt64Timestamp'] === true },
          'bigquery#queryResponse',
        ),
      };
    },
    'GET /projects/{project}/queries/{job}': async (request) => {
      const done = await jobs.wait(
        find(jobs, request),
        wholeNumber(request.query.get('timeoutMs'), 'timeoutMs', LIMITS.queryTimeoutMs),
      );
      throwIfFailed(done);
      const start =
        decodeToken(request.query.get('pageToken')) ?? wholeNumber(request.query.get('startIndex'), 'startIndex', 0);
      const max = pageSize(request.query.get('maxResults'));
      const int64Timestamps = request.query.get('formatOptions.useInt64Timestamp') === 'true';
      return { body: await answer(store, done, { start, max, int64Timestamps }, 'bigquery#getQueryResultsResponse') };
    },
  };

  /** A requestId that came within the last 15 minutes names the job it started then. */
  async function startOnce(projectId: string, body: Resource, configuration: Resource): Promise<JobRecord> {
    const requestId =
      typeof body['requestId'] === 'string' && body['requestId'] !== ''
        ? `${projectId}:${body['requestId']}`
        : undefined;
    for (const [id, { at }] of requests) if (at < Date.now() - LIMITS.requestIdMs) requests.delete(id);
    const known = requestId === undefined ? undefined : requests.get(requestId);
    if (known) return jobs.get(projectId, known.jobId);
    const record = await jobs.insert(
      projectId,
      undefined,
      typeof body['location'] === 'string' ? body['location'] : undefined,
      configuration,
    );
    if (requestId !== undefined) requests.set(requestId, { jobId: record.jobId, at: Date.now() });
    return record;
  }
}

function pageSize(value: unknown): number {
  return Math.min(wholeNumber(value, 'maxResults', LIMITS.rowsPerPage), LIMITS.rowsPerPage);
}

async function answer(store: Store, record: JobRecord, page: Page, kind: string): Promise<Resource> {
  const { projectId, jobId, location } = record;
  const head = { kind, jobReference: { projectId, jobId, location }, jobComplete: record.state === 'DONE' };
  if (record.state !== 'DONE') return head;
  if (!('query' in record.configuration)) throw invalid(`Cannot get results of job ${jobId}: it is no query`);
  const result = record.result;
  const query = (result?.statistics['query'] ?? {}) as Resource;
  const counts = {
    totalBytesProcessed: result?.statistics['totalBytesProcessed'],
    cacheHit: false,
    ...pick(query, ['numDmlAffectedRows', 'dmlStats']),
  };
  if (!result?.rows) return { ...head, ...counts, totalRows: '0' };
  const { name, fields, count } = result.rows;
  const rows = await readRows(store, name, fields, page);
  const next = page.start + rows.length;
  return {
    ...head,
    ...counts,
    schema: { fields },
    totalRows: String(count),
    ...(rows.length > 0 ? { rows } : {}),
    ...(next < count ? { pageToken: encodeToken(next) } : {}),
  };
}

function dryRunAnswer(job: Resource): Resource {
  const statistics = job['statistics'] as Resource;
  const query = (statistics['query'] ?? {}) as Resource;
  return {
    kind: 'bigquery#queryResponse',
    jobComplete: true,
    totalBytesProcessed: statistics['totalBytesProcessed'],
    cacheHit: false,
    ...pick(query, ['schema']),
  };
}
