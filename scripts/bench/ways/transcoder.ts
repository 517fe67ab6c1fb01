import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { release } from '../../../functions/transcoder/memory.ts';
import type { Prepared, Task } from '../task.ts';
import { connect, openTranscoding } from './connect.ts';

/** Postgres to the bytes of an Avro file, which go nowhere, or to `file`. */
export async function transcoder(task: Task): Promise<Prepared> {
  const client = await connect(task.url);
  const transcoding = await openTranscoding(client, task);
  return {
    async run() {
      let bytes = 0;
      if (task.file === undefined) {
        for await (const piece of transcoding.file()) {
          bytes += piece.length;
          release(piece); // It is the consumer's, and this one is done with it.
        }
      } else {
        const file = createWriteStream(task.file);
        await pipeline(transcoding.file(), file);
        bytes = file.bytesWritten;
      }
      return { rows: transcoding.counts.encoded, bytes };
    },
    close: async () => {
      await client.end();
    },
  };
}
