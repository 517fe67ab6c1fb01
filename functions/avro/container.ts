import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { deflateRaw } from 'node:zlib';
import avro from 'avsc';
import type { AvroSchema } from '../../schemas/contract.ts';

/** The object container file: https://avro.apache.org/docs/1.12.0/specification/#object-container-files */
const headerType = avro.Type.forSchema({
  type: 'record',
  name: 'org.apache.avro.file.Header',
  fields: [
    { name: 'magic', type: { type: 'fixed', name: 'Magic', size: 4 } },
    { name: 'meta', type: { type: 'map', values: 'bytes' } },
    { name: 'sync', type: { type: 'fixed', name: 'Sync', size: 16 } },
  ],
});
const longType = avro.Type.forSchema('long');

const MAGIC = Buffer.from('Obj\x01', 'latin1');
const SYNC_BYTES = 16;

/** Uncompressed bytes after which a block is closed; BigQuery takes blocks of at most 16 MB. */
const BLOCK_BYTES = 256 * 1024;

const deflate = promisify(deflateRaw) as (data: Buffer) => Promise<Buffer>;

export interface ContainerOptions {
  /** Written into the header word for word, so that docs and logical types survive. */
  readonly schema: AvroSchema;
  /** What the sync marker is made of: the same identity gives the same bytes. */
  readonly identity: string;
}

/**
 * Encodes batches of records to a container file with deflate blocks, one block in memory at a time. No records make a valid file
 * that is its header alone.
 */
export async function* encodeContainer(
  type: avro.Type,
  batches: AsyncIterable<readonly unknown[]>,
  { schema, identity }: ContainerOptions,
): AsyncGenerator<Buffer, void, undefined> {
  const sync = createHash('sha256').update(identity).digest().subarray(0, SYNC_BYTES);
  const meta = { 'avro.schema': Buffer.from(JSON.stringify(schema)), 'avro.codec': Buffer.from('deflate') };
  yield headerType.toBuffer({ magic: MAGIC, meta, sync });

  let block = Buffer.allocUnsafe(BLOCK_BYTES);
  let used = 0;
  let count = 0;
  for await (const records of batches) {
    for (const record of records) {
      let end = type.encode(record, block, used);
      if (end < 0) {
        // It did not fit; avsc answers how much is missing, as a negative number.
        block = Buffer.concat([block.subarray(0, used)], Math.max(block.length * 2, block.length - end));
        end = type.encode(record, block, used);
      }
      used = end;
      count += 1;
      if (used >= BLOCK_BYTES) {
        yield await closeBlock(block.subarray(0, used), count, sync);
        used = 0;
        count = 0;
      }
    }
  }
  if (count > 0) yield await closeBlock(block.subarray(0, used), count, sync);
}

async function closeBlock(data: Buffer, count: number, sync: Buffer): Promise<Buffer> {
  const compressed = await deflate(data);
  return Buffer.concat([longType.toBuffer(count), longType.toBuffer(compressed.length), compressed, sync]);
}
