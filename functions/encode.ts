import { quarantineObject, sliceObject } from '../pipelines/model/names.ts';
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
import { planSource } from './sources/plan.ts';
import { withReader } from './sources/postgres.ts';
import { sliceQuery } from './sources/range.ts';
import { checkBlocks } from './sources/slices.ts';
import type { CodecName } from './transcoder/codecs.ts';
import { Transcoding } from './transcoder/transcode.ts';

/** Half the bytes of the lake for a third of a second of another core per million rows; BigQuery loads it. */
const CODEC: CodecName = 'zstandard';

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
    repeated: ifGeneration !== '0',
  });

  const source = pipeline.source.postgres;
  return await withReader(services.settings.source(source), source, async (client) => {
    await client.query('begin isolation level repeatable read read only');
    const plan = await planSource(client, contract, spec.source);
    const range = { table: spec.source, key: spec.key, cursor: spec.cursor, from: run.cursorFrom ?? '' };
    const transcoding = new Transcoding(client, {
      plan,
      query: sliceQuery(plan.select, range, bounds),
      codec: CODEC,
      identity: object,
      signal,
      onRejected: async (rows) => {
        for (const row of rows) await quarantine.add(row);
      },
    });
    try {
      const file = transcoding.file();
      const stored = await lake.upload(object, file, { ifGeneration, contentType: 'application/avro', signal });
      await checkBlocks(client, spec.source, bounds);
      await quarantine.close();
      return { object, generation: stored.generation, bytes: stored.bytes, ...transcoding.counts };
    } catch (error) {
      await quarantine.abort();
      throw error;
    }
  });
}
