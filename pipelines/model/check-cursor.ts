import type { ContractField } from '../../schemas/contract.ts';
import { type ColumnChecks, type Path, type Report, typeName } from './check-columns.ts';
import { type CursorSpec, resolveCursor, versionColumn } from './cursor.ts';

/**
 * The column that tells versions of a row apart must be in the contract, for the merge orders by it. What other cursors
 * name is the source's alone; extract asks Postgres whether it has it. A contract may let the cursor be null: rows
 * without one are read every time.
 */
export function checkCursor(cursor: CursorSpec, columns: ColumnChecks, at: Path, report: Report): void {
  const column = versionColumn(cursor);
  if (column !== undefined) {
    const found = columns.field(column, at);
    if (found && !hasZone(found)) reportZone(found, at, report);
    return;
  }
  const resolved = resolveCursor(cursor);
  if (resolved.kind === 'integers' && new Set(resolved.columns).size < resolved.columns.length) {
    report([...at, 'columns'], 'a cursor names each of its columns once', resolved.columns.join(', '));
  }
}

function hasZone(field: ContractField): boolean {
  return typeName(field.type) === 'timestamp-micros';
}

/** Postgres' `timestamp` keeps the wall clock of whoever writes, so without a lag it is behind in every zone west of UTC. */
function reportZone(field: ContractField, at: Path, report: Report): void {
  const type = typeName(field.type);
  const rule = `a cursor must be timestamp-micros, not ${type}`;
  if (type === 'local-timestamp-micros') {
    report(at, `${rule}, unless it has a lag`, field.name, `e.g. { column: ${field.name}, lag: 12h }`);
  } else {
    report(at, rule, field.name, 'docs/cursors.md says what a table without such a column may have');
  }
}
