import { openSlices } from '../ledger/slices.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { readTableRun, type TableRunState } from '../ledger/runs.ts';
import { type Outgoing, outgoing } from '../messages/messages.ts';

/**
 * What is to be published once a stage of a table run is done, read from the ledger and not from what the call did. So a
 * redelivery publishes again exactly what may have been lost, and nothing once the next stage has committed too.
 */
export async function nextMessages(
  ledger: Ledger,
  key: { runId: string; table: string },
  reached: TableRunState,
): Promise<Outgoing[]> {
  const run = await readTableRun(ledger, key.runId, key.table);
  if (run?.state !== reached) return [];
  const { runId, table } = run;
  switch (reached) {
    case 'encoding':
      return (await openSlices(ledger, run)).map((slice) => outgoing({ v: 1, kind: 'encode', runId, table, slice }));
    case 'loading':
      return [outgoing({ v: 1, kind: 'load', runId, table })];
    case 'auditing':
      return [outgoing({ v: 1, kind: 'audit', runId, table })];
    case 'merging':
      return [outgoing({ v: 1, kind: 'merge', runId, table })];
    default:
      return [];
  }
}
