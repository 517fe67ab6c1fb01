import type { Contract } from '../../schemas/contract.ts';
import type { Path, Report } from './check-columns.ts';
import type { DeletesSpec } from './deletes.ts';

/** BigQuery ignores case in names, and a column that the contract fills cannot mark rows as well. */
export function checkDeletes({ mode, column }: DeletesSpec, contract: Contract, at: Path, report: Report): void {
  if (mode === 'hard') return;
  const taken = contract.fields.find(({ name }) => name.toLowerCase() === column.toLowerCase());
  if (!taken) return;
  const rule = `contract ${contract.id} has a field of that name, and deletes need a column of their own`;
  report([...at, 'column'], rule, column, 'name another one, e.g. column: gone_at');
}
