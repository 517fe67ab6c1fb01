/** Limits of the real service that the emulator holds: https://cloud.google.com/bigquery/quotas */
export const LIMITS = {
  columnsPerTable: 10_000,
  nestingLevels: 15,
  columnNameCharacters: 300,
  datasetNameCharacters: 1024,
  tableNameBytes: 1024,
  jobIdCharacters: 1024,
  sourceUrisPerLoad: 10_000,
  clusteringColumns: 4,
  /** One Avro block, decoded: https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-avro */
  avroBlockBytes: 16 * 1024 * 1024,
  /** jobs.query answers `jobComplete: false` after this, unless timeoutMs says otherwise. */
  queryTimeoutMs: 10_000,
  /** A requestId of jobs.query names the same job for this long. */
  requestIdMs: 15 * 60_000,
  /** Anonymous result tables live this long: https://cloud.google.com/bigquery/docs/cached-results */
  resultsMs: 24 * 3_600_000,
  /** Rows of one page when the caller does not say; Google's pages end at about 10 MB. */
  rowsPerPage: 10_000,
  jobsPerPage: 1_000,
  queryParameters: 10_000,
} as const;
