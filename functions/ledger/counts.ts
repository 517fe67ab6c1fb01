import pg from 'pg';
import { TerminalError } from '../runtime/errors.ts';

/** The rules of migrations/0003_failures_and_counts.sql, in words. */
const RULES: Readonly<Record<string, string>> = {
  slice_counts: 'of a slice, every row that was extracted is encoded or in quarantine',
  table_run_encoded: 'every row that was extracted is encoded or in quarantine',
  table_run_loaded: 'every row that was encoded is loaded',
  table_run_counted: 'a stage is done only when its rows are counted',
};

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const CHECK_VIOLATION = '23514';

/**
 * Writes counts into the ledger, which refuses those that do not reconcile.
 * @throws TerminalError COUNTS_DIFFER: the same rows would be counted the same way again, and must not be merged
 */
export async function writeCounts<T>(
  key: { readonly runId: string; readonly table: string },
  counts: Readonly<Record<string, unknown>>,
  write: () => Promise<T>,
): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== CHECK_VIOLATION) throw error;
    const rule = RULES[error.constraint ?? ''] ?? error.message;
    const found = Object.entries(counts).map(([what, count]) => `${what} ${String(count)}`);
    throw new TerminalError(
      'COUNTS_DIFFER',
      `${key.runId} / ${key.table}: ${found.join(', ')}; ${rule}. Nothing was merged, and the next run reads the same rows again`,
      { cause: error },
    );
  }
}
