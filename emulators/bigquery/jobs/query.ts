import { invalid, unsupported } from '../errors.ts';
import type { Outcome, Run } from '../sql/execute/outcome.ts';
import { executeScript } from '../sql/execute/script.ts';
import type { DatasetRef } from '../store/names.ts';
import type { Resource, Store } from '../store/store.ts';
import type { JobResult } from './jobs.ts';
import { checkProperties, readDispositions, readTableRef } from './configuration.ts';
import { readParameters } from './parameters.ts';

const READ = [
  'query',
  'useLegacySql',
  'defaultDataset',
  'destinationTable',
  'createDisposition',
  'writeDisposition',
  'schemaUpdateOptions',
  'queryParameters',
  'parameterMode',
  'timePartitioning',
  'rangePartitioning',
  'clustering',
];
const IGNORED = [
  'priority',
  'useQueryCache',
  'maximumBytesBilled',
  'maximumBillingTier',
  'allowLargeResults',
  'flattenResults',
  'destinationEncryptionConfiguration',
  'writeIncrementalResults',
];

export interface QueryOptions {
  readonly projectId: string;
  /** Analyze only. */
  readonly dryRun: boolean;
  /** Aborts when the job is cancelled. */
  readonly signal: AbortSignal;
}

/** Runs `configuration.query`: https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#JobConfigurationQuery */
export async function runQuery(store: Store, config: Resource, options: QueryOptions): Promise<JobResult> {
  const { projectId, dryRun, signal } = options;
  checkProperties('configuration.query', config, READ, IGNORED);
  const { query, useLegacySql } = config;
  if (typeof query !== 'string' || query.trim() === '') throw invalid('Required parameter is missing: query');
  if (useLegacySql !== false && !/^\s*#standardSQL/i.test(query))
    throw unsupported('legacy SQL; set useLegacySql to false (the REST API takes it as true when absent)');
  const parameters = readParameters(config['queryParameters']);
  const run: Run = {
    store,
    session: {
      store,
      projectId,
      defaultDataset: readDefault(config['defaultDataset'], projectId),
      parameter: parameters.find,
    },
    bindings: parameters.bindings,
    signal,
    destination: readDestination(config, projectId),
    change: undefined,
    dryRun,
  };
  return summarize(await executeScript(query, run));
}

function readDefault(raw: unknown, projectId: string): DatasetRef | undefined {
  const { datasetId, projectId: own } = (raw ?? {}) as { datasetId?: unknown; projectId?: unknown };
  if (typeof datasetId !== 'string' || datasetId === '') return undefined;
  return { projectId: typeof own === 'string' && own !== '' ? own : projectId, datasetId };
}

function readDestination(config: Resource, projectId: string): Run['destination'] {
  if (!config['destinationTable']) return undefined;
  const properties = Object.fromEntries(
    ['timePartitioning', 'rangePartitioning', 'clustering'].flatMap((name) =>
      config[name] ? [[name, config[name]]] : [],
    ),
  );
  return {
    ref: readTableRef(config['destinationTable'], projectId, 'destinationTable'),
    ...readDispositions(config, 'WRITE_EMPTY'),
    properties,
  };
}

/** A script's result is that of its last statement with rows. */
function summarize(outcomes: readonly Outcome[]): JobResult {
  const [only] = outcomes;
  const single = outcomes.length === 1 ? only : undefined;
  const bytes = String(outcomes.reduce((sum, outcome) => sum + outcome.bytes, 0));
  const rows = outcomes.findLast((outcome) => outcome.rows)?.rows;
  const dml = outcomes.flatMap((outcome) => outcome.dml ?? []);
  const affected = dml.reduce((sum, counts) => sum + counts.inserted + counts.updated + counts.deleted, 0);
  const last = single?.dml;
  const query: Resource = {
    statementType: single?.statementType ?? 'SCRIPT',
    totalBytesProcessed: bytes,
    totalBytesBilled: bytes,
    cacheHit: false,
    ...(rows ? { schema: { fields: rows.fields } } : {}),
    ...(dml.length > 0 ? { numDmlAffectedRows: String(affected) } : {}),
    ...(last
      ? {
          dmlStats: {
            insertedRowCount: String(last.inserted),
            updatedRowCount: String(last.updated),
            deletedRowCount: String(last.deleted),
          },
        }
      : {}),
    ...single?.ddl,
  };
  const children = single ? {} : { numChildJobs: String(outcomes.length) };
  return { statistics: { totalBytesProcessed: bytes, ...children, query }, ...(rows ? { rows } : {}) };
}
