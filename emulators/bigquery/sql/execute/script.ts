import { fromDuckError } from '../../store/duck-errors.ts';
import { invalidQuery } from '../../errors.ts';
import type { Change } from '../../store/store.ts';
import type { Statement } from '../ast.ts';
import { parseScript } from '../parse/script.ts';
import { executeAddColumns, executeCreateTable, executeCreateView, executeDrop, executeTruncate } from './ddl.ts';
import { executeCreateSchema } from './ddl-schema.ts';
import { executeDelete, executeInsert, executeUpdate } from './dml.ts';
import { executeMerge } from './merge.ts';
import type { Outcome, Run } from './outcome.ts';
import { executeSelect } from './select.ts';

/** Runs one statement, or a script of several. @returns what each came to, in order @throws ApiError as Google would answer */
export async function executeScript(sql: string, run: Run): Promise<Outcome[]> {
  const statements = parseScript(sql);
  if (statements.length > 1 && run.destination)
    throw invalidQuery('configuration.query.destinationTable cannot be set for scripts');
  const outcomes: Outcome[] = [];
  for (let at = 0; at < statements.length; at++) {
    const statement = statements[at];
    if (statement?.k === 'transaction' && statement.do === 'BEGIN') {
      const end = statements.findIndex((other, i) => i > at && other.k === 'transaction');
      if (end < 0) throw invalidQuery('Transaction was begun and neither committed nor rolled back');
      outcomes.push(...(await executeTransaction(statements.slice(at + 1, end), statements[end], run)));
      at = end;
    } else if (statement) outcomes.push(await executeStatement(statement, run));
  }
  return outcomes;
}

const ROLLED_BACK = Symbol('ROLLBACK TRANSACTION');

/** BEGIN … COMMIT: https://cloud.google.com/bigquery/docs/transactions */
async function executeTransaction(
  inside: readonly Statement[],
  end: Statement | undefined,
  run: Run,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [{ statementType: 'BEGIN_TRANSACTION', bytes: 0 }];
  const commits = end?.k === 'transaction' && end.do === 'COMMIT';
  if (end?.k === 'transaction' && end.do === 'BEGIN') throw invalidQuery('Transaction is already in progress');
  try {
    await run.store.change(async (change: Change) => {
      for (const statement of inside) outcomes.push(await executeStatement(statement, { ...run, change }));
      if (!commits) throw ROLLED_BACK as unknown as Error;
    });
  } catch (error) {
    if (error !== ROLLED_BACK) throw error;
  }
  return [...outcomes, { statementType: commits ? 'COMMIT_TRANSACTION' : 'ROLLBACK_TRANSACTION', bytes: 0 }];
}

async function executeStatement(statement: Statement, run: Run): Promise<Outcome> {
  try {
    return await dispatch(statement, run);
  } catch (error) {
    if (error === ROLLED_BACK) throw error;
    throw fromDuckError(error);
  }
}

async function dispatch(statement: Statement, run: Run): Promise<Outcome> {
  switch (statement.k) {
    case 'select':
      return await executeSelect(statement.query, run);
    case 'insert':
      return await executeInsert(statement, run);
    case 'update':
      return await executeUpdate(statement, run);
    case 'delete':
      return await executeDelete(statement, run);
    case 'merge':
      return await executeMerge(statement, run);
    case 'truncate':
      return await executeTruncate(statement, run);
    case 'createTable':
      return await executeCreateTable(statement, run);
    case 'createView':
      return await executeCreateView(statement, run);
    case 'createSchema':
      return await executeCreateSchema(statement, run);
    case 'drop':
      return await executeDrop(statement, run);
    case 'addColumns':
      return await executeAddColumns(statement, run);
    case 'transaction':
      throw invalidQuery(`${statement.do} TRANSACTION without BEGIN TRANSACTION`);
  }
}
