import type { Failure } from '../runtime/errors.ts';
import type { Queryable } from './queryable.ts';

/**
 * Why the work of a table, or of a run where `table` is '', has failed, as far as the ledger knows: what the letter says
 * with which a function gave it up, or else the newest error that its work has left behind. A function that was killed,
 * or never reached, has left none, and errors of older versions have no class.
 */
export async function lastWords(db: Queryable, runId: string, table: string): Promise<Failure | undefined> {
  const { rows } = await db.query<Failure>(
    `select "errorClass", code, text from (
       select 'terminal' as "errorClass", attributes->>'alirCode' as code, reason as text, 1 as rank, received_at as at
         from dead_letter where run_id = $1 and coalesce(table_name, '') = $2 and attributes ? 'alirCode'
       union all
       select coalesce(error_class, 'unknown'), coalesce(error_code, 'UNCLASSIFIED'), error, 2, claimed_until
         from task where run_id = $1 and table_name = $2 and error is not null) as known
      order by rank, at desc limit 1`,
    [runId, table],
  );
  return rows[0];
}
