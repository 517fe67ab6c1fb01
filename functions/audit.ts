import { recordAudit, type TableRun } from './ledger/runs.ts';
import { type AuditMessage, auditMessage } from './messages/messages.ts';
import { nextMessages } from './runtime/chain.ts';
import { TerminalError } from './runtime/errors.ts';
import type { StageDefinition } from './runtime/handle.ts';
import { onceForTable } from './runtime/once.ts';
import type { Services } from './runtime/services.ts';
import { resolveTable, tablesOf } from './runtime/table.ts';
import { type AuditResult, auditQuery, compileExpectation, judge } from './warehouse/expectations.ts';
import { compileTable } from './warehouse/sql.ts';

/** Checks the staging table before anything reaches the final one (write, audit, publish). */
export const audit: StageDefinition<AuditMessage> = {
  stage: 'audit',
  message: auditMessage,
  async run({ runId, table }, _delivery, services) {
    const key = { runId, table, stage: 'audit', slice: 0 } as const;
    await onceForTable(services.ledger, key, ['auditing'], async (run) => {
      const results = await auditStaging(run, services);
      return {
        result: results,
        commit: () => Promise.resolve('merging'),
      };
    });
    return await nextMessages(services.ledger, { runId, table }, 'merging');
  },
};

async function auditStaging(run: TableRun, services: Services): Promise<AuditResult[]> {
  const resolved = resolveTable(services.catalog, run.pipeline, run.table);
  const warehouse = await services.warehouse();
  const { staging } = tablesOf(warehouse.projectId, resolved, run.runId);
  const expectations = resolved.spec.audit.map(compileExpectation);
  const [row = {}] = await warehouse.query(auditQuery(expectations, compileTable(staging)));
  const count = Number(row['row_count']);
  if (count !== run.encoded) {
    throw new TerminalError('COUNTS_DIFFER', `${run.encoded} rows were encoded and ${staging.table} holds ${count}`);
  }
  const results = judge(expectations, row);
  // Kept whatever they say: what was found wrong is what people will ask for.
  await recordAudit(services.ledger, run, results);
  const unmet = results.filter((result) => !result.met);
  for (const result of unmet)
    services.log('WARNING', `not met: ${describe(result)}`, { runId: run.runId, table: run.table });
  const failed = unmet.filter((result) => result.severity === 'error');
  if (failed.length === 0) return results;
  const message = `audit of ${run.pipeline}/${run.table} failed: ${failed.map(describe).join('; ')}. Nothing was merged; the rows are in ${staging.dataset}.${staging.table}`;
  throw new TerminalError('AUDIT_FAILED', message);
}

function describe({ expectation, unexpected, total }: AuditResult): string {
  return `${expectation}: ${unexpected} of ${total} unexpected`;
}
