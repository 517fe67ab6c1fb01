import { LEDGER_DATABASE } from '../pipelines/model/access.ts';
import { sourceVariable } from '../pipelines/model/names.ts';

/** The variable in which a function finds the URL of a database. */
export function urlVariable(database: string): string {
  return database === LEDGER_DATABASE ? 'ALIR_LEDGER_URL' : sourceVariable(database);
}
