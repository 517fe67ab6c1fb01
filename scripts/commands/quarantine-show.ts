import type { QuarantinedRow } from '../../functions/avro/quarantine.ts';
import type { Bucket } from '../../functions/gcp/storage.ts';
import { readTableRun } from '../../functions/ledger/runs.ts';
import { readQuarantined, rowsRejectedBy } from '../../functions/quarantine/rows.ts';
import type { EveryService } from '../../functions/runtime/clients/every.ts';
import { connect } from './environment.ts';

export interface ShowOptions {
  readonly limit: number;
  readonly json?: boolean;
}

/** Prints rejected rows: of one object, or of a table run. @returns the process's exit code */
export async function showQuarantined(target: string, { limit, json }: ShowOptions): Promise<number> {
  const services = connect();
  try {
    let count = 0;
    for await (const row of await open(target, services)) {
      count += 1;
      if (count > limit) break;
      process.stdout.write(json ? `${JSON.stringify(row)}\n` : describeRow(row));
    }
    if (count > limit) process.stderr.write(`… and more: --limit ${limit * 10}\n`);
    if (count === 0) process.stderr.write(`${target} has no rejected rows\n`);
    return 0;
  } finally {
    await services.close();
  }
}

/** @throws Error saying what a target is, or that there is none of that name */
async function open(target: string, services: EveryService): Promise<AsyncIterable<QuarantinedRow>> {
  const bucket = await services.bucket('quarantine');
  if (target.endsWith('.jsonl')) return readQuarantined(bucket, objectName(target, bucket));
  const [runId = '', table = '', ...more] = target.split('/');
  if (runId === '' || table === '' || more.length > 0) {
    throw new Error(
      `"${target}" is neither <run>/<table> nor an object (gs://…/slice-00000.jsonl); alir quarantine lists them`,
    );
  }
  const run = await readTableRun(services.ledger, runId, table);
  if (!run)
    throw new Error(`the ledger has no table run ${runId}/${table}; alir quarantine lists those that rejected rows`);
  return rowsRejectedBy([runId], run, services.ledger, bucket);
}

/** @throws Error when it names another bucket */
function objectName(target: string, bucket: Bucket): string {
  const root = bucket.uri('');
  if (!target.startsWith('gs://')) return target;
  if (target.startsWith(root)) return target.slice(root.length);
  throw new Error(`${target} is not in the quarantine of this environment, ${root}`);
}

function describeRow({ runId, position, reason, row }: QuarantinedRow): string {
  return `${runId}, row ${position}: ${reason}\n    ${JSON.stringify(row)}\n`;
}
