import { bigQueryColumns } from '../../../schemas/bigquery.ts';
import { isMovePipeline } from '../../../pipelines/model/pipeline.ts';
import { finalRows, moved } from './destinations.ts';
import { type Invariant, runKey, Violation, type World } from './invariant.ts';

const counted = new WeakMap<World['tables'], Map<string, number>>();

/** Zero rows is a normal run: the tables exist with the contract's columns, nothing is truncated, the run is done. */
export const zeroRows: Invariant = {
  number: 9,
  name: 'zero rows are a normal run',
  async afterLedger({ moved: changes }, world) {
    for (const { to } of changes) {
      if (to.state !== 'succeeded') continue;
      const rows = await finalRows(world, to.table_name);
      if (!rows) throw new Violation(zeroRows, `${runKey(to)} has succeeded, and there is no table ${to.table_name}`);
      const known = counted.get(world.tables) ?? new Map<string, number>();
      counted.set(world.tables, known);
      const before = known.get(to.table_name) ?? 0;
      if (rows.length < before) {
        throw new Violation(
          zeroRows,
          `${runKey(to)} moved ${to.extracted ?? 'no'} rows, and ${to.table_name} went from ${before} rows to ${rows.length}`,
        );
      }
      known.set(to.table_name, rows.length);
    }
  },
  atEnd(world) {
    for (const { pipeline, table, dataset } of moved(world)) {
      const columns = world.google.columns(dataset, table);
      const spec = world.catalog.pipelines.filter(isMovePipeline).find((each) => each.pipeline === pipeline);
      const contract = spec?.tables.find(({ destination }) => destination === table)?.contract ?? '';
      const wanted = bigQueryColumns(world.catalog.contracts.get(contract) ?? fail(contract)).map(({ name }) => name);
      if (columns?.join() === wanted.join()) continue;
      throw new Violation(
        zeroRows,
        `${table} has the columns ${columns?.join() ?? '(none)'}, and its contract ${wanted.join()}`,
      );
    }
  },
};

function fail(contract: string): never {
  throw new Error(`there is no contract ${contract}`);
}
