import { z } from 'zod';
import { datasetName } from '../pipelines/model/names.ts';
import { planFinalDataset, planTable } from '../pipelines/model/datasets.ts';
import type { LogEvent } from '../pipelines/model/log-events.ts';
import { ensureDeletedColumn } from './deletes/column.ts';
import { planKeys } from './deletes/plan.ts';
import { tablesWithDeletes } from './deletes/table.ts';
import { readCursor } from './ledger/cursors.ts';
import { startDeletes } from './ledger/deletes.ts';
import { endingsOfTable } from './ledger/endings.ts';
import { acquireLease, mayTake } from './ledger/leases.ts';
import { endTableRun, lockRun, moveTableRun, readTableRun, startRun, type TableRun } from './ledger/runs.ts';
import { replayedRuns, startReplay } from './ledger/replays.ts';
import { recordSlices } from './ledger/slices.ts';
import {
  type ExtractMessage,
  extractMessage,
  type Outgoing,
  outgoing,
  type TickMessage,
  tickMessage,
} from './messages/messages.ts';
import { planReplay } from './quarantine/plan.ts';
import { warehouse } from './runtime/clients/warehouse.ts';
import { publishAll, sliceMessages } from './runtime/chain.ts';
import { TerminalError } from './runtime/errors.ts';
import type { StageDefinition } from './runtime/handle.ts';
import { onceForTable } from './runtime/once.ts';
import { report } from './runtime/report.ts';
import { resolveRun } from './runtime/run.ts';
import type { Services } from './runtime/services.ts';
import { requireMovePipeline, type ResolvedTable, resolveTable, slicesAtOnce } from './runtime/table.ts';
import { BEGINNING } from './sources/position.ts';
import { withReader } from './sources/postgres.ts';
import { type PlannedReading, planReading } from './sources/reading.ts';
import { checkTable, ensureTable } from './warehouse/tables.ts';

/**
 * Decides which rows a run moves. A tick becomes a run with one `extract` message per table; a table becomes slices with
 * one `encode` message each.
 */
export const extract: StageDefinition<TickMessage | ExtractMessage, 'warehouse'> = {
  stage: 'extract',
  clients: { warehouse },
  message: z.discriminatedUnion('kind', [tickMessage, extractMessage]),
  run: async (message, delivery, services) =>
    message.kind === 'tick'
      ? await startTables(message, delivery.publishTime, services)
      : await extractTable(message, services),
};

async function startTables(message: TickMessage, publishTime: Date, services: Services): Promise<Outgoing[]> {
  const pipeline = requireMovePipeline(services.catalog, message.pipeline);
  const all = pipeline.tables.map((table) => table.destination);
  const tables = message.deletes ? tablesWithDeletes(pipeline, message.tables) : (message.tables ?? all);
  for (const table of tables) resolveTable(services.catalog, message.pipeline, table);
  const run = resolveRun(services.catalog, message, publishTime);
  const isNew = await services.ledger.transaction(async (tx) => {
    const started = await startRun(tx, run, tables);
    if (message.deletes) await startDeletes(tx, run.runId, message.deletes);
    if (message.rejectedBy) await startReplay(tx, run.runId, message.rejectedBy);
    return started;
  });
  if (isNew) report(services, [{ event: 'run-began', ...run }]);
  return tables.map((table) => outgoing({ v: 1, kind: 'extract', runId: run.runId, table }));
}

async function extractTable({ runId, table }: ExtractMessage, services: Services<'warehouse'>): Promise<Outgoing[]> {
  const { ledger, catalog } = services;
  const run = await readTableRun(ledger, runId, table);
  if (!run) throw new TerminalError('STATE_UNEXPECTED', `the ledger has no table run ${runId} / ${table}`);
  const resolved = resolveTable(catalog, run.pipeline, table);
  if (!(await takeTable(run, resolved, services))) return [];

  const key = { runId, table, stage: 'extract', slice: 0 } as const;
  await onceForTable(ledger, key, ['pending', 'queued'], async () => {
    const target = await prepareTable(resolved, services);
    const planned = run.deletes
      ? await planKeys(resolved, services.settings)
      : await planRows(run, target, resolved, services);
    return {
      result: { slices: planned.slices.length },
      async commit(tx) {
        await recordSlices(tx, run, { ...planned, atOnce: slicesAtOnce(resolved.pipeline) });
        return 'encoding';
      },
    };
  });
  return await sliceMessages(services, run);
}

/**
 * One run at a time per table: takes the lease, or records that the run is skipped or queued, as its pipeline says.
 *
 * A delivery that has found the run queued has acknowledged its message, and another delivery of the same message may be
 * the one that gets the table. Were it to fail after that, nobody would come again; so a queued run publishes its message
 * anew before it takes its table. Once it has it, no delivery acknowledges before the work is done.
 */
async function takeTable(run: TableRun, resolved: ResolvedTable, services: Services): Promise<boolean> {
  const taken = await tryTable(run, resolved, services, { isPublished: false });
  if (taken !== 'publish first') return taken;
  await publishAll(services, [outgoing({ v: 1, kind: 'extract', runId: run.runId, table: run.table })]);
  return (await tryTable(run, resolved, services, { isPublished: true })) === true;
}

async function tryTable(
  run: TableRun,
  { pipeline }: ResolvedTable,
  services: Services,
  { isPublished }: { isPublished: boolean },
): Promise<boolean | 'publish first'> {
  const { runId, table } = run;
  const ended: LogEvent[] = [];
  const taken = await services.ledger.transaction(async (tx) => {
    await lockRun(tx, runId);
    const current = await readTableRun(tx, runId, table);
    if (current?.state !== 'pending' && current?.state !== 'queued') return true;
    if (current.state === 'queued' && !isPublished && (await mayTake(tx, run))) return 'publish first';
    const lease = await acquireLease(tx, run);
    if ('fence' in lease) {
      if (lease.overtook !== undefined) ended.push(...(await endingsOfTable(tx, { runId: lease.overtook, table })));
      return true;
    }
    services.log('WARNING', `overlap: ${pipeline.overlap}`, { runId, table, heldBy: lease.heldBy });
    if (pipeline.overlap === 'queue') {
      await moveTableRun(tx, run, ['pending'], 'queued');
      return false;
    }
    const outcome = { state: 'skipped', reason: `${lease.heldBy} still holds the table` } as const;
    if (await endTableRun(tx, run, outcome)) ended.push(...(await endingsOfTable(tx, run)));
    return false;
  });
  report(services, ended);
  return taken;
}

/**
 * Dataset and final table are created when missing; when present they are compared with the contract and left alone.
 * @returns when the final table was created
 */
async function prepareTable(
  { pipeline, spec, contract }: ResolvedTable,
  services: Services<'warehouse'>,
): Promise<string | undefined> {
  const warehouse = await services.warehouse();
  const dataset = datasetName(services.environment, pipeline.dataset);
  const existing = await warehouse.getTable(dataset, spec.destination);
  if (existing) {
    checkTable(`${dataset}.${spec.destination}`, existing, contract);
    await ensureDeletedColumn(warehouse, dataset, spec, existing);
    return existing.creationTime;
  }
  const table = planTable(services.catalog, services.environment, pipeline, spec);
  await ensureTable(warehouse, table, planFinalDataset(dataset));
  return (await warehouse.getTable(dataset, spec.destination))?.creationTime;
}

/** What is new; or, of a run that was asked for it, what was rejected before. */
async function planRows(
  run: TableRun,
  target: string | undefined,
  resolved: ResolvedTable,
  services: Services,
): Promise<Parameters<typeof recordSlices>[2]> {
  const replayed = await replayedRuns(services.ledger, run.runId);
  if (replayed) return await planReplay(run, replayed, resolved.spec, services.ledger);
  return await planRun(run, target, resolved, services);
}

async function planRun(
  run: TableRun,
  target: string | undefined,
  { pipeline, spec, contract }: ResolvedTable,
  services: Services,
): Promise<PlannedReading & { target?: string }> {
  const stored = await whereToBegin(run, target, services);
  const source = pipeline.source.postgres;
  const planned = await withReader(
    services.settings.source(source),
    source,
    async (client) => await planReading(client, spec, contract, stored),
  );
  for (const warning of planned.warnings) services.log('WARNING', warning, { runId: run.runId, table: run.table });
  return { ...planned, ...(target === undefined ? {} : { target }) };
}

/** At the cursor; at the beginning when there is none, or when the final table is not the one that it belongs to. */
async function whereToBegin(run: TableRun, target: string | undefined, { ledger, log }: Services): Promise<string> {
  const cursor = await readCursor(ledger, run.pipeline, run.table);
  if (!cursor) return BEGINNING;
  if (cursor.target === undefined || cursor.target === target) return cursor.value;
  log('WARNING', 'the final table was created anew since the last run: everything is read again', {
    runId: run.runId,
    table: run.table,
  });
  return BEGINNING;
}
