import type { TableSpec } from '../../pipelines/model/pipeline.ts';
import { deletedColumn } from '../../pipelines/model/plan-deletes.ts';
import type { TableResource, Warehouse } from '../gcp/bigquery.ts';
import { TerminalError } from '../runtime/errors.ts';

/**
 * Gives a final table that was made before its rows could be marked the column for it.
 * @throws TerminalError TABLE_CONTRACT_MISMATCH when it has another column of that name
 */
export async function ensureDeletedColumn(
  warehouse: Pick<Warehouse, 'updateTable'>,
  dataset: string,
  spec: Pick<TableSpec, 'destination' | 'deletes'>,
  existing: TableResource,
): Promise<void> {
  const column = deletedColumn(spec);
  if (!column) return;
  const fields = existing.schema?.fields ?? [];
  const found = fields.find(({ name }) => name.toLowerCase() === column.name.toLowerCase());
  if (!found) {
    await warehouse.updateTable(dataset, spec.destination, { schema: { fields: [...fields, column] } });
  } else if (found.type !== column.type || (found.mode ?? 'NULLABLE') !== 'NULLABLE') {
    const is = `${found.type} ${found.mode ?? ''}`.trim();
    const message = `table ${dataset}.${spec.destination} has a column ${found.name} ${is}, and deletes write a nullable TIMESTAMP there; name another one (deletes: { column: … } of the table)`;
    throw new TerminalError('TABLE_CONTRACT_MISMATCH', message);
  }
}
