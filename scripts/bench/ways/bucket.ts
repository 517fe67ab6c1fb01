import { randomUUID } from 'node:crypto';
import { openBucket } from '../../../functions/gcp/storage.ts';
import type { Prepared, Task } from '../task.ts';
import { connect, openTranscoding } from './connect.ts';

/** What `encode` does with a slice: into the bucket as it is encoded, under a precondition, its CRC32C checked. */
export async function bucket(task: Task): Promise<Prepared> {
  const { host = '', bucket: name = '' } = task.storage ?? {};
  process.env['STORAGE_EMULATOR_HOST'] = host; // Google's client finds the emulator by it.
  const lake = openBucket('alir-bench', name);
  const client = await connect(task.url);
  const transcoding = await openTranscoding(client, task);
  const object = `${randomUUID()}.avro`;
  const contentType = 'application/avro';
  return {
    async run() {
      const { bytes } = await lake.upload(object, transcoding.file(), { ifGeneration: '0', contentType });
      return { rows: transcoding.counts.encoded, bytes };
    },
    async close() {
      await lake.remove(object);
      await client.end();
    },
  };
}
