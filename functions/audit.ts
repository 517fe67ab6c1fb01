import { tableOfRun } from './deletes/table.ts';
import { recordAudit, type TableRun } from './ledger/runs.ts';
import { type AuditMessage, auditMessage } from './messages/messages.ts';
import { warehouse } from './runtime/clients/warehouse.ts';
import { nextMessages } from './runtime/chain.ts';
import { TerminalError } from './runtime/errors.ts';
import type { StageDefinition } from './runtime/handle.ts';
import { onceForTable } from './runtime/once.ts';
import { billingOf } from './runtime/report.ts';
import type { Services } from './runtime/services.ts';
import { tablesOf } from './runtime/table.ts';
import { type AuditResult, auditQuery, compileExpectation, judge } from './warehouse/expectations.ts';
import { compileTable } from './warehouse/sql.ts';

/** Checks the staging table before anything reaches the final one (write, audit, publish). */
export const audit: StageDefinition<AuditMessage, 'warehouse'> = {
  stage: 'audit',
  clients: { warehouse },
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

async function auditStaging(run: TableRun, services: Services<'warehouse'>): Promise<AuditResult[]> {
  const resolved = tableOfRun(services.catalog, run);
  const warehouse = await services.warehouse();
  const { staging } = tablesOf(services.environment, resolved, run.runId);
  const expectations = resolved.spec.audit.map(compileExpectation);
  const billing = billingOf(services, run, 'audit');
  const [row = {}] = await warehouse.query(auditQuery(expectations, compileTable(staging)), {}, billing);
  const count = Number(row['row_count']);
  if (count !== run.encoded) {
    throw new TerminalError('COUNTS_DIFFER', `${run.encoded} rows were encoded and ${staging.table} holds ${count}`);
  }
  const results = judge(expectations, row);
  // Kept whatever they say: what was found wrong is what people will ask for. The log has it when the table run ends.
  await recordAudit(services.ledger, run, results);
  const failed = results.filter((result) => !result.met && result.severity === 'error');
  if (failed.length === 0) return results;
  const message = `audit of ${run.pipeline}/${run.table} failed: ${failed.map(describe).join('; ')}. Nothing was merged; the rows are in ${staging.dataset}.${staging.table}`;
  throw new TerminalError('AUDIT_FAILED', message);
}

function describe({ expectation, unexpected, total }: AuditResult): string {
  return `${expectation}: ${unexpected} of ${total} unexpected`;
}
