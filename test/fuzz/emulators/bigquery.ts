import { CONTROL, sample, type Target } from './sample.ts';

const dataset = 'bigquery/v2/projects/demo/datasets';
const table = `${dataset}/fuzz/tables/t`;
const fields = [
  { name: 'id', type: 'INTEGER', mode: 'REQUIRED', description: 'x' },
  { name: 'price', type: 'NUMERIC', precision: '9', scale: '2' },
  { name: 'at', type: 'TIMESTAMP' },
  { name: 'names', type: 'STRING', mode: 'REPEATED' },
  { name: 'part', type: 'RECORD', fields: [{ name: 'x', type: 'JSON' }] },
];
const query = 'SELECT id, COUNT(*) AS n FROM fuzz.t WHERE at > @since GROUP BY id ORDER BY n DESC LIMIT 3';
const destination = { projectId: 'demo', datasetId: 'fuzz', tableId: 'u' };
const parameter = {
  name: 'since',
  parameterType: { type: 'TIMESTAMP' },
  parameterValue: { value: '2026-01-01T00:00:00Z' },
};
export const bigquery: Target = {
  name: 'bigquery',
  variable: 'BIGQUERY_EMULATOR_HOST',
  setup: [
    sample('POST', dataset, { body: { datasetReference: { projectId: 'demo', datasetId: 'fuzz' } } }),
    sample('POST', `${dataset}/fuzz/tables`, {
      body: { tableReference: { ...destination, tableId: 't' }, schema: { fields } },
    }),
  ],
  samples: [
    ...CONTROL,
    sample('GET', 'bigquery/v2/projects'),
    sample('GET', 'bigquery/v2/projects/demo/serviceAccount'),
    sample('POST', dataset, {
      body: {
        datasetReference: { projectId: 'demo', datasetId: 'more' },
        location: 'US',
        labels: { a: 'b' },
        defaultTableExpirationMs: '3600000',
      },
    }),
    sample('GET', dataset, { query: { maxResults: '1', pageToken: 'YXQ6MQ' } }),
    sample('PATCH', `${dataset}/fuzz`, { body: { description: 'x', labels: { a: null } } }),
    sample('DELETE', `${dataset}/more`, { query: { deleteContents: 'true' } }),
    sample('POST', `${dataset}/fuzz/tables`, {
      body: {
        tableReference: destination,
        schema: { fields },
        timePartitioning: { type: 'DAY', field: 'at', expirationMs: '1' },
        clustering: { fields: ['id'] },
        expirationTime: '9999999999999',
        labels: {},
      },
    }),
    sample('POST', `${dataset}/fuzz/tables`, {
      body: { tableReference: { ...destination, tableId: 'v' }, view: { query: 'SELECT 1 AS x', useLegacySql: false } },
    }),
    sample('GET', `${dataset}/fuzz/tables`, { query: { maxResults: '2' } }),
    sample('GET', table),
    sample('PATCH', table, { body: { schema: { fields }, description: 'x', expirationTime: null } }),
    sample('DELETE', `${dataset}/fuzz/tables/u`),
    sample('GET', `${table}/data`, {
      query: { maxResults: '1', startIndex: '0', 'formatOptions.useInt64Timestamp': 'true' },
    }),
    sample('POST', `${table}/insertAll`, {
      body: {
        skipInvalidRows: true,
        rows: [
          {
            insertId: 'x',
            json: { id: 1, price: '1.50', at: '2026-01-01T00:00:00Z', names: ['a'], part: { x: '{}' } },
          },
        ],
      },
    }),
    sample('POST', 'bigquery/v2/projects/demo/queries', {
      body: {
        query,
        useLegacySql: false,
        parameterMode: 'NAMED',
        queryParameters: [parameter],
        maxResults: 1,
        timeoutMs: 1000,
        requestId: 'r',
        defaultDataset: { datasetId: 'fuzz' },
      },
    }),
    sample('POST', 'bigquery/v2/projects/demo/queries', { body: { query, dryRun: true, useLegacySql: false } }),
    sample('GET', 'bigquery/v2/projects/demo/queries/none', {
      query: { maxResults: '1', timeoutMs: '1', location: 'US' },
    }),
    sample('POST', 'bigquery/v2/projects/demo/jobs', {
      body: {
        jobReference: { jobId: 'j' },
        configuration: {
          labels: { a: 'b' },
          query: {
            query: 'CREATE OR REPLACE TABLE fuzz.u AS SELECT 1 AS x',
            useLegacySql: false,
            destinationTable: destination,
            writeDisposition: 'WRITE_APPEND',
          },
        },
      },
    }),
    sample('POST', 'bigquery/v2/projects/demo/jobs', {
      body: {
        configuration: {
          load: {
            sourceUris: ['gs://fuzz/x*.csv'],
            sourceFormat: 'CSV',
            schema: { fields },
            destinationTable: destination,
            skipLeadingRows: 1,
            fieldDelimiter: ';',
            decimalTargetTypes: ['NUMERIC'],
          },
        },
      },
    }),
    sample('POST', 'bigquery/v2/projects/demo/jobs', {
      body: {
        configuration: {
          copy: {
            sourceTable: { ...destination, tableId: 't' },
            destinationTable: destination,
            writeDisposition: 'WRITE_TRUNCATE',
          },
        },
      },
    }),
    sample('GET', 'bigquery/v2/projects/demo/jobs', { query: { stateFilter: 'done', maxResults: '1' } }),
    sample('GET', 'bigquery/v2/projects/demo/jobs/j'),
    sample('POST', 'bigquery/v2/projects/demo/jobs/j/cancel'),
    sample('DELETE', 'bigquery/v2/projects/demo/jobs/j/delete'),
    sample('POST', 'upload/bigquery/v2/projects/demo/jobs', {
      query: { uploadType: 'multipart' },
      headers: { 'content-type': 'multipart/related; boundary=x' },
      body: `--x\r\n\r\n${JSON.stringify({ configuration: { load: { sourceFormat: 'NEWLINE_DELIMITED_JSON', schema: { fields }, destinationTable: destination } } })}\r\n--x\r\n\r\n{"id": 1}\r\n--x--\r\n`,
    }),
    sample('POST', 'upload/bigquery/v2/projects/demo/jobs', {
      query: { uploadType: 'resumable' },
      body: { configuration: {} },
    }),
    sample('PUT', 'upload/bigquery/v2/projects/demo/jobs', {
      query: { upload_id: 'x' },
      headers: { 'content-range': 'bytes 0-1/2' },
      body: '{}',
    }),
  ],
};
