import type { Resource } from '../store/store.ts';
import type { JobRecord } from './jobs.ts';

/** https://cloud.google.com/bigquery/docs/reference/rest/v2/Job */
export function jobResource(record: JobRecord): Resource {
  const { projectId, jobId, location } = record;
  const status = record.error
    ? { state: record.state, errorResult: record.error, errors: [record.error] }
    : { state: record.state };
  return {
    kind: 'bigquery#job',
    id: `${projectId}:${location}.${jobId}`,
    jobReference: { projectId, jobId, location },
    user_email: 'emulator@localhost',
    configuration: { jobType: jobType(record.configuration), ...record.configuration },
    status,
    statistics: {
      creationTime: String(record.created),
      startTime: String(record.created),
      ...(record.ended === undefined ? {} : { endTime: String(record.ended) }),
      ...record.result?.statistics,
    },
  };
}

/** One line of jobs.list, which carries the state beside the status. */
export function jobListItem(record: JobRecord): Resource {
  return { ...jobResource(record), state: record.state, ...(record.error ? { errorResult: record.error } : {}) };
}

export function jobType(configuration: Resource): string {
  return ['query', 'load', 'copy', 'extract'].find((type) => type in configuration)?.toUpperCase() ?? 'UNKNOWN';
}
