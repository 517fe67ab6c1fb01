import { jobId } from '../pipelines/model/names.ts';
import { moveCursor } from './ledger/cursors.ts';
import { endTableRun, recordCount, type TableRun } from './ledger/runs.ts';
import { type MergeMessage, mergeMessage } from './messages/messages.ts';
import type { StageDefinition } from './runtime/handle.ts';
import { onceForTable } from './runtime/once.ts';
import type { Services } from './runtime/services.ts';
import { resolveTable, tablesOf } from './runtime/table.ts';
import { partitionsQuery, upsert } from './warehouse/merge.ts';
import { compileMerge } from './warehouse/sql.ts';

/** Merges the staging table into the final one, and ends the table run: the cursor moves in that same transaction. */
export const merge: StageDefinition<MergeMessage> = {
  stage: 'merge',
  message: mergeMessage,
  async run({ runId, table }, _delivery, services) {
    const key = { runId, table, stage: 'merge', slice: 0 } as const;
    await onceForTable(services.ledger, key, ['merging'], async (run) => {
      const merged = await mergeStaging(run, services);
      return {
        result: { merged },
        async commit(tx) {
          await recordCount(tx, run, { merged });
          await moveCursor(tx, runId, table);
          await endTableRun(tx, run, { state: 'succeeded' });
          return undefined;
        },
      };
    });
    return [];
  },
};

/** @returns rows inserted or updated */
async function mergeStaging(run: TableRun, services: Services): Promise<number> {
  const resolved = resolveTable(services.catalog, run.pipeline, run.table);
  const { spec, contract } = resolved;
  const warehouse = await services.warehouse();
  const names = tablesOf(warehouse.projectId, resolved, run.runId);
  const partitions = spec.partition?.immutable
    ? (await warehouse.query(partitionsQuery(names.staging, spec.partition))).map((row) => Number(row['start']))
    : undefined;
  const query = compileMerge(upsert(spec, contract, names, partitions));
  const job = await warehouse.runJob((attempt) => jobId('merge', run.runId, run.table, attempt), {
    query: { query, useLegacySql: false },
  });
  return Number(job.statistics?.query?.numDmlAffectedRows ?? 0);
}
