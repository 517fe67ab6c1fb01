import { acquireLease } from '../../functions/ledger/leases.ts';
import { type Ledger, openLedger } from '../../functions/ledger/ledger.ts';
import { startRun } from '../../functions/ledger/runs.ts';
import { cleanUp } from './cleanup.ts';
import { createDatabase } from './postgres.ts';

/** An empty ledger in a database of its own. */
export async function createLedger(): Promise<Ledger & { url: string }> {
  const url = await createDatabase();
  const ledger = openLedger({ connection: url });
  cleanUp(async () => {
    await ledger.close();
  });
  return { ...ledger, url };
}

/** A run of pipeline `p` that holds the tables it names. */
export async function startLeasedRun(ledger: Ledger, runId: string, tables: readonly string[] = ['t']): Promise<void> {
  await ledger.transaction(async (tx) => {
    await startRun(tx, { runId, pipeline: 'p', tick: new Date('2026-11-20T08:15:00Z'), manual: false }, tables);
    for (const table of tables) await acquireLease(tx, { pipeline: 'p', table, runId });
  });
}
