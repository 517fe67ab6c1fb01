import { quarantineObject } from '../../pipelines/model/names.ts';
import type { QuarantinedRow } from '../avro/quarantine.ts';
import type { Bucket } from '../gcp/storage.ts';
import type { Queryable } from '../ledger/queryable.ts';
import { rejectingSlices } from '../ledger/rejections.ts';
import { readTableRun, type TableRun } from '../ledger/runs.ts';
import { TerminalError } from '../runtime/errors.ts';
import { addressOf } from '../runtime/table.ts';

const NEWLINE = 0x0a;

/** Every row that some runs of a table rejected. @throws TerminalError STATE_UNEXPECTED for a run that is not of this table */
export async function* rowsRejectedBy(
  runs: readonly string[],
  { pipeline, table }: Pick<TableRun, 'pipeline' | 'table'>,
  ledger: Queryable,
  bucket: Bucket,
): AsyncGenerator<QuarantinedRow, void, undefined> {
  for (const runId of runs) {
    const run = await readTableRun(ledger, runId, table);
    if (run?.pipeline !== pipeline) {
      throw new TerminalError('STATE_UNEXPECTED', `the ledger has no table run ${runId} / ${table} of ${pipeline}`);
    }
    for (const slice of await rejectingSlices(ledger, run))
      yield* readQuarantined(bucket, quarantineObject(addressOf(run), slice));
  }
}

/**
 * The rows of one object of the quarantine, in the order in which they were rejected, however large it is.
 * @throws TerminalError RESOURCE_MISSING when it is gone or holds something else, or what the bucket says
 */
export async function* readQuarantined(
  bucket: Bucket,
  object: string,
): AsyncGenerator<QuarantinedRow, void, undefined> {
  if ((await bucket.generationOf(object)) === '0') {
    throw new TerminalError('RESOURCE_MISSING', `${bucket.uri(object)} is gone, and what was in it cannot be known`);
  }
  let line = 0;
  for await (const text of splitLines(bucket.read(object))) {
    line += 1;
    yield parseRow(text, `${bucket.uri(object)}, line ${line}`);
  }
}

async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string, void, undefined> {
  let open: Buffer[] = [];
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      yield Buffer.concat([...open, chunk.subarray(from, at)]).toString('utf8');
      open = [];
      from = at + 1;
    }
    if (from < chunk.length) open.push(chunk.subarray(from));
  }
  if (open.length > 0) yield Buffer.concat(open).toString('utf8');
}

function parseRow(text: string, where: string): QuarantinedRow {
  let row: Partial<QuarantinedRow> | null = null;
  try {
    row = JSON.parse(text) as Partial<QuarantinedRow> | null;
  } catch {
    // Told below, with all else that it may be.
  }
  if (typeof row?.row === 'object' && typeof row.runId === 'string') return row as QuarantinedRow;
  throw new TerminalError('RESOURCE_MISSING', `${where}: this is no row that Alir put into quarantine`);
}
