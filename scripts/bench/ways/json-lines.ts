import { createWriteStream } from 'node:fs';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress } from 'node:zlib';
import type { Prepared, Task } from '../task.ts';
import { connect, queryOf } from './connect.ts';
import { readRows } from './rows.ts';

/** Row objects as pg makes them, a line of JSON for each; compressed as the blocks of an Avro file are. */
export async function jsonLines(task: Task): Promise<Prepared> {
  const client = await connect(task.url);
  let rows = 0;
  async function* lines(): AsyncGenerator<Buffer, void, undefined> {
    for await (const batch of readRows(client, queryOf(task))) {
      rows += batch.length;
      let text = '';
      for (const row of batch) text += `${JSON.stringify(row)}\n`;
      yield Buffer.from(text, 'utf8');
    }
  }
  return {
    async run() {
      let bytes = 0;
      const count = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
        for await (const chunk of chunks) {
          bytes += chunk.length;
          yield chunk;
        }
      };
      const source = Readable.from(lines());
      const target = task.file === undefined ? nowhere() : createWriteStream(task.file);
      if (task.codec === 'null') await pipeline(source, count, target);
      else await pipeline(source, fastZstd(), count, target);
      return { rows, bytes };
    },
    close: async () => {
      await client.end();
    },
  };
}

function nowhere(): Writable {
  return new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
}

function fastZstd(): ReturnType<typeof createZstdCompress> {
  return createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 1 } });
}
