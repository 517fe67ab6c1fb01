import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { Bucket, StoredObject } from '../gcp/storage.ts';
import type { Rejection } from '../transcoder/rows.ts';

/**
 * Where a slice's rejected rows go: one JSON line each, with the run, the row's position in the slice, the reason, its
 * values as Postgres prints them, and its bytes as Postgres sent them (a tuple of COPY's binary format, in base64). The
 * object is made at the first rejection, so that a clean slice leaves none.
 */
export interface Quarantine {
  /** Waits while the bucket is slower than the rows are bad. Rejects when it cannot be written to. */
  add(row: Rejection): Promise<void>;
  /** Waits until everything is stored; resolves to the number of rows. */
  close(): Promise<number>;
  /** Gives up without leaving an object. */
  abort(): Promise<void>;
}

interface QuarantineOptions {
  readonly runId: string;
  /** An earlier attempt at the slice came to its end: rows that it rejected may be well by now. */
  readonly repeated?: boolean;
}

export function openQuarantine(
  open: () => Promise<Bucket>,
  object: string,
  { runId, repeated = false }: QuarantineOptions,
): Quarantine {
  let lines: PassThrough | undefined;
  let stored: Promise<StoredObject | Error> | undefined;
  let count = 0;

  const begin = async (): Promise<PassThrough> => {
    const bucket = await open();
    const ifGeneration = await bucket.generationOf(object);
    const stream = new PassThrough();
    // Whoever ends it says so elsewhere; nobody may be reading it yet, and an error that is not heard ends the process.
    stream.on('error', () => undefined);
    stored = bucket
      .upload(object, stream, { ifGeneration, contentType: 'application/x-ndjson' })
      .catch((error: unknown) => {
        stream.destroy();
        return error as Error;
      });
    return stream;
  };

  return {
    async add({ position, reason, values, bytes }) {
      lines ??= await begin();
      const line = `${JSON.stringify({ runId, position, reason, row: values, bytes: bytes.toString('base64') })}\n`;
      count += 1;
      if (lines.write(line)) return;
      const failure = await Promise.race([once(lines, 'drain'), stored]);
      if (failure instanceof Error) throw failure;
    },
    async close() {
      lines?.end();
      const result = await stored;
      if (result instanceof Error) throw result;
      if (repeated && count === 0) await (await open()).remove(object);
      return count;
    },
    async abort() {
      lines?.destroy(new Error('the slice failed'));
      await stored;
    },
  };
}
