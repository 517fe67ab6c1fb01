import type pg from 'pg';
import { quarantineObject, sliceObject } from '../pipelines/model/names.ts';
import type { TableSpec } from '../pipelines/model/pipeline.ts';
import { openQuarantine } from './avro/quarantine.ts';
import { checkFiles } from './deletes/files.ts';
import { tableOfRun } from './deletes/table.ts';
import type { Bucket } from './gcp/storage.ts';
import { recordRejections } from './ledger/rejections.ts';
import { type Found, recordFound, type RejectedBounds } from './ledger/replays.ts';
import type { TableRun } from './ledger/runs.ts';
import { type EncodedSlice, readBounds, recordEncoded, type SliceBounds, sumSlices } from './ledger/slices.ts';
import { type EncodeMessage, encodeMessage } from './messages/messages.ts';
import { type ReadAgain, readAgain } from './quarantine/read-again.ts';
import type { Rejected } from './quarantine/reasons.ts';
import { rowsRejectedBy } from './quarantine/rows.ts';
import { bucket } from './runtime/clients/bucket.ts';
import { nextMessages, sliceMessages } from './runtime/chain.ts';
import { TerminalError } from './runtime/errors.ts';
import type { StageDefinition } from './runtime/handle.ts';
import { type Held, onceForTable } from './runtime/once.ts';
import type { Services } from './runtime/services.ts';
import { addressOf } from './runtime/table.ts';
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
    await onceForTable(ledger, key, ['encoding'], async (run, held) => {
      const bounds = await readBounds(ledger, run, slice);
      if (!bounds) throw new TerminalError('STATE_UNEXPECTED', `${runId} / ${table} has no slice ${slice}`);
      const { done, rejections, found } = await encodeSlice(run, slice, bounds, services, held);
      return {
        result: done,
        async commit(tx) {
          await recordEncoded(tx, run, slice, done);
          await recordRejections(tx, run, slice, rejections);
          await recordFound(tx, run, slice, found);
          return (await sumSlices(tx, run)) ? 'loading' : undefined;
        },
      };
    });
    const run = { runId, table };
    return [...(await sliceMessages(services, run, slice)), ...(await nextMessages(ledger, run, 'loading'))];
  },
};

/** What there is to write down of a slice. */
interface Encoding {
  readonly done: EncodedSlice;
  readonly rejections: readonly Rejected[];
  /** Of rows that are read again. */
  readonly found: readonly Found[];
}

async function encodeSlice(
  run: TableRun,
  slice: number,
  bounds: SliceBounds | RejectedBounds,
  services: Services<'bucket'>,
  { signal, prove }: Held,
): Promise<Encoding> {
  const { pipeline, spec, contract } = tableOfRun(services.catalog, run);
  const object = sliceObject(addressOf(run), slice);
  const lake = await services.bucket('lake');
  const ifGeneration = await lake.generationOf(object);
  const rejected = quarantineObject(addressOf(run), slice);
  const openBucket = async (): Promise<Bucket> => await services.bucket('quarantine');
  // Both are asked for before the claim is proven: whoever takes it over writes later, and then these are out of date.
  const left = ifGeneration === '0' ? undefined : await (await openBucket()).generationOf(rejected);
  await prove();
  const quarantine = openQuarantine(openBucket, rejected, { runId: run.runId, left });

  const source = pipeline.source.postgres;
  return await withReader(services.settings.source(source), source, async (client) => {
    await client.query('begin isolation level repeatable read read only');
    const plan = await planSource(client, contract, spec.source);
    const rows = await selectRows(client, plan.select, bounds, run, spec, services);
    const transcoding = new Transcoding(client, {
      plan,
      query: rows.query,
      codec: CODEC,
      identity: object,
      signal,
      onRejected: async (rejections) => {
        rows.rejected(rejections);
        for (const rejection of rejections) await quarantine.add(rejection);
      },
    });
    try {
      const file = transcoding.file();
      const stored = await lake.upload(object, file, { ifGeneration, contentType: 'application/avro', signal });
      await rows.check();
      await quarantine.close();
      const done = { object, generation: stored.generation, bytes: stored.bytes, ...transcoding.counts };
      return { done, rejections: quarantine.reasons(), found: rows.found() };
    } catch (error) {
      await quarantine.abort();
      throw error;
    }
  });
}

/** The rows of a slice: what is to be read, and whether it was what it was meant to be. */
interface SliceRows extends ReadAgain {
  check(): Promise<void>;
}

async function selectRows(
  client: pg.Client,
  selectList: string,
  bounds: SliceBounds | RejectedBounds,
  run: TableRun,
  { source: table, key, cursor }: TableSpec,
  services: Services<'bucket'>,
): Promise<SliceRows> {
  if ('rejectedBy' in bounds) {
    const rejected = rowsRejectedBy(bounds.rejectedBy, run, services.ledger, await services.bucket('quarantine'));
    const again = await readAgain(client, { table, key, selectList, bounds }, rejected);
    return { ...again, check: () => Promise.resolve() };
  }
  const range = { table, key, cursor, from: run.cursorFrom ?? '' };
  return {
    query: sliceQuery(selectList, range, bounds),
    rejected: () => undefined,
    found: () => [],
    check: async () => {
      await checkBlocks(client, table, bounds);
      await checkFiles(client, table, bounds);
    },
  };
}
