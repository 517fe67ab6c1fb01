import { finalRows, moved } from './destinations.ts';
import { type Invariant, Violation, type World } from './invariant.ts';

/** A final table holds one row per key. */
export const noDouble: Invariant = {
  number: 2,
  name: 'no double',
  async afterLedger({ moved: changes }, world) {
    for (const { to } of changes) if (to.state === 'succeeded') await check(world, to.table_name);
  },
  async atEnd(world) {
    for (const { table } of moved(world)) await check(world, table);
  },
};

async function check(world: World, table: string): Promise<void> {
  const seen = new Set<string | null | undefined>();
  for (const { id } of (await finalRows(world, table)) ?? []) {
    if (seen.has(id))
      throw new Violation(noDouble, `the final table ${table} holds row ${id ?? 'null'} more than once`);
    seen.add(id);
  }
}
