import type { Plan } from '../../pipelines/model/resources.ts';
import { thousands } from './assumptions.ts';
import { sum } from './usage.ts';
import { finalTable } from './warehouse.ts';
import type { TableWork, Workload } from './workload.ts';

/**
 * https://cloud.google.com/bigquery/quotas. DML has no number a day; at most two statements change a table at a time, and
 * a table run holds its table alone, so merges never queue.
 */
const LOADS_PER_TABLE_AND_DAY = 1500;
const LOADS_PER_DAY = 100_000;
const FILES_PER_LOAD = 10_000;
const BYTES_PER_LOAD = 15e12;
const PARTITIONS_PER_TABLE = 10_000;
const PARTITIONS_PER_JOB = 4000;
const PARTITION_CHANGES_PER_DAY = 30_000;
/** From this share on a few repetitions or manual runs break the quota too. */
const CLOSE = 0.9;

/** Where the pipelines would break a quota of BigQuery, or come close, or outlast their functions; a sentence each. */
export function quotaNotes(works: readonly Workload[], plan: Plan): string[] {
  const loads = sum(works, ({ runs, tables }) => runs.perDay * tables.length);
  return [
    ...works.flatMap((work) => work.tables.flatMap((table) => tableNotes(work, table, plan))),
    ...compare('all pipelines', 'load jobs a day', loads, LOADS_PER_DAY),
  ];
}

function tableNotes({ pipeline, runs, calls }: Workload, table: TableWork, plan: Plan): string[] {
  const where = `${pipeline}.${table.name}`;
  const { partitions, touched } = finalTable(table, runs.perMonth);
  const { rows, rowBytes } = table.volume;
  const slow = calls.flatMap((call) => {
    const limit = plan.functions.find(({ entryPoint }) => entryPoint === call.function)?.timeoutSeconds ?? Infinity;
    return call.table === table.name && call.seconds > limit ? [{ ...call, limit }] : [];
  });
  return [
    ...compare(where, 'load jobs a day', runs.perDay, LOADS_PER_TABLE_AND_DAY),
    ...compare(where, 'files in a load job', table.slices, FILES_PER_LOAD),
    ...compare(where, 'bytes in a load job', rows * rowBytes, BYTES_PER_LOAD),
    ...(table.spec.partition
      ? [
          ...compare(where, 'partitions after a year', partitions, PARTITIONS_PER_TABLE),
          ...compare(where, 'partitions changed by a merge', touched, PARTITIONS_PER_JOB),
          ...compare(where, 'partitions changed in a day', touched * runs.perDay, PARTITION_CHANGES_PER_DAY),
        ]
      : []),
    ...slow.map(
      ({ function: name, seconds, limit }) =>
        `${where}: a call of ${name} takes ${thousands(Math.round(seconds))} s by these assumptions, and is ended after ${limit} s; make slices smaller or runs more frequent`,
    ),
  ];
}

function compare(where: string, what: string, value: number, limit: number): string[] {
  if (value < limit * CLOSE) return [];
  const how = value > limit ? 'breaks' : 'is close to';
  return [`${where}: ${thousands(value)} ${what} ${how} BigQuery's limit of ${thousands(limit)}`];
}
