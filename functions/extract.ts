import { z } from 'zod';
import { planFinalDataset, planTable } from '../pipelines/model/plan.ts';
import { readCursor } from './ledger/cursors.ts';
import { acquireLease } from './ledger/leases.ts';
import { endTableRun, lockRun, moveTableRun, readTableRun, startRun, type TableRun } from './ledger/runs.ts';
import { recordSlices } from './ledger/slices.ts';
import {
  type ExtractMessage,
  extractMessage,
  type Outgoing,
  outgoing,
  type TickMessage,
  tickMessage,
} from './messages/messages.ts';
import { nextMessages } from './runtime/chain.ts';
import { TerminalError } from './runtime/errors.ts';
import type { StageDefinition } from './runtime/handle.ts';
import { onceForTable } from './runtime/once.ts';
import { resolveRun } from './runtime/run.ts';
import type { Services } from './runtime/services.ts';
import { requireMovePipeline, type ResolvedTable, resolveTable } from './runtime/table.ts';
import { checkSource } from './sources/columns.ts';
import { BEGINNING, nextCursor } from './sources/cursor.ts';
import { withReader } from './sources/postgres.ts';
import { planSlices } from './sources/slices.ts';
import { checkTable, ensureTable } from './warehouse/tables.ts';

/**
 * Decides which rows a run moves. A tick becomes a run with one `extract` message per table; a table becomes slices with
 * one `encode` message each.
 */
export const extract: StageDefinition<TickMessage | ExtractMessage> = {
  stage: 'extract',
  message: z.discriminatedUnion('kind', [tickMessage, extractMessage]),
  run: async (message, delivery, services) =>
    message.kind === 'tick'
      ? await startTables(message, delivery.publishTime, services)
      : await extractTable(message, services),
};

async function startTables(message: TickMessage, publishTime: Date, services: Services): Promise<Outgoing[]> {
  const pipeline = requireMovePipeline(services.catalog, message.pipeline);
  const all = pipeline.tables.map((table) => table.destination);
  const tables = message.tables ?? all;
  for (const table of tables) resolveTable(services.catalog, message.pipeline, table);
  const run = resolveRun(services.catalog, message, publishTime);
  await services.ledger.transaction(async (tx) => {
    await startRun(tx, run, tables);
  });
  return tables.map((table) => outgoing({ v: 1, kind: 'extract', runId: run.runId, table }));
}

async function extractTable({ runId, table }: ExtractMessage, services: Services): Promise<Outgoing[]> {
  const { ledger, catalog } = services;
  const run = await readTableRun(ledger, runId, table);
  if (!run) throw new TerminalError('STATE_UNEXPECTED', `the ledger has no table run ${runId} / ${table}`);
  const resolved = resolveTable(catalog, run.pipeline, table);
  if (!(await takeTable(run, resolved, services))) return [];

  const key = { runId, table, stage: 'extract', slice: 0 } as const;
  await onceForTable(ledger, key, ['pending', 'queued'], async () => {
    await prepareTables(resolved, services);
    const planned = await planReading(run, resolved, services);
    return {
      result: { slices: planned.slices.length },
      async commit(tx) {
        await recordSlices(tx, run, planned);
        return 'encoding';
      },
    };
  });
  return await nextMessages(ledger, run, 'encoding');
}

/** One run at a time per table: takes the lease, or records that the run is skipped or queued, as its pipeline says. */
async function takeTable(run: TableRun, { pipeline }: ResolvedTable, services: Services): Promise<boolean> {
  return await services.ledger.transaction(async (tx) => {
    await lockRun(tx, run.runId);
    const current = await readTableRun(tx, run.runId, run.table);
    if (current?.state !== 'pending' && current?.state !== 'queued') return true;
    const lease = await acquireLease(tx, run);
    if ('fence' in lease) return true;
    if (pipeline.overlap === 'queue') await moveTableRun(tx, run, ['pending'], 'queued');
    else await endTableRun(tx, run, { state: 'skipped', reason: `${lease.heldBy} still holds the table` });
    services.log('WARNING', `overlap: ${pipeline.overlap}`, {
      runId: run.runId,
      table: run.table,
      heldBy: lease.heldBy,
    });
    return false;
  });
}

/** Dataset and final table are created when missing; when present they are compared with the contract and left alone. */
async function prepareTables({ pipeline, spec, contract }: ResolvedTable, services: Services): Promise<void> {
  const warehouse = await services.warehouse();
  const existing = await warehouse.getTable(pipeline.dataset, spec.destination);
  if (existing) {
    checkTable(`${pipeline.dataset}.${spec.destination}`, existing, contract);
    return;
  }
  await ensureTable(warehouse, planTable(services.catalog, pipeline, spec), planFinalDataset(pipeline.dataset));
}

async function planReading(run: TableRun, { pipeline, spec, contract }: ResolvedTable, services: Services) {
  const cursorFrom = (await readCursor(services.ledger, run.pipeline, run.table)) ?? BEGINNING;
  const source = pipeline.source.postgres;
  return await withReader(services.settings.sourceUrl(source), source, async (client) => {
    await checkSource(client, spec.source, contract);
    const cursorTo = await nextCursor(client, cursorFrom);
    const range = { table: spec.source, key: spec.key, cursor: spec.cursor, from: cursorFrom };
    return { cursorFrom, cursorTo, slices: await planSlices(client, range, spec.slice.rows) };
  });
}
