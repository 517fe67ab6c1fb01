import { jobId } from '../pipelines/model/names.ts';
import type { LogEvent } from '../pipelines/model/log-events.ts';
import { deleteGone } from './deletes/gone.ts';
import { moveCursor } from './ledger/cursors.ts';
import { endingsOfTable } from './ledger/endings.ts';
import { recordMerge } from './ledger/made-of.ts';
import { earlierRuns } from './ledger/overtaken.ts';
import { endTableRun, recordCount, type TableRun } from './ledger/runs.ts';
import { type MergeMessage, mergeMessage } from './messages/messages.ts';
import { warehouse } from './runtime/clients/warehouse.ts';
import type { StageDefinition } from './runtime/handle.ts';
import { onceForTable } from './runtime/once.ts';
import { billingOf, report } from './runtime/report.ts';
import type { Services } from './runtime/services.ts';
import { type ResolvedTable, resolveTable, tablesOf } from './runtime/table.ts';
import { partitionsQuery, upsert } from './warehouse/merge.ts';
import { compileMerge } from './warehouse/sql.ts';

/** Merges the staging table into the final one, and ends the table run: the cursor moves in that same transaction. */
export const merge: StageDefinition<MergeMessage, 'warehouse'> = {
  stage: 'merge',
  clients: { warehouse },
  message: mergeMessage,
  async run({ runId, table }, _delivery, services) {
    const key = { runId, table, stage: 'merge', slice: 0 } as const;
    const ended: LogEvent[] = [];
    await onceForTable(services.ledger, key, ['merging'], async (run) => {
      const merged = await mergeStaging(run, services);
      return {
        result: { merged },
        async commit(tx) {
          await recordCount(tx, run, { merged });
          if (!run.deletes) await moveCursor(tx, runId, table);
          const isOver = await endTableRun(tx, run, { state: 'succeeded' });
          if (isOver) ended.push(...(await endingsOfTable(tx, run)));
          return undefined;
        },
      };
    });
    report(services, ended);
    return [];
  },
};

/** @returns rows inserted or updated; or marked or deleted, for they are gone */
async function mergeStaging(run: TableRun, services: Services<'warehouse'>): Promise<number> {
  const resolved = resolveTable(services.catalog, run.pipeline, run.table);
  const warehouse = await services.warehouse();
  const billing = billingOf(services, run, 'merge');
  await stopOlderMerges(run, resolved, services);
  const query = await (run.deletes ? deleteGone : upsertStaging)(run, resolved, services);
  const job = await warehouse.runJob(
    mergeJobs(run.runId, run.table),
    { query: { query, useLegacySql: false } },
    billing,
  );
  await recordMerge(services.ledger, run, {
    jobId: job.jobReference?.jobId ?? '',
    bytesBilled: Number(job.statistics?.query?.totalBytesBilled ?? 0),
  });
  return Number(job.statistics?.query?.numDmlAffectedRows ?? 0);
}

/** The statement that merges what is in staging. */
async function upsertStaging(run: TableRun, resolved: ResolvedTable, services: Services<'warehouse'>): Promise<string> {
  const { spec, contract } = resolved;
  const warehouse = await services.warehouse();
  const names = tablesOf(services.environment, resolved, run.runId);
  const known = spec.deletes && { target: names.target, key: spec.key };
  const touched = spec.partition?.immutable
    ? await warehouse.query(
        partitionsQuery(names.staging, spec.partition, known),
        {},
        billingOf(services, run, 'merge'),
      )
    : undefined;
  const partitions = touched?.map((row) => Number(row['start']));
  return compileMerge(upsert(spec, contract, names, partitions));
}

function mergeJobs(runId: string, table: string): (attempt: number) => string {
  return (attempt) => jobId('merge', runId, table, attempt);
}

/**
 * A run that failed may have a call that does not know it yet, and a MERGE of its own: were that one to come after ours,
 * older rows would stand where newer ones were, and the cursor is past them. The ledger cannot stop a job of BigQuery's.
 * Without its staging table it cannot begin; and what has begun is stopped, or is over, before ours begins. The staging
 * tables of the run that merged last and of those that failed before their merge go too: until now, somebody might have
 * wanted to look at them.
 */
async function stopOlderMerges(
  run: TableRun,
  resolved: ResolvedTable,
  { ledger, environment, warehouse: open }: Services<'warehouse'>,
): Promise<void> {
  const warehouse = await open();
  for (const { runId, mayMerge } of await earlierRuns(ledger, run)) {
    const { staging } = tablesOf(environment, resolved, runId);
    await warehouse.dropTable(staging.dataset, staging.table);
    if (mayMerge) await warehouse.stopJobs(mergeJobs(runId, run.table));
  }
}
