import type { RunStatus, TableStatus } from '../../functions/ledger/status.ts';
import { formatBytes, formatSeconds, formatTable } from './format.ts';
import type { Proof } from './proof.ts';

/** One table of the report; the counts are rows. */
export interface TableReport {
  readonly pipeline: string;
  readonly table: string;
  readonly extracted: number;
  readonly encoded: number;
  readonly quarantined: number;
  readonly loaded: number;
  readonly merged: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly sourceRows: number;
  readonly finalRows: number;
  readonly checksumsEqual: boolean;
}

/** Why the job failed, if a run did. */
export function failedRun(runs: readonly RunStatus[]): string | undefined {
  const failed = runs.find((run) => run.state !== 'succeeded');
  return failed && `${failed.runId} ${failed.state}: ${failed.reason ?? 'no reason was recorded'}`;
}

/** Why the job failed, if what arrived differs from the source. */
export function unequalTable(proofs: readonly Proof[], runs: readonly RunStatus[]): string | undefined {
  const unequal = proofs.find((proof) => !proof.checksumsEqual);
  if (!unequal) return undefined;
  const { pipeline, table, sourceRows, finalRows, sourceChecksum, finalChecksum } = unequal;
  const moved = runs.flatMap((run) => (run.pipeline === pipeline ? run.tables : [])).find((one) => one.table === table);
  const kept = moved?.quarantined ? `; ${moved.quarantined} rows went to quarantine` : '';
  return `${pipeline}/${table} differs from its source: ${sourceRows} rows (${sourceChecksum}) there, ${finalRows} (${finalChecksum}) here${kept}`;
}

export function reportTables(runs: readonly RunStatus[], proofs: readonly Proof[]): TableReport[] {
  return runs.flatMap((run) =>
    run.tables.map((table: TableStatus) => {
      const proof = proofs.find((one) => one.pipeline === run.pipeline && one.table === table.table);
      return {
        pipeline: run.pipeline,
        table: table.table,
        extracted: table.extracted ?? 0,
        encoded: table.encoded ?? 0,
        quarantined: table.quarantined ?? 0,
        loaded: table.loaded ?? 0,
        merged: table.merged ?? 0,
        bytes: table.bytes ?? 0,
        seconds: table.seconds,
        sourceRows: proof?.sourceRows ?? 0,
        finalRows: proof?.finalRows ?? 0,
        checksumsEqual: proof?.checksumsEqual ?? false,
      };
    }),
  );
}

export function formatReport(tables: readonly TableReport[], proofs: readonly Proof[]): string {
  const moved = formatTable(
    ['pipeline', 'table', 'extracted', 'encoded', 'quarantined', 'loaded', 'merged', 'bytes', 'seconds'],
    tables.map((t) => [
      ...[t.pipeline, t.table, t.extracted, t.encoded, t.quarantined, t.loaded, t.merged],
      ...[formatBytes(t.bytes), formatSeconds(t.seconds)],
    ]),
  );
  const proved = formatTable(
    ['table', 'source rows', 'final rows', 'source checksum', 'final checksum', 'equal'],
    proofs.map((p) => [
      p.table,
      p.sourceRows,
      p.finalRows,
      p.sourceChecksum,
      p.finalChecksum,
      `${p.checksumsEqual ? 'yes' : 'NO'}${p.notCompared.length === 0 ? '' : `, without ${p.notCompared.join(', ')}`}`,
    ]),
  );
  return `What moved\n\n${moved}\n\nWhat arrived, against the source\n\n${proved}\n`;
}
