import type { FunctionName } from '../../pipelines/model/names.ts';
import { isMovePipeline, type Pipeline, type TableSpec } from '../../pipelines/model/pipeline.ts';
import type { Catalog } from '../../pipelines/model/read.ts';
import type { Contract } from '../../schemas/contract.ts';
import { ASSUMED } from './assumptions.ts';
import { countTicks, type Ticks } from './ticks.ts';
import { tableKey, type Volume, type Volumes } from './volumes.ts';

/** What a pipeline does in a month. */
export interface Workload {
  readonly pipeline: string;
  readonly runs: Ticks;
  readonly tables: readonly TableWork[];
  readonly calls: readonly Calls[];
}

export interface TableWork {
  readonly name: string;
  readonly spec: TableSpec;
  readonly contract: Contract;
  readonly volume: Volume;
  /** Of each run. */
  readonly slices: number;
}

/** Calls of one function that take the same time. */
export interface Calls {
  readonly function: FunctionName;
  /** Undefined for a call that is for the whole run. */
  readonly table?: string;
  readonly perMonth: number;
  readonly seconds: number;
}

/** @throws Error when the catalog lacks a contract, or the volumes a table */
export function workloadOf(pipeline: Pipeline, catalog: Catalog, volumes: Volumes): Workload {
  const runs = countTicks(pipeline.schedule);
  const name = pipeline.pipeline;
  if (!isMovePipeline(pipeline)) {
    const calls = [{ function: 'generate', perMonth: runs.perMonth, seconds: ASSUMED.seconds.generate }] as const;
    return { pipeline: name, runs, tables: [], calls };
  }
  const tables = pipeline.tables.map((spec): TableWork => {
    const contract = catalog.contracts.get(spec.contract);
    const volume = volumes.get(tableKey(name, spec.destination));
    if (!contract || !volume) throw new Error(`${tableKey(name, spec.destination)} has no contract or no volume`);
    return { name: spec.destination, spec, contract, volume, slices: countSlices(spec, volume.rows) };
  });
  const tick: Calls = { function: 'extract', perMonth: runs.perMonth, seconds: ASSUMED.seconds.tick };
  return { pipeline: name, runs, tables, calls: [tick, ...tables.flatMap((table) => callsOf(table, runs.perMonth))] };
}

/** As `planSlices` cuts them: a longer key is not cut, and no rows make one slice too. */
export function countSlices(spec: TableSpec, rows: number): number {
  return spec.key.length > 1 ? 1 : Math.max(1, Math.ceil(rows / spec.slice.rows));
}

/** What one table takes of a run, so often in a month. */
export function callsOf({ name: table, slices, volume }: TableWork, runs: number): Calls[] {
  const { seconds, encodedRowsPerSecond, loadedBytesPerSecond } = ASSUMED;
  return [
    { function: 'extract', table, perMonth: runs, seconds: seconds.extract },
    {
      function: 'encode',
      table,
      perMonth: runs * slices,
      seconds: seconds.encode + volume.rows / slices / encodedRowsPerSecond,
    },
    {
      function: 'load',
      table,
      perMonth: runs,
      seconds: seconds.load + (volume.rows * volume.rowBytes) / loadedBytesPerSecond,
    },
    { function: 'audit', table, perMonth: runs, seconds: seconds.audit },
    { function: 'merge', table, perMonth: runs, seconds: seconds.merge },
  ];
}
