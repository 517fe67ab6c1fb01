import { type Invariant, type LedgerChange, runKey, Violation } from './invariant.ts';
import { AT_WORK, OVERTAKEN } from './ledger-state.ts';

/** One run at a time per table, under a lease; whose lease was taken over can no longer commit. */
export const oneAtATime: Invariant = {
  number: 6,
  name: 'one run at a time',
  afterLedger({ before, after, moved }) {
    const holders = new Map<string, string>();
    for (const run of after.tableRuns) {
      if (!AT_WORK.includes(run.state)) continue;
      const table = `${run.pipeline}/${run.table_name}`;
      const other = holders.get(table);
      if (other !== undefined) throw new Violation(oneAtATime, `${other} and ${run.run_id} are at ${table} at once`);
      holders.set(table, run.run_id);
    }
    requireExpired(before, moved);
    for (const { to } of moved) {
      if (!AT_WORK.includes(to.state) && to.state !== 'succeeded') continue;
      const lease = before.leases.find(
        ({ pipeline, table_name }) => pipeline === to.pipeline && table_name === to.table_name,
      );
      if (lease?.run_id === to.run_id && lease.fence === to.fence) continue;
      const holder = lease?.run_id ?? 'nobody';
      throw new Violation(
        oneAtATime,
        `${runKey(to)} moved to ${to.state} under fence ${to.fence ?? 'none'}, and ${holder} held the table under fence ${lease?.fence ?? 'none'}`,
      );
    }
    for (const lease of after.leases) {
      const old = before.leases.find(
        ({ pipeline, table_name }) => pipeline === lease.pipeline && table_name === lease.table_name,
      );
      if (old && lease.fence < old.fence) {
        throw new Violation(
          oneAtATime,
          `the fence of ${lease.table_name} went back from ${old.fence} to ${lease.fence}`,
        );
      }
    }
  },
};

/** Who shows life keeps its table. */
function requireExpired(before: LedgerChange['before'], moved: LedgerChange['moved']): void {
  for (const { to } of moved) {
    if (to.state !== 'failed' || !OVERTAKEN.test(to.reason ?? '')) continue;
    const lease = before.leases.find(({ run_id, table_name }) => run_id === to.run_id && table_name === to.table_name);
    if (lease?.expired !== false) continue;
    throw new Violation(oneAtATime, `${runKey(to)} was overtaken (${to.reason ?? ''}), and its lease had not run out`);
  }
}
