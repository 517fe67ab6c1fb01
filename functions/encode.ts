import { quarantineObject, sliceObject } from '../pipelines/model/names.ts';
import { encodeContainer } from './avro/container.ts';
import { compileRow } from './avro/row.ts';
import { avroType } from './avro/type.ts';
import { openQuarantine } from './avro/quarantine.ts';
import type { TableRun } from './ledger/runs.ts';
import { type EncodedSlice, readBounds, recordEncoded, type SliceBounds, sumSlices } from './ledger/slices.ts';
import { type EncodeMessage, encodeMessage } from './messages/messages.ts';
import { bucket } from './runtime/clients/bucket.ts';
import { nextMessages, sliceMessages } from './runtime/chain.ts';
import { TerminalError } from './runtime/errors.ts';
import type { StageDefinition } from './runtime/handle.ts';
import { onceForTable } from './runtime/once.ts';
import type { Services } from './runtime/services.ts';
import { addressOf, resolveTable } from './runtime/table.ts';
import { withReader } from './sources/postgres.ts';
import { readSlice } from './sources/slices.ts';
import { keepRecords } from './avro/keep.ts';

/** Turns one slice into one Avro file in the lake, in one streaming pass. Rows that break the contract go to quarantine. */
export const encode: StageDefinition<EncodeMessage, 'bucket'> = {
  stage: 'encode',
  clients: { bucket },
  message: encodeMessage,
  async run({ runId, table, slice }, _delivery, services) {
    const { ledger } = services;
    const key = { runId, table, stage: 'encode', slice } as const;
    await onceForTable(ledger, key, ['encoding'], async (run, signal) => {
      const bounds = await readBounds(ledger, run, slice);
      if (!bounds) throw new TerminalError('STATE_UNEXPECTED', `${runId} / ${table} has no slice ${slice}`);
      const done = await encodeSlice(run, slice, bounds, services, signal);
      return {
        result: done,
        async commit(tx) {
          await recordEncoded(tx, run, slice, done);
          return (await sumSlices(tx, run)) ? 'loading' : undefined;
        },
      };
    });
    const run = { runId, table };
    return [...(await sliceMessages(services, run, slice)), ...(await nextMessages(ledger, run, 'loading'))];
  },
};

async function encodeSlice(
  run: TableRun,
  slice: number,
  bounds: SliceBounds,
  services: Services<'bucket'>,
  signal: AbortSignal,
): Promise<EncodedSlice> {
  const { pipeline, spec, contract } = resolveTable(services.catalog, run.pipeline, run.table);
  const object = sliceObject(addressOf(run), slice);
  const lake = await services.bucket('lake');
  const ifGeneration = await lake.generationOf(object);
  const rejected = quarantineObject(addressOf(run), slice);
  const quarantine = openQuarantine(async () => await services.bucket('quarantine'), rejected, {
    runId: run.runId,
    contract,
    repeated: ifGeneration !== '0',
  });
  const counts = { extracted: 0, encoded: 0 };

  const source = pipeline.source.postgres;
  return await withReader(services.settings.source(source), source, async (client) => {
    const range = { table: spec.source, key: spec.key, cursor: spec.cursor, from: run.cursorFrom ?? '' };
    const rows = readSlice(client, contract, range, bounds);
    const records = keepRecords(rows, compileRow(contract), quarantine, counts);
    const file = encodeContainer(avroType(contract), records, { schema: contract.avro, identity: object });
    try {
      const stored = await lake.upload(object, file, { ifGeneration, contentType: 'application/avro', signal });
      const quarantined = await quarantine.close();
      return { object, generation: stored.generation, bytes: stored.bytes, ...counts, quarantined };
    } catch (error) {
      await quarantine.abort();
      throw error;
    }
  });
}
