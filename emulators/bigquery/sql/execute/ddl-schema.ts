import { alreadyExists, invalid, notFound } from '../../errors.ts';
import { checkDatasetId, datasetName, type DatasetRef } from '../../store/names.ts';
import type { StatementOf } from '../ast.ts';
import { readOptions } from './ddl-options.ts';
import { type Outcome, type Run, runDdl } from './outcome.ts';
import { newContext } from './session.ts';

/** CREATE SCHEMA makes a dataset. */
export async function executeCreateSchema(statement: StatementOf<'createSchema'>, run: Run): Promise<Outcome> {
  const ref = datasetRef(statement.path, run);
  checkDatasetId(ref.datasetId);
  const { context } = newContext(run.session);
  const exists = run.store.findDataset(ref) !== undefined;
  if (exists && !statement.ifNotExists) throw alreadyExists(`Dataset ${datasetName(ref)}`);
  const properties = readOptions(statement.options, context);
  if (!exists && !run.dryRun) {
    const now = run.store.clock.now();
    await runDdl(run, async (change) => {
      await change.putDataset({ ...ref, properties: { location: 'US', ...properties }, created: now, modified: now });
    });
  }
  return {
    statementType: 'CREATE_SCHEMA',
    bytes: 0,
    ddl: { ddlOperationPerformed: exists ? 'SKIP' : 'CREATE', ddlTargetDataset: ref },
  };
}

export async function executeDropSchema(statement: StatementOf<'drop'>, run: Run): Promise<Outcome> {
  const ref = datasetRef(statement.path, run);
  const done = (operation: string): Outcome => ({
    statementType: 'DROP_SCHEMA',
    bytes: 0,
    ddl: { ddlOperationPerformed: operation, ddlTargetDataset: ref },
  });
  if (!run.store.findDataset(ref)) {
    if (!statement.ifExists) throw notFound(`Dataset ${datasetName(ref)}`);
    return done('SKIP');
  }
  const tables = run.store.tables(ref);
  if (tables.length > 0 && !statement.cascade) throw invalid(`Dataset ${datasetName(ref)} is still in use`);
  if (!run.dryRun) {
    await runDdl(run, async (change) => {
      for (const table of tables) await change.deleteTable(table);
      await change.deleteDataset(ref);
    });
  }
  return done('DROP');
}

function datasetRef(path: readonly string[], run: Run): DatasetRef {
  const [first = '', second] = path;
  return second === undefined
    ? { projectId: run.session.projectId, datasetId: first }
    : { projectId: first, datasetId: second };
}
