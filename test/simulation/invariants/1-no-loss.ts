import { arrived, moved } from './destinations.ts';
import { type Invariant, runKey, Violation, type World } from './invariant.ts';

/** A row committed before a run's snapshot is in the final table or in quarantine after that run. */
export const noLoss: Invariant = {
  number: 1,
  name: 'no loss',
  async afterLedger({ moved: changes }, world) {
    for (const { to } of changes) {
      if (to.state !== 'succeeded') continue;
      const planned = world.planned.get(runKey(to));
      const table = world.tables.get(to.table_name);
      if (!planned || !table) continue;
      const newest = await arrived(world, to.pipeline, to.table_name);
      for (const [id, { version }] of planned.rows) {
        // A row that somebody deletes while it is being moved may be seen or not.
        if (!table.stayedSince(id, planned.moment)) continue;
        requireArrived(`${runKey(to)} has succeeded`, to.table_name, id, version, newest.get(id));
      }
    }
  },
  async atEnd(world) {
    requireCalmRuns(world);
    for (const { pipeline, table } of moved(world)) {
      const newest = await arrived(world, pipeline, table);
      for (const [id, { version }] of world.tables.get(table)?.committed.rows ?? []) {
        requireArrived('in the end', table, id, version, newest.get(id));
      }
    }
  },
};

function requireArrived(when: string, table: string, id: number, version: number, found: number | undefined): void {
  if (found !== undefined && found >= version) return;
  const there =
    found === undefined ? 'neither the final table nor quarantine has the row' : `only v${found} has arrived`;
  throw new Violation(noLoss, `${when}: row ${id} of ${table} was committed as v${version}, and ${there}`);
}

/** Where nothing fails, a run succeeds: a table that can never be moved again is lost as a whole. */
function requireCalmRuns({ calm, state }: World): void {
  for (const run of state.tableRuns) {
    if (!calm.has(run.run_id) || run.state === 'succeeded') continue;
    throw new Violation(noLoss, `nothing fails any more, and ${runKey(run)} is ${run.state}: ${run.reason ?? ''}`);
  }
}
