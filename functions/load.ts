import { bigQueryColumns } from '../schemas/bigquery.ts';
import { datasetName, jobId, labels, slicePrefix } from '../pipelines/model/names.ts';
import { planStagingDataset } from '../pipelines/model/datasets.ts';
import { checkKeys } from './deletes/gone.ts';
import { tableOfRun } from './deletes/table.ts';
import type { Bucket } from './gcp/storage.ts';
import { fingerprintOf } from './ledger/fingerprint.ts';
import { recordLoad } from './ledger/made-of.ts';
import { recordCount, type TableRun } from './ledger/runs.ts';
import { type EncodedSlice, readEncoded } from './ledger/slices.ts';
import { type LoadMessage, loadMessage } from './messages/messages.ts';
import { checkRejected } from './quarantine/limit.ts';
import { bucket } from './runtime/clients/bucket.ts';
import { warehouse } from './runtime/clients/warehouse.ts';
import { nextMessages } from './runtime/chain.ts';
import { TerminalError, TransientError } from './runtime/errors.ts';
import type { StageDefinition } from './runtime/handle.ts';
import { onceForTable } from './runtime/once.ts';
import { billingOf } from './runtime/report.ts';
import type { Services } from './runtime/services.ts';
import { addressOf, tablesOf } from './runtime/table.ts';
import { ensureTable } from './warehouse/tables.ts';

/** Loads all slices of a table run into its staging table, in one job. */
export const load: StageDefinition<LoadMessage, 'bucket' | 'warehouse'> = {
  stage: 'load',
  clients: { bucket, warehouse },
  message: loadMessage,
  async run({ runId, table }, _delivery, services) {
    const key = { runId, table, stage: 'load', slice: 0 } as const;
    await onceForTable(services.ledger, key, ['loading'], async (run) => {
      const loaded = await loadStaging(run, services);
      return {
        result: { loaded },
        async commit(tx) {
          await recordCount(tx, run, { loaded });
          return 'auditing';
        },
      };
    });
    return await nextMessages(services.ledger, { runId, table }, 'auditing');
  },
};

async function loadStaging(run: TableRun, services: Services<'bucket' | 'warehouse'>): Promise<number> {
  const resolved = tableOfRun(services.catalog, run);
  await (run.deletes ? checkKeys(run, services) : checkRejected(run, resolved.spec, services));
  const slices = await readEncoded(services.ledger, run);
  const lake = await services.bucket('lake');
  await checkLake(lake, slicePrefix(addressOf(run)), slices);

  const warehouse = await services.warehouse();
  const { staging } = tablesOf(services.environment, resolved, run.runId);
  const columns = bigQueryColumns(resolved.contract);
  const plan = {
    dataset: staging.dataset,
    name: staging.table,
    description: `Staging: ${resolved.contract.doc}`,
    columns,
    labels: labels(services.environment.name, run.pipeline),
    cluster: [],
  };
  await ensureTable(warehouse, plan, planStagingDataset(datasetName(services.environment, resolved.pipeline.dataset)));
  const id = (attempt: number): string => jobId('load', run.runId, run.table, attempt);
  const configuration = {
    load: {
      sourceUris: slices.map((slice) => lake.uri(slice.object)),
      sourceFormat: 'AVRO',
      useAvroLogicalTypes: true,
      // A decimal that NUMERIC cannot hold; by default BigQuery would refuse it.
      decimalTargetTypes: ['NUMERIC', 'BIGNUMERIC'],
      destinationTable: { projectId: staging.project, datasetId: staging.dataset, tableId: staging.table },
      schema: { fields: columns },
      createDisposition: 'CREATE_NEVER',
      // The staging table is this run's own: were it ever not empty, loading again would double it.
      writeDisposition: 'WRITE_EMPTY',
    },
  };
  const job = await warehouse.runJob(id, configuration, billingOf(services, run, 'load'));
  await recordLoad(services.ledger, run, {
    jobId: job.jobReference?.jobId ?? '',
    contract: fingerprintOf(resolved.contract.avro),
  });
  const loaded = Number(job.statistics?.load?.outputRows ?? 0);
  if (loaded === run.encoded) return loaded;
  throw new TerminalError(
    'COUNTS_DIFFER',
    `${run.encoded} rows were encoded and ${loaded} loaded into ${staging.table}`,
  );
}

/** The load job takes names; that each is still the object that `encode` committed is checked here. */
async function checkLake(lake: Bucket, prefix: string, slices: readonly EncodedSlice[]): Promise<void> {
  const stored = new Map((await lake.list(prefix)).map((object) => [object.name, object.generation]));
  for (const { object, generation } of slices) {
    const found = stored.get(object);
    if (found === undefined)
      throw new TerminalError('RESOURCE_MISSING', `${lake.uri(object)} is gone; run the pipeline again`);
    if (found === generation) continue;
    throw new TransientError(
      'CLAIMED_ELSEWHERE',
      `${lake.uri(object)} is generation ${found}; ${generation} was committed`,
    );
  }
}
