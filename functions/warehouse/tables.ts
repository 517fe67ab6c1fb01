import { type BigQueryColumn, bigQueryColumns } from '../../schemas/bigquery.ts';
import type { Contract } from '../../schemas/contract.ts';
import type { DatasetPlan, TablePlan } from '../../pipelines/model/resources.ts';
import type { TableResource, Warehouse } from '../gcp/bigquery.ts';
import { TerminalError } from '../runtime/errors.ts';

/** BigQuery answers some types under the name it was not asked with. */
const SYNONYMS: Readonly<Record<string, string>> = {
  INT64: 'INTEGER',
  BOOL: 'BOOLEAN',
  FLOAT64: 'FLOAT',
  STRUCT: 'RECORD',
};

/** Creates a dataset if it is missing; one that is there is left alone. Says whether it was created. */
export async function ensureDataset(warehouse: Warehouse, dataset: DatasetPlan): Promise<boolean> {
  const expiration = dataset.defaultTableExpirationSeconds;
  return await warehouse.createDataset(dataset.name, {
    description: dataset.description,
    labels: dataset.labels,
    ...(expiration === undefined ? {} : { defaultTableExpirationMs: String(expiration * 1000) }),
  });
}

/**
 * Creates a table if it is missing, and its dataset if that is missing too; what is there is left alone, whatever its
 * columns. The dataset is only touched when the table cannot be created without it, for a function that may write
 * tables need not be allowed to create datasets. Says whether the table was created.
 */
export async function ensureTable(warehouse: Warehouse, table: TablePlan, dataset: DatasetPlan): Promise<boolean> {
  const metadata = {
    description: table.description,
    labels: table.labels,
    schema: { fields: table.columns },
    ...(table.partition ? { timePartitioning: { type: table.partition.by, field: table.partition.field } } : {}),
    ...(table.cluster.length > 0 ? { clustering: { fields: table.cluster } } : {}),
  };
  try {
    return await warehouse.createTable(table.dataset, table.name, metadata);
  } catch (error) {
    if (!(error instanceof TerminalError) || error.code !== 'RESOURCE_MISSING') throw error;
    await ensureDataset(warehouse, dataset);
    return await warehouse.createTable(table.dataset, table.name, metadata);
  }
}

/**
 * Compares a final table with the contract that is to be merged into it. Columns that the table has beyond the contract
 * are left alone if they may be null.
 * @throws TerminalError TABLE_CONTRACT_MISMATCH with the whole difference
 */
export function checkTable(name: string, table: TableResource, contract: Contract): void {
  const actual = new Map((table.schema?.fields ?? []).map((field) => [field.name.toLowerCase(), field]));
  const wrong = bigQueryColumns(contract).flatMap((column) => {
    const found = actual.get(column.name.toLowerCase());
    if (!found) return [`- ${spell(column)}: the table lacks it`];
    const there = { name: found.name, type: SYNONYMS[found.type] ?? found.type, mode: found.mode ?? 'NULLABLE' };
    // A table that allows nulls takes a contract that has none.
    const sameMode = there.mode === column.mode || (there.mode === 'NULLABLE' && column.mode === 'REQUIRED');
    return there.type === column.type && sameMode ? [] : [`- ${spell(column)}: the table has ${spell(there)}`];
  });
  const wanted = new Set(contract.fields.map((field) => field.name.toLowerCase()));
  const extra = [...actual.values()].filter(
    (field) => field.mode === 'REQUIRED' && !wanted.has(field.name.toLowerCase()),
  );
  wrong.push(...extra.map((field) => `- ${field.name}: the table requires it, and the contract lacks it`));
  if (wrong.length === 0) return;
  const message = `table ${name} and contract ${contract.id} are at odds; change one of them:\n${wrong.join('\n')}`;
  throw new TerminalError('TABLE_CONTRACT_MISMATCH', message);
}

function spell({ name, type, mode }: Pick<BigQueryColumn, 'name' | 'type'> & { mode: string }): string {
  return mode === 'NULLABLE' ? `${name} ${type}` : `${name} ${type} ${mode}`;
}
