import { PassThrough } from 'node:stream';
import type { Bucket, StoredObject } from '../gcp/storage.ts';
import { type Rejected, ReasonCount } from '../quarantine/reasons.ts';
import type { Rejection } from '../transcoder/rows.ts';

/**
 * Where a slice's rejected rows go: one JSON line each, with the run, the row's position in the slice, the reason, its
 * values as Postgres prints them, and its bytes as Postgres sent them (a tuple of COPY's binary format, in base64). The
 * object is made at the first rejection, so that a clean slice leaves none; but a slice that was attempted before always
 * writes one, empty if need be: it takes the place of what an attempt left that found other rows bad, and whoever of them
 * is still at work cannot write any more, for the object has another generation than it saw.
 */
export interface Quarantine {
  /** Waits while the bucket is slower than the rows are bad. Rejects when it cannot be written to. */
  add(row: Rejection): Promise<void>;
  /** Waits until everything is stored; resolves to the number of rows. */
  close(): Promise<number>;
  /** Gives up without leaving an object. */
  abort(): Promise<void>;
  /** Why the rows were rejected, the most frequent reason first. */
  reasons(): Rejected[];
}

/** One line of an object. */
export interface QuarantinedRow {
  readonly runId: string;
  readonly position: number;
  readonly reason: string;
  readonly row: Readonly<Record<string, string | null>>;
  readonly bytes: string;
}

interface QuarantineOptions {
  readonly runId: string;
  /** The object's generation before this attempt, when there has been another; '0' when that one left no object. */
  readonly left?: string | undefined;
}

const GIVEN_UP = 'the slice failed';

export function openQuarantine(
  open: () => Promise<Bucket>,
  object: string,
  { runId, left }: QuarantineOptions,
): Quarantine {
  let lines: PassThrough | undefined;
  let stored: Promise<StoredObject | undefined> | undefined;
  let failure: Error | undefined;
  /** Ends the wait for room, of which there is one at a time. */
  let wake: (() => void) | undefined;
  let count = 0;
  let isGivenUp = false;
  const reasons = new ReasonCount();

  const begin = async (): Promise<PassThrough> => {
    const bucket = await open();
    const ifGeneration = left ?? (await bucket.generationOf(object));
    if (isGivenUp) throw new Error(GIVEN_UP);
    const stream = new PassThrough();
    // Whoever ends it says so elsewhere; nobody may be reading it yet, and an error that is not heard ends the process.
    stream.on('error', () => undefined);
    // One listener for all waits, and no promise that outlives its wait: there may be as many waits as rows.
    stream.on('drain', () => wake?.());
    stored = bucket
      .upload(object, stream, { ifGeneration, contentType: 'application/x-ndjson' })
      .catch((error: unknown) => {
        failure = error as Error;
        stream.destroy();
        wake?.();
        return undefined;
      });
    return stream;
  };

  return {
    async add(rejection) {
      const { position, reason, values, bytes } = rejection;
      lines ??= await begin();
      const row: QuarantinedRow = { runId, position, reason, row: values, bytes: bytes.toString('base64') };
      count += 1;
      reasons.add(rejection);
      throwIf(failure);
      if (lines.write(`${JSON.stringify(row)}\n`)) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      throwIf(failure);
    },
    async close() {
      if (left !== undefined) lines ??= await begin();
      lines?.end();
      await stored;
      throwIf(failure);
      return count;
    },
    async abort() {
      isGivenUp = true;
      lines?.destroy(new Error(GIVEN_UP));
      wake?.();
      await stored;
    },
    reasons: () => reasons.groups(),
  };
}

function throwIf(failure: Error | undefined): void {
  if (failure) throw failure;
}
