import { setImmediate } from 'node:timers/promises';
import { constants, crc32, deflateRaw, zstdCompress } from 'node:zlib';
import avro from 'avsc';
import { compress as snappyCompress } from 'snappyjs';
import type { Prepared, Task } from '../task.ts';
import { connect, queryOf } from './connect.ts';
import { type Convert, converterOf } from './values.ts';
import { readRows, type Row } from './rows.ts';

/** Row objects as pg makes them, values turned into avsc's, and avsc's own block encoder. */
export async function cursorAvsc(task: Task): Promise<Prepared> {
  const { contract: json, codec } = task;
  const client = await connect(task.url);
  const fields = (json['fields'] as { name: string; type: unknown }[]).map(
    ({ name, type }): { name: string; convert: Convert } => ({
      name,
      convert: converterOf(Array.isArray(type) ? (type as unknown[])[1] : type),
    }),
  );
  const codecs = { null: avroNull, deflate: deflateRaw, zstandard: zstdFast, snappy: snappyFast };
  const encoder = new avro.streams.BlockEncoder(json as unknown as avro.Schema, { codec, codecs });
  return {
    async run() {
      let bytes = 0;
      let count = 0;
      const ended = new Promise<void>((resolve) => encoder.on('end', resolve));
      encoder.on('data', (piece: Buffer) => {
        bytes += piece.length;
      });
      for await (const rows of readRows(client, queryOf(task))) {
        count += rows.length;
        for (const row of rows) {
          const record: Row = {};
          for (const { name, convert } of fields) record[name] = row[name] === null ? null : convert(row[name]);
          encoder.write(record);
        }
        while (encoder.writableNeedDrain) await setImmediate();
      }
      encoder.end();
      await ended;
      return { rows: count, bytes };
    },
    close: async () => {
      await client.end();
    },
  };
}

type Done = (error: Error | null, data?: Buffer) => void;
const avroNull = (data: Buffer, done: Done): void => {
  done(null, data);
};
const zstdFast = (data: Buffer, done: Done): void => {
  zstdCompress(data, { params: { [constants.ZSTD_c_compressionLevel]: 1 } }, done);
};
const snappyFast = (data: Buffer, done: Done): void => {
  const sum = Buffer.allocUnsafe(4);
  sum.writeUInt32BE(crc32(data));
  done(null, Buffer.concat([snappyCompress(data), sum]));
};
