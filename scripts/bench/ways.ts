import { setImmediate } from 'node:timers/promises';
import { constants, deflateRaw, zstdCompress } from 'node:zlib';
import avro from 'avsc';
import pg from 'pg';
import Cursor from 'pg-cursor';
import { type CodecName, CODECS } from '../../functions/transcoder/codecs.ts';
import { describeColumns } from '../../functions/transcoder/columns.ts';
import { compilePlan } from '../../functions/transcoder/plan.ts';
import { Transcoding } from '../../functions/transcoder/transcode.ts';
import { parseContract } from '../../schemas/contract.ts';

/** What one way of reading a table did. */
export interface Measure {
  readonly rows: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMb: number;
}

/** How a child process is told what to do: as JSON, its only argument. */
export interface Task {
  readonly way: 'discard' | 'transcoder' | 'cursor + avsc';
  readonly codec: CodecName;
  readonly url: string;
  readonly table: string;
  readonly contract: Record<string, unknown>;
}

type Result = Pick<Measure, 'rows' | 'bytes'>;

export async function measure(task: Task): Promise<Measure> {
  const started = performance.now();
  const client = new pg.Client({ connectionString: task.url, options: '-c timezone=UTC' });
  await client.connect();
  const result = await WAYS[task.way](client, task);
  await client.end();
  const { user, system } = process.cpuUsage();
  return {
    ...result,
    seconds: (performance.now() - started) / 1000,
    cpuSeconds: (user + system) / 1e6,
    peakMb: process.resourceUsage().maxRSS / 1024,
  };
}

const WAYS: Readonly<Record<Task['way'], (client: pg.Client, task: Task) => Promise<Result>>> = {
  async discard(client, { table }) {
    let bytes = 0;
    const { stream } = client.connection;
    const listeners = stream.listeners('data') as ((chunk: Buffer) => void)[];
    stream.removeAllListeners('data');
    await new Promise<void>((resolve) => {
      const tail = Buffer.from('5a0000000549', 'hex');
      stream.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (chunk.subarray(-tail.length).equals(tail)) resolve();
      });
      client.connection.query(`copy ${table} to stdout (format binary)`);
    });
    stream.removeAllListeners('data');
    for (const listener of listeners) stream.on('data', listener);
    return { rows: 0, bytes };
  },

  async transcoder(client, { table, contract: json, codec }) {
    const contract = parseContract('bench', json);
    const plan = compilePlan(contract, table, await describeColumns(client, table));
    const query = `select ${plan.select} from ${table}`;
    const onRejected = async (): Promise<void> => {
      await Promise.reject(new Error('a row does not fit'));
    };
    const transcoding = new Transcoding(client, { plan, query, codec, identity: table, onRejected });
    let bytes = 0;
    for await (const piece of transcoding.file()) bytes += piece.length;
    return { rows: transcoding.counts.encoded, bytes };
  },

  /** Row objects as pg makes them, values turned into avsc's, and avsc's own block encoder. */
  async 'cursor + avsc'(client, { table, contract: json, codec }) {
    const fields = (json['fields'] as { name: string; type: unknown }[]).map(({ name, type }) => ({
      name,
      nullable: Array.isArray(type),
      convert: converterOf(Array.isArray(type) ? (type as unknown[])[1] : type),
    }));
    const codecs = { null: avroNull, deflate: deflateRaw, zstandard: zstdFast, snappy: snappyFast };
    const encoder = new avro.streams.BlockEncoder(json as unknown as avro.Schema, { codec, codecs });
    let bytes = 0;
    const ended = new Promise<void>((resolve) => encoder.on('end', resolve));
    encoder.on('data', (piece: Buffer) => {
      bytes += piece.length;
    });
    const list = fields.map(({ name }) => pg.escapeIdentifier(name)).join(', ');
    const cursor = client.query(new Cursor<Record<string, unknown>>(`select ${list} from ${table}`));
    let count = 0;
    for (let rows = await cursor.read(1000); rows.length > 0; rows = await cursor.read(1000)) {
      count += rows.length;
      for (const row of rows) {
        const record: Record<string, unknown> = {};
        for (const { name, convert } of fields) record[name] = row[name] === null ? null : convert(row[name]);
        encoder.write(record);
      }
      while (encoder.writableNeedDrain) await setImmediate();
    }
    encoder.end();
    await ended;
    return { rows: count, bytes };
  },
};

type Done = (error: Error | null, data?: Buffer) => void;
const avroNull = (data: Buffer, done: Done): void => {
  done(null, data);
};
const zstdFast = (data: Buffer, done: Done): void => {
  zstdCompress(data, { params: { [constants.ZSTD_c_compressionLevel]: 1 } }, done);
};
const snappyFast = (data: Buffer, done: Done): void => {
  CODECS.snappy(data).then((compressed) => {
    done(null, compressed);
  }, done);
};

function converterOf(type: unknown): (value: unknown) => unknown {
  const logicalType = typeof type === 'object' && type !== null && 'logicalType' in type ? type.logicalType : undefined;
  if (type === 'long') return Number;
  if (logicalType === 'date') return (value) => (value as Date).getTime() / 86_400_000;
  if (String(logicalType).endsWith('timestamp-micros')) return (value) => (value as Date).getTime() * 1000;
  if (logicalType === 'decimal') return decimalBytes;
  return (value) => value;
}

function decimalBytes(value: unknown): Buffer {
  const unscaled = BigInt((value as string).replace('.', ''));
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(unscaled);
  return bytes;
}
