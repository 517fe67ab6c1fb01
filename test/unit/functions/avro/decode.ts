import avro from 'avsc';
import { avroType } from '../../../../functions/avro/type.ts';
import type { AvroSchema, Contract } from '../../../../schemas/contract.ts';

/** What avsc's own decoder finds in an object container file. */
export interface DecodedFile {
  readonly records: readonly unknown[];
  /** The schema and the codec, as the header's metadata has them. */
  readonly schema: string;
  readonly codec: string;
}

type Header = { readonly meta: Readonly<Record<string, Buffer>> };

/** Decodes a file by the schema in its own header; longs are bigints, for avsc's end at 2^53. */
export async function decodeFile(file: Buffer): Promise<DecodedFile> {
  let meta: Header['meta'] = {};
  const parseHook = (avroSchema: unknown): avro.Type => {
    const contract: Contract = { id: 'decoded', doc: '', fields: [], avro: avroSchema as AvroSchema };
    return avroType(contract);
  };
  const decoder = new avro.streams.BlockDecoder({ parseHook });
  decoder.on('metadata', (_type: unknown, _codec: unknown, header: Header) => {
    meta = header.meta;
  });
  decoder.end(file);
  const records: unknown[] = [];
  for await (const record of decoder) records.push(record);
  const schema = meta['avro.schema']?.toString('utf8') ?? '';
  return { records, schema, codec: meta['avro.codec']?.toString('latin1') ?? '' };
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** As a source hands rows on: in batches, here of three. */
export async function* inBatches<T>(items: Iterable<T>): AsyncGenerator<readonly T[], void, undefined> {
  let batch: T[] = [];
  for (const item of items) {
    if (batch.push(item) < 3) continue;
    yield await Promise.resolve(batch);
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
