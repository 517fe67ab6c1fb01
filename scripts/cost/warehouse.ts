import type { Expectation } from '../../pipelines/model/pipeline.ts';
import type { Plan } from '../../pipelines/model/resources.ts';
import { columnBytes, sumBytes } from './size.ts';
import { DAYS_PER_MONTH } from './ticks.ts';
import { GIB, sum, TIB, type Usage } from './usage.ts';
import type { TableWork, Workload } from './workload.ts';

/** https://cloud.google.com/bigquery/pricing: of each table that a query reads, at least 10 MB are billed. */
const LEAST_BYTES = 10 * 2 ** 20;
/** A partition, or a table, that nobody writes to for so long costs less. */
const LONG_TERM_DAYS = 90;
const YEAR_DAYS = 12 * DAYS_PER_MONTH;
const DAY_SECONDS = 86_400;
const PARTITION_DAYS = { hour: 1 / 24, day: 1, month: DAYS_PER_MONTH, year: YEAR_DAYS };

/** A final table after twelve months. */
export interface FinalTable {
  readonly rows: number;
  readonly bytes: number;
  readonly partitions: number;
  /** Partitions that one merge writes to; all of a table that has none. */
  readonly touched: number;
  /** Share of the bytes that nothing has touched for 90 days. */
  readonly longTermShare: number;
}

/** What queries scan and tables hold. Load jobs cost nothing: https://cloud.google.com/bigquery/pricing#free */
export function warehouseUsage({ runs, tables }: Workload, plan: Plan): Usage[] {
  const finals = tables.map((table) => ({ table, final: finalTable(table, runs.perMonth) }));
  const scan = (bytes: (one: (typeof finals)[number]) => number): number => (runs.perMonth * sum(finals, bytes)) / TIB;
  // Staging tables expire; final ones do not.
  const stagingDays = Math.max(...plan.datasets.map((one) => one.defaultTableExpirationSeconds ?? 0)) / DAY_SECONDS;
  const staged = sum(tables, ({ volume }) => volume.rows * volume.rowBytes) * runs.perMonth;
  return [
    { sku: 'bigqueryScan', what: 'audits', quantity: scan(({ table }) => auditBytes(table)) },
    { sku: 'bigqueryScan', what: 'merges', quantity: scan(({ table, final }) => mergeBytes(table, final)) },
    {
      sku: 'bigqueryActive',
      what: 'final tables, active',
      quantity: sum(finals, ({ final }) => final.bytes * (1 - final.longTermShare)) / GIB,
    },
    {
      sku: 'bigqueryLongTerm',
      what: 'final tables, long term',
      quantity: sum(finals, ({ final }) => final.bytes * final.longTermShare) / GIB,
    },
    { sku: 'bigqueryActive', what: 'staging tables', quantity: (staged / GIB) * (stagingDays / DAYS_PER_MONTH) },
  ];
}

/** @param runs per month */
export function finalTable({ spec, volume }: TableWork, runs: number): FinalTable {
  const added = volume.newRows * runs * 12;
  const rows = volume.tableRows + added;
  const bytes = rows * volume.rowBytes;
  if (!spec.partition) {
    return { rows, bytes, partitions: 1, touched: 1, longTermShare: volume.rows > 0 ? 0 : 1 };
  }
  // Rows from before came at the same pace, so they tell how old the table is.
  const days = added > 0 ? YEAR_DAYS * (rows / added) : YEAR_DAYS;
  const partitions = Math.max(1, Math.ceil(days / PARTITION_DAYS[spec.partition.by]));
  const changed = volume.rows - volume.newRows;
  const touched = Math.min(partitions, (volume.newRows > 0 ? 1 : 0) + changed);
  const old = volume.newRows > 0 ? Math.max(0, 1 - LONG_TERM_DAYS / days) : 1;
  // The chance that none of so many changes hit a partition.
  const changes = changed * runs * (LONG_TERM_DAYS / DAYS_PER_MONTH);
  const longTermShare = old * (1 - 1 / partitions) ** changes;
  return { rows, bytes, partitions, touched, longTermShare };
}

/** One query over staging reads each column that an expectation names; counting rows alone reads none. */
function auditBytes({ spec, contract, volume }: TableWork): number {
  return billed(volume.rows * sumBytes(columnBytes(contract), spec.audit.flatMap(columnsOf)));
}

/**
 * A MERGE that updates is billed what it reads, and the whole of the partitions that it updates, or of the table if it
 * has none: https://cloud.google.com/bigquery/docs/reference/standard-sql/dml-syntax#on-demand_query_size_calculation
 * It reads all of staging, and the key of the final table: of the partitions found in staging where the field never
 * changes, and otherwise of all. What those partitions are is a query of its own, and
 * where rows are deleted in the source it looks for the keys in the final table too.
 */
function mergeBytes({ spec, contract, volume }: TableWork, final: FinalTable): number {
  const columns = columnBytes(contract);
  const { partition } = spec;
  const pruned = partition?.immutable ?? false;
  const touchedShare = final.touched / final.partitions;
  const keyBytes = final.rows * sumBytes(columns, pruned && partition ? [...spec.key, partition.field] : spec.key);
  return (
    billed(volume.rows * volume.rowBytes) +
    billed(keyBytes * (pruned ? touchedShare : 1) + final.bytes * touchedShare) +
    (pruned && partition ? billed(volume.rows * sumBytes(columns, [partition.field])) : 0) +
    (pruned && spec.deletes ? billed(keyBytes) : 0)
  );
}

/** At least so much of each table. */
export function billed(bytes: number): number {
  return bytes === 0 ? 0 : Math.max(bytes, LEAST_BYTES);
}

/** The columns that an expectation names, whatever it is called. */
function columnsOf(expectation: Expectation): string[] {
  const settings = Object.values(expectation) as Readonly<Record<string, unknown>>[];
  return settings.flatMap(({ column, a, b }) => [column, a, b].filter((name) => typeof name === 'string'));
}
