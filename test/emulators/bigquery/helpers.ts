import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import avro from 'avsc';
import { BigQuery } from '@google-cloud/bigquery';
import { googleAuthLibrary } from 'google-gax';
import type { Emulator, EmulatorOptions } from '../../../emulators/kit/emulator.ts';
import { start } from '../../../emulators/bigquery/index.ts';

process.env['METADATA_SERVER_DETECTION'] = 'none';

export const PROJECT = 'demo-project';

export interface Warehouse {
  readonly emulator: Emulator;
  readonly client: BigQuery;
  /** Where raw requests go. */
  readonly url: string;
  /** The rows of a query; `errors[0].reason` of what it throws is Google's. */
  readonly rows: (sql: string, params?: Record<string, unknown> | unknown[]) => Promise<Record<string, unknown>[]>;
  readonly stop: () => Promise<void>;
}

/** An emulator of its own on a free port, and Google's client for it. */
export async function openWarehouse(options: EmulatorOptions = {}): Promise<Warehouse> {
  const emulator = await start(options);
  const url = emulator.env['BIGQUERY_EMULATOR_HOST'] ?? '';
  const client = new BigQuery({
    projectId: PROJECT,
    apiEndpoint: url,
    authClient: new googleAuthLibrary.PassThroughClient(),
  });
  return {
    emulator,
    client,
    url: `${url}/bigquery/v2/projects/${PROJECT}`,
    rows: async (query, params) => {
      const [rows] = (await client.query({ query, ...(params ? { params } : {}), wrapIntegers: false })) as [
        Record<string, unknown>[],
        ...unknown[],
      ];
      return rows;
    },
    stop: async () => {
      await emulator.stop();
    },
  };
}

export interface Bucket {
  /** As STORAGE_EMULATOR_HOST gives it. */
  readonly host: string;
  readonly objects: Map<string, Buffer>;
  readonly stop: () => Promise<void>;
}

/** As much of Cloud Storage as a load needs: an object's metadata and bytes, and the list by prefix, of bucket `lake`. */
export async function openBucket(): Promise<Bucket> {
  const objects = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const name = /^\/storage\/v1\/b\/lake\/o\/(.+)$/.exec(url.pathname)?.[1];
    const body = name === undefined ? undefined : objects.get(decodeURIComponent(name));
    const prefix = url.searchParams.get('prefix') ?? '';
    const items = [...objects.keys()].filter((key) => key.startsWith(prefix)).map((key) => ({ name: key }));
    if (url.pathname === '/storage/v1/b/lake/o') response.end(JSON.stringify({ items }));
    else if (body === undefined) response.writeHead(404).end();
    else if (url.searchParams.get('alt') === 'media') response.end(body);
    else response.end(JSON.stringify({ name: decodeURIComponent(name ?? ''), size: String(body.length) }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const LONG = avro.types.LongType.__with({
  fromBuffer: (buffer: Buffer) => buffer.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const buffer = Buffer.alloc(8);
    buffer.writeBigInt64LE(value);
    return buffer;
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: () => 0,
});

const SYNC = Buffer.alloc(16, 7);
const RECORDS_PER_BLOCK = 4_000;

/** An object container file, written by the specification; longs are bigint, decimals their bytes. */
export async function avroFile(
  schema: object,
  records: readonly object[],
  codec = 'null',
  compress: (data: Buffer) => Promise<Buffer> | Buffer = (data) => data,
): Promise<Buffer> {
  const options = { registry: { long: LONG }, wrapUnions: false } as unknown as avro.ForSchemaOptions;
  const type = avro.Type.forSchema(JSON.parse(JSON.stringify(schema), plainType) as avro.Schema, options);
  const entries = Object.entries({ 'avro.schema': JSON.stringify(schema), 'avro.codec': codec });
  const parts = [Buffer.from('Obj\x01'), varint(entries.length), ...entries.flat().flatMap(text), varint(0), SYNC];
  for (let at = 0; at < records.length; at += RECORDS_PER_BLOCK) {
    const block = records.slice(at, at + RECORDS_PER_BLOCK);
    const data = await compress(Buffer.concat(block.map((record) => type.toBuffer(record))));
    parts.push(varint(block.length), varint(data.length), data, SYNC);
  }
  return Buffer.concat(parts);
}

/** Logical types stay in the file's header; the values are given as what underlies them. */
function plainType(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('logicalType' in value)) return value;
  const rest = Object.entries(value).filter(([name]) => !['logicalType', 'precision', 'scale'].includes(name));
  return rest.length === 1 ? (value as { type?: unknown }).type : Object.fromEntries(rest);
}

function text(value: string): Buffer[] {
  const bytes = Buffer.from(value);
  return [varint(bytes.length), bytes];
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value * 2; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) | 128);
  }
}
