import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { createZstdDecompress, zstdDecompress } from 'node:zlib';
import avro from 'avsc';
import type { Prepared, Task } from '../task.ts';

/** An Avro file to objects, by avsc. */
export async function readAvro({ file = '' }: Task): Promise<Prepared> {
  const { size } = await stat(file);
  const decoder = new avro.streams.BlockDecoder({ codecs: { null: asItIs, zstandard: zstdDecompress } });
  return {
    async run() {
      let rows = 0;
      await new Promise((resolve, reject) => {
        const input = createReadStream(file, { highWaterMark: CHUNK_BYTES }).on('error', reject);
        decoder.on('data', () => {
          rows += 1;
        });
        input.pipe(decoder).on('end', resolve).on('error', reject);
      });
      return { rows, bytes: size };
    },
    close: async () => {
      await Promise.resolve();
    },
  };
}

/** JSON lines to objects. Times and decimals stay text: whoever needs them as values has that still to do. */
export async function readJsonLines({ file = '', codec }: Task): Promise<Prepared> {
  const { size } = await stat(file);
  return {
    async run() {
      let rows = 0;
      const input = createReadStream(file, { highWaterMark: CHUNK_BYTES });
      const text = new StringDecoder('utf8');
      let rest = '';
      for await (const chunk of codec === 'null' ? input : input.pipe(createZstdDecompress())) {
        const lines = (rest + text.write(chunk as Buffer)).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          JSON.parse(line);
          rows += 1;
        }
      }
      return { rows, bytes: size };
    },
    close: async () => {
      await Promise.resolve();
    },
  };
}

const CHUNK_BYTES = 512 * 1024;

const asItIs = (data: Buffer, done: (error: Error | null, data?: Buffer) => void): void => {
  done(null, data);
};
