import { inflateRawSync, zstdDecompressSync } from 'node:zlib';
import avro from 'avsc';
import { uncompress } from 'snappyjs';
import { avroType } from '../../../../functions/avro/type.ts';
import { parseContract } from '../../../../schemas/contract.ts';

export interface DecodedFile {
  readonly records: readonly Record<string, unknown>[];
  readonly schema: string;
  readonly codec: string;
  readonly blocks: number;
}

type Done = (error: Error | null, data?: Buffer) => void;
const CODECS = {
  null: (data: Buffer, done: Done) => {
    done(null, data);
  },
  deflate: (data: Buffer, done: Done) => {
    done(null, inflateRawSync(data));
  },
  // avsc leaves the checksum behind the data to whoever decompresses; the emulator of BigQuery checks it.
  snappy: (data: Buffer, done: Done) => {
    done(null, Buffer.from(uncompress(data.subarray(0, -4))));
  },
  zstandard: (data: Buffer, done: Done) => {
    done(null, zstdDecompressSync(data));
  },
};

/** What avsc finds in a file, by the schema in the file's own header; longs are bigints. */
export async function decodeFile(file: Buffer): Promise<DecodedFile> {
  const found = { schema: '', codec: '', blocks: 0 };
  const codecs = Object.fromEntries(
    Object.entries(CODECS).map(([name, decode]) => [
      name,
      (data: Buffer, done: Done) => {
        found.blocks += 1;
        decode(data, done);
      },
    ]),
  );
  const parseHook = (schema: unknown): avro.Type => avroType(parseContract('decoded', schema));
  const decoder = new avro.streams.BlockDecoder({ parseHook, codecs });
  decoder.on('metadata', (_type: unknown, codec: string, header: { meta: Record<string, Buffer> }) => {
    found.codec = codec;
    found.schema = header.meta['avro.schema']?.toString('utf8') ?? '';
  });
  decoder.end(file);
  const records: Record<string, unknown>[] = [];
  for await (const record of decoder) records.push(record as Record<string, unknown>);
  return { records, ...found };
}
