import type { LogEvent } from '../../pipelines/model/log-events.ts';
import { jobLabels, type Stage } from '../../pipelines/model/names.ts';
import type { Billing } from '../gcp/bigquery.ts';
import type { Severity } from './log.ts';
import type { Services } from './services.ts';

/** Tells the log what has happened, one line for each event. Call it once the ledger has committed them. */
export function report({ log }: Pick<Services, 'log'>, events: readonly LogEvent[]): void {
  for (const event of events) log(severityOf(event), describe(event), { ...event });
}

/** On whose bill the BigQuery jobs of one table run go; their ends are told as they come. */
export function billingOf(
  services: Pick<Services, 'log' | 'environment'>,
  { pipeline, runId, table }: { readonly pipeline: string; readonly runId: string; readonly table: string },
  stage: Stage,
): Billing {
  return {
    labels: jobLabels(services.environment.name, { pipeline, table }, stage),
    onJob: (job) => {
      report(services, [{ event: 'job-ended', pipeline, runId, table, stage, ...job }]);
    },
  };
}

function severityOf(event: LogEvent): Severity {
  switch (event.event) {
    case 'run-ended':
    case 'table-run-ended':
      return event.state === 'failed' ? 'ERROR' : event.state === 'skipped' ? 'WARNING' : 'INFO';
    case 'expectation-judged':
      if (event.met) return 'INFO';
      return event.demands === 'error' ? 'ERROR' : 'WARNING';
    case 'dead-lettered':
      return 'ERROR';
    default:
      return 'INFO';
  }
}

/** The line as people read it. */
function describe(event: LogEvent): string {
  switch (event.event) {
    case 'run-began':
      return `run ${event.runId} began`;
    case 'run-ended':
      return `run ${event.runId} ${event.state}${because(event.reason)}`;
    case 'table-run-ended':
      return `table run ${event.runId} / ${event.table} ${event.state}${because(event.reason)}`;
    case 'expectation-judged':
      return `${event.met ? 'met' : 'not met'}: ${event.expectation}: ${event.unexpected} of ${event.total} unexpected`;
    case 'job-ended':
      return `job ${event.jobId} ended`;
    case 'dead-lettered':
      return event.reason;
  }
}

function because(reason: string | undefined): string {
  return reason === undefined ? '' : `: ${reason}`;
}
