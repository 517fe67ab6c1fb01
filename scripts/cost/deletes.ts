import { keysOf } from '../../functions/deletes/table.ts';
import { isMovePipeline, type Pipeline } from '../../pipelines/model/pipeline.ts';
import { deletesGroups } from '../../pipelines/model/plan-deletes.ts';
import { ASSUMED } from './assumptions.ts';
import { columnBytes, sumBytes } from './size.ts';
import { countTicks } from './ticks.ts';
import { sum, TIB, type Usage } from './usage.ts';
import { billed, finalTable } from './warehouse.ts';
import { callsOf, countSlices, type TableWork, type Workload } from './workload.ts';

/** What looking for rows that are gone does in a month, for each schedule: it reads every key, and nothing else. */
export function deletesWorks(pipeline: Pipeline, { runs, tables }: Workload): Workload[] {
  if (!isMovePipeline(pipeline)) return [];
  return deletesGroups(pipeline).map((group) => {
    const ticks = countTicks(group.schedule);
    const works = tables
      .filter(({ name }) => group.tables.includes(name))
      .map((table): TableWork => {
        const { spec, contract } = keysOf({ pipeline, spec: table.spec, contract: table.contract });
        const { rows } = finalTable(table, runs.perMonth);
        const rowBytes = sumBytes(columnBytes(contract));
        // Its staging table has no partitions, and nothing new comes of it.
        const keys = { ...spec, partition: undefined };
        const volume = { ...table.volume, rows, newRows: 0, rowBytes, tableRows: rows };
        return { ...table, spec: keys, contract, volume, slices: countSlices(keys, rows) };
      });
    const tick = { function: 'extract', perMonth: ticks.perMonth, seconds: ASSUMED.seconds.tick } as const;
    const calls = [tick, ...works.flatMap((table) => callsOf(table, ticks.perMonth))];
    return { pipeline: pipeline.pipeline, runs: ticks, tables: works, calls };
  });
}

/**
 * How many rows are gone is a query over the keys of both sides. The statement is billed the whole of the final table,
 * for nobody knows in which partitions they are:
 * https://cloud.google.com/bigquery/docs/reference/standard-sql/dml-syntax#on-demand_query_size_calculation
 */
export function deletesScans(deletes: Workload, { runs, tables }: Workload): Usage {
  const bytes = sum(deletes.tables, ({ name, volume }) => {
    const table = tables.find((one) => one.name === name);
    const keys = volume.rows * volume.rowBytes;
    return 4 * billed(keys) + (table ? billed(finalTable(table, runs.perMonth).bytes) : 0);
  });
  return { sku: 'bigqueryScan', what: 'rows that are gone', quantity: (deletes.runs.perMonth * bytes) / TIB };
}
