import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { crc32, deflateRaw, gzipSync, zstdCompress } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { avroFile, type Bucket, openBucket, openWarehouse, PROJECT, type Warehouse } from './helpers.ts';

let bucket: Bucket;
let warehouse: Warehouse;
beforeAll(async () => {
  bucket = await openBucket();
  warehouse = await openWarehouse({ env: { STORAGE_EMULATOR_HOST: bucket.host } });
  await warehouse.client.createDataset('d');
});
afterAll(async () => {
  await warehouse.stop();
  await bucket.stop();
});

interface LoadJob {
  readonly status: {
    readonly state: string;
    readonly errorResult?: { readonly reason: string; readonly message: string };
  };
  readonly statistics: { readonly load?: Record<string, string> };
}

/** Runs a load to its end; what went wrong is in `status.errorResult`. */
async function load(tableId: string, uris: string | string[], config: object): Promise<LoadJob> {
  const sourceUris = [uris].flat().map((uri) => (uri.startsWith('gs://') ? uri : `gs://lake/${uri}`));
  const destinationTable = { projectId: PROJECT, datasetId: 'd', tableId };
  const body = JSON.stringify({
    configuration: {
      load: { sourceUris, destinationTable, sourceFormat: 'AVRO', useAvroLogicalTypes: true, ...config },
    },
  });
  const { jobReference } = (await (await fetch(`${warehouse.url}/jobs`, { method: 'POST', body })).json()) as {
    jobReference: { jobId: string };
  };
  for (let deadline = Date.now() + 10_000; Date.now() < deadline;) {
    const job = (await (await fetch(`${warehouse.url}/jobs/${jobReference.jobId}?location=US`)).json()) as LoadJob;
    if (job.status.state === 'DONE') return job;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error('the load did not end');
}

/** The values of a table's first row as the wire has them. */
async function firstRow(tableId: string): Promise<unknown[]> {
  const answer = (await (
    await fetch(`${warehouse.url}/datasets/d/tables/${tableId}/data?formatOptions.useInt64Timestamp=true`)
  ).json()) as { rows: { f: { v: unknown }[] }[] };
  return answer.rows[0]?.f.map(({ v }) => v) ?? [];
}

const record = (fields: object[]): object => ({ type: 'record', name: 'r', fields });
const decimal = (unscaled: bigint, bytes: number): Buffer =>
  Buffer.from(
    BigInt.asUintN(bytes * 8, unscaled)
      .toString(16)
      .padStart(bytes * 2, '0'),
    'hex',
  );
const IDS = record([{ name: 'id', type: 'long' }]);

/** https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-avro#avro_conversions */
const CONVERSIONS: [name: string, avro: unknown, value: unknown, type: string, wire: unknown][] = [
  ['boolean', 'boolean', true, 'BOOLEAN', 'true'],
  ['int', 'int', -7, 'INTEGER', '-7'],
  ['long: the greatest', 'long', 9223372036854775807n, 'INTEGER', '9223372036854775807'],
  ['long: the least', 'long', -9223372036854775808n, 'INTEGER', '-9223372036854775808'],
  ['long: beyond 2^53', ['null', 'long'], 9007199254740993n, 'INTEGER', '9007199254740993'],
  ['float', 'float', 1.5, 'FLOAT', '1.5'],
  ['double', 'double', 0.1, 'FLOAT', '0.1'],
  ['bytes', 'bytes', Buffer.from([0, 255]), 'BYTES', 'AP8='],
  ['string', 'string', 'é☃', 'STRING', 'é☃'],
  ['null in a union', ['null', 'string'], null, 'STRING', null],
  ['enum', { type: 'enum', name: 'e', symbols: ['A', 'B'] }, 'B', 'STRING', 'B'],
  ['fixed', { type: 'fixed', name: 'f', size: 2 }, Buffer.from([1, 2]), 'BYTES', 'AQI='],
  ['date', { type: 'int', logicalType: 'date' }, 19723, 'DATE', '2024-01-01'],
  ['time-millis', { type: 'int', logicalType: 'time-millis' }, 3_600_001, 'TIME', '01:00:00.001000'],
  ['time-micros', { type: 'long', logicalType: 'time-micros' }, 86_399_999_999n, 'TIME', '23:59:59.999999'],
  ['timestamp-millis', { type: 'long', logicalType: 'timestamp-millis' }, -1n, 'TIMESTAMP', '-1000'],
  [
    'timestamp-micros',
    ['null', { type: 'long', logicalType: 'timestamp-micros' }],
    1704067200000001n,
    'TIMESTAMP',
    '1704067200000001',
  ],
  [
    'local-timestamp-millis',
    { type: 'long', logicalType: 'local-timestamp-millis' },
    1n,
    'DATETIME',
    '1970-01-01T00:00:00.001000',
  ],
  [
    'local-timestamp-micros',
    { type: 'long', logicalType: 'local-timestamp-micros' },
    1704067200000001n,
    'DATETIME',
    '2024-01-01T00:00:00.000001',
  ],
  [
    'uuid',
    { type: 'string', logicalType: 'uuid' },
    'c0ffee00-0000-4000-8000-000000000000',
    'STRING',
    'c0ffee00-0000-4000-8000-000000000000',
  ],
  [
    'decimal',
    { type: 'bytes', logicalType: 'decimal', precision: 38, scale: 9 },
    decimal(-12345678901234567890123456789123456789n, 16),
    'NUMERIC',
    '-12345678901234567890123456789.123456789',
  ],
  [
    'decimal, fixed',
    { type: 'fixed', name: 'f', size: 4, logicalType: 'decimal', precision: 5, scale: 2 },
    decimal(12345n, 4),
    'NUMERIC',
    '123.45',
  ],
  ['array', { type: 'array', items: 'long' }, [1n, 2n], 'INTEGER', [{ v: '1' }, { v: '2' }]],
  ['array of nothing', ['null', { type: 'array', items: 'string' }], null, 'STRING', []],
  [
    'record',
    {
      type: 'record',
      name: 'n',
      fields: [
        { name: 'a', type: ['null', 'long'] },
        {
          name: 'b',
          type: { type: 'array', items: { type: 'record', name: 'x', fields: [{ name: 'c', type: 'string' }] } },
        },
      ],
    },
    { a: 5n, b: [{ c: 'z' }] },
    'RECORD',
    { f: [{ v: '5' }, { v: [{ v: { f: [{ v: 'z' }] } }] }] },
  ],
  ['map', { type: 'map', values: 'long' }, { k: 1n }, 'RECORD', [{ v: { f: [{ v: 'k' }, { v: '1' }] } }]],
];

describe('Avro', () => {
  test.each(CONVERSIONS.map((entry, i) => [...entry, i] as const))(
    '%s',
    async (_, type, value, expected, wire, index) => {
      const table = `conversion_${index}`;
      bucket.objects.set(
        `${table}.avro`,
        await avroFile(record([{ name: 'x', type, doc: 'what it is' }]), [{ x: value }]),
      );
      const job = await load(table, `${table}.avro`, {});
      expect(job.status).toEqual({ state: 'DONE' });
      expect(await firstRow(table)).toEqual([wire]);
      const [metadata] = (await warehouse.client.dataset('d').table(table).getMetadata()) as unknown as [object];
      expect(metadata).toMatchObject({
        schema: { fields: [{ name: 'x', type: expected, description: 'what it is' }] },
      });
    },
  );

  test('without useAvroLogicalTypes they are integers', async () => {
    bucket.objects.set(
      'plain.avro',
      await avroFile(record([{ name: 'x', type: { type: 'long', logicalType: 'timestamp-micros' } }]), [{ x: 7n }]),
    );
    await load('plain', 'plain.avro', { useAvroLogicalTypes: false });
    expect(await firstRow('plain')).toEqual(['7']);
  });

  test('decimals follow decimalTargetTypes, and none is rounded', async () => {
    const type = (scale: number): object =>
      record([{ name: 'x', type: { type: 'bytes', logicalType: 'decimal', precision: 20, scale } }]);
    bucket.objects.set('big.avro', await avroFile(type(12), [{ x: decimal(1n, 8) }]));
    expect(
      (await load('big', 'big.avro', { decimalTargetTypes: ['NUMERIC', 'BIGNUMERIC'] })).status.errorResult,
    ).toBeUndefined();
    expect(await firstRow('big')).toEqual(['0.000000000001']);
    expect((await load('big_numeric', 'big.avro', {})).status.errorResult?.message).toMatch(
      /more than 9 digits behind the point/,
    );
    await load('big_text', 'big.avro', { decimalTargetTypes: ['STRING'] });
    expect(await firstRow('big_text')).toEqual(['0.000000000001']);
  });

  test.each(['null', 'deflate', 'zstandard'])('codec %s, many blocks, many files by one wildcard', async (codec) => {
    const compress = { deflate: promisify(deflateRaw), zstandard: promisify(zstdCompress) }[codec];
    const rows = Array.from({ length: 20_000 }, (_, i) => ({ id: BigInt(i) }));
    for (const n of [0, 1]) bucket.objects.set(`many/${codec}-${n}.avro`, await avroFile(IDS, rows, codec, compress));
    const job = await load(`many_${codec}`, `many/${codec}-*.avro`, {});
    expect(job.statistics.load).toMatchObject({ inputFiles: '2', outputRows: '40000', outputBytes: '320000' });
    expect(await warehouse.rows(`SELECT COUNT(*) AS n, SUM(id) AS s FROM d.many_${codec}`)).toEqual([
      { n: 40_000, s: 399_980_000 },
    ]);
  });

  test('codec snappy: the bytes of the format description', async () => {
    // Varint 10, then the literal "\x00\x02" and a copy of 8 bytes from 2 back: five records 0, 1 as zig-zag varints.
    const plain = Buffer.from([0, 2, 0, 2, 0, 2, 0, 2, 0, 2]);
    const packed = Buffer.from([10, 0x04, 0, 2, 0x11, 2]);
    const crc = Buffer.alloc(4);
    crc.writeUInt32BE(crc32(plain));
    const header = await avroFile(IDS, [], 'snappy');
    const sync = header.subarray(-16);
    bucket.objects.set(
      'snappy.avro',
      Buffer.concat([header, Buffer.from([20, (packed.length + 4) * 2]), packed, crc, sync]),
    );
    expect((await load('snappy', 'snappy.avro', {})).status).toEqual({ state: 'DONE' });
    expect(await warehouse.rows('SELECT COUNT(*) AS n, SUM(id) AS s FROM d.snappy')).toEqual([{ n: 10, s: 5 }]);
  });

  test('no records create the table', async () => {
    bucket.objects.set('empty.avro', await avroFile(IDS, []));
    expect((await load('empty', 'empty.avro', {})).statistics.load).toMatchObject({ outputRows: '0' });
    expect(await warehouse.client.dataset('d').table('empty').exists()).toEqual([true]);
  });
});

describe('all or nothing', () => {
  test.each([
    ['cut off', (file: Buffer) => file.subarray(0, -5)],
    ['with a broken sync marker', (file: Buffer) => Buffer.concat([file.subarray(0, -1), Buffer.from([1])])],
    ['of no bytes', () => Buffer.alloc(0)],
  ])('a second file %s loads nothing', async (name, damage) => {
    const table = `damaged_${name.length}`;
    const good = await avroFile(IDS, [{ id: 1n }]);
    bucket.objects.set(`${table}/a.avro`, good);
    bucket.objects.set(`${table}/b.avro`, damage(good));
    const job = await load(table, [`${table}/a.avro`, `${table}/b.avro`], {
      schema: { fields: [{ name: 'id', type: 'INTEGER' }] },
    });
    expect(job.status.errorResult).toMatchObject({
      reason: 'invalid',
      message: expect.stringMatching(/^The Apache Avro library failed to (parse|read)/),
    });
    expect(await warehouse.client.dataset('d').table(table).exists()).toEqual([false]);
  });

  test('what is not there is notFound', async () => {
    bucket.objects.set('there.avro', await avroFile(IDS, []));
    for (const uri of ['nope.avro', 'nope-*.avro', 'gs://other/x.avro', 'gs://other/*']) {
      expect((await load('never', ['there.avro', uri], {})).status.errorResult?.reason).toBe('notFound');
    }
    expect((await load('never', 'a*b*.avro', {})).status.errorResult?.reason).toBe('invalid');
    expect((await load('never', 'there.avro', { createDisposition: 'CREATE_NEVER' })).status.errorResult?.message).toBe(
      `Not found: Table ${PROJECT}:d.never`,
    );
    expect((await load('never', 'there.avro', { maxBadRecords: 5 })).status.errorResult?.reason).toBe('notImplemented');
  });
});

describe('dispositions and schemas', () => {
  const ids = async (table: string): Promise<unknown[]> =>
    (await warehouse.rows(`SELECT id FROM d.${table} ORDER BY id`)).map(({ id }) => id);

  test('append, empty, truncate, truncate the data', async () => {
    bucket.objects.set('one.avro', await avroFile(IDS, [{ id: 1n }]));
    bucket.objects.set('two.avro', await avroFile(IDS, [{ id: 2n }]));
    await load('disposed', 'one.avro', {});
    await load('disposed', 'two.avro', {});
    expect(await ids('disposed')).toEqual([1, 2]);
    expect((await load('disposed', 'one.avro', { writeDisposition: 'WRITE_EMPTY' })).status.errorResult).toMatchObject({
      reason: 'duplicate',
      message: `Already Exists: Table ${PROJECT}:d.disposed`,
    });
    await load('disposed', 'two.avro', { writeDisposition: 'WRITE_TRUNCATE_DATA' });
    expect(await ids('disposed')).toEqual([2]);
    bucket.objects.set('other.avro', await avroFile(record([{ name: 'id', type: 'string' }]), [{ id: 'x' }]));
    await load('disposed', 'other.avro', { writeDisposition: 'WRITE_TRUNCATE' });
    expect(await ids('disposed')).toEqual(['x']);
  });

  test('a mismatch is refused in Google’s words; options let columns come and relax', async () => {
    await warehouse.rows('CREATE TABLE d.shaped (id INT64 NOT NULL, name STRING)');
    const mismatch = `Provided Schema does not match Table ${PROJECT}:d.shaped.`;
    bucket.objects.set('text.avro', await avroFile(record([{ name: 'id', type: 'string' }]), [{ id: 'x' }]));
    expect((await load('shaped', 'text.avro', {})).status.errorResult).toMatchObject({
      reason: 'invalid',
      message: `${mismatch} Field id has changed type from INTEGER to STRING`,
    });
    bucket.objects.set(
      'wide.avro',
      await avroFile(
        record([
          { name: 'id', type: ['null', 'long'] },
          { name: 'extra', type: ['null', 'long'] },
        ]),
        [{ id: null, extra: 5n }],
      ),
    );
    expect((await load('shaped', 'wide.avro', {})).status.errorResult?.message).toBe(
      `${mismatch} Field id has changed mode from REQUIRED to NULLABLE`,
    );
    const relax = { schemaUpdateOptions: ['ALLOW_FIELD_RELAXATION'] };
    expect((await load('shaped', 'wide.avro', relax)).status.errorResult?.message).toBe(
      `${mismatch} Cannot add fields (field: extra)`,
    );
    const both = { schemaUpdateOptions: ['ALLOW_FIELD_RELAXATION', 'ALLOW_FIELD_ADDITION'] };
    expect((await load('shaped', 'wide.avro', both)).status).toEqual({ state: 'DONE' });
    expect(await warehouse.rows('SELECT * FROM d.shaped')).toEqual([{ id: null, name: null, extra: 5 }]);
  });
});

describe('CSV and JSON', () => {
  const schema = {
    fields: [
      { name: 'id', type: 'INTEGER', mode: 'REQUIRED' },
      { name: 'name', type: 'STRING' },
      { name: 'moment', type: 'TIMESTAMP' },
      { name: 'n', type: 'NUMERIC' },
    ],
  };

  test('CSV with quotes, NULLs and a header, gzipped as well', async () => {
    const text =
      'id,name,moment,n\n1,"a ""b"", c",2024-01-01 00:00:00+07,1.5\r\n2,,,\n9007199254740993,"",2024-01-01T00:00:00Z,-0.000000001\n';
    for (const [name, bytes] of [
      ['plain.csv', Buffer.from(text)],
      ['packed.csv.gz', gzipSync(text)],
    ] as const) {
      bucket.objects.set(name, bytes);
      const table = `csv_${name.length}`;
      expect(
        (await load(table, name, { sourceFormat: 'CSV', useAvroLogicalTypes: false, skipLeadingRows: 1, schema }))
          .status,
      ).toEqual({ state: 'DONE' });
      const rows = await warehouse.rows(
        `SELECT CAST(id AS STRING) AS id, name, UNIX_MICROS(moment) AS us, CAST(n AS STRING) AS n FROM d.${table} ORDER BY 1`,
      );
      expect(rows).toEqual([
        { id: '1', name: 'a "b", c', us: 1704042000000000, n: '1.5' },
        { id: '2', name: null, us: null, n: null },
        { id: '9007199254740993', name: '', us: 1704067200000000, n: '-0.000000001' },
      ]);
    }
  });

  test.each([
    ['too many values', '1,a,,,x\n', /Too many values/],
    ['too few', '1\n', /Missing values/],
    ['a bad number', 'x,a,,\n', /Could not parse 'x' as INT64 for field id/],
    ['a missing REQUIRED one', ',a,,\n', /Required column value/],
    ['an open quote', '1,"a,,\n', /close quote/],
  ])('CSV with %s is refused', async (_, text, message) => {
    bucket.objects.set('bad.csv', Buffer.from(text));
    expect((await load('bad_csv', 'bad.csv', { sourceFormat: 'CSV', schema })).status.errorResult?.message).toMatch(
      message,
    );
  });

  test('JSON lines, exact beyond 2^53, nested', async () => {
    const lines = [{ id: 1, l: [{ a: 'x' }] }, { ID: '2' }].map((row) => JSON.stringify(row));
    bucket.objects.set('rows.json', Buffer.from([...lines, '{"id": 9223372036854775807, "n": 0.1}', ''].join('\n')));
    const nested = {
      fields: [
        { name: 'id', type: 'INTEGER' },
        { name: 'n', type: 'NUMERIC' },
        { name: 'l', type: 'RECORD', mode: 'REPEATED', fields: [{ name: 'a', type: 'STRING' }] },
      ],
    };
    const config = { sourceFormat: 'NEWLINE_DELIMITED_JSON', schema: nested };
    expect((await load('json', 'rows.json', config)).status).toEqual({ state: 'DONE' });
    expect(
      await warehouse.rows('SELECT CAST(id AS STRING) AS id, CAST(n AS STRING) AS n, l FROM d.json ORDER BY id'),
    ).toEqual([
      { id: '1', n: null, l: [{ a: 'x' }] },
      { id: '2', n: null, l: [] },
      { id: '9223372036854775807', n: '0.1', l: [] },
    ]);
    bucket.objects.set('bad.json', Buffer.from('{"id": 1, "nope": 2}\n'));
    expect((await load('json_bad', 'bad.json', config)).status.errorResult?.message).toMatch(/no such field: nope/);
    expect(
      (await load('json_bad', 'bad.json', { sourceFormat: 'NEWLINE_DELIMITED_JSON' })).status.errorResult?.message,
    ).toMatch(/No schema specified/);
  });

  test('a local file is uploaded by Google’s client', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bigquery-test-'));
    await writeFile(join(folder, 'rows.csv'), '1,a\n2,b\n');
    const [job] = await warehouse.client
      .dataset('d')
      .table('uploaded')
      .load(join(folder, 'rows.csv'), { schema: 'id:INTEGER,name:STRING' } as object);
    expect(job).toMatchObject({ status: { state: 'DONE' }, statistics: { load: { outputRows: '2' } } });
    expect(await warehouse.rows('SELECT * FROM d.uploaded ORDER BY id')).toEqual([
      { id: 1, name: 'a' },
      { id: 2, name: 'b' },
    ]);
    await rm(folder, { recursive: true });
  });

  test('a file uploaded in pieces', async () => {
    const host = warehouse.emulator.env['BIGQUERY_EMULATOR_HOST'] ?? '';
    const destinationTable = { projectId: PROJECT, datasetId: 'd', tableId: 'pieces' };
    const body = JSON.stringify({
      configuration: { load: { destinationTable, schema: { fields: [{ name: 'id', type: 'INTEGER' }] } } },
    });
    const begun = await fetch(`${host}/upload/bigquery/v2/projects/${PROJECT}/jobs?uploadType=resumable`, {
      method: 'POST',
      body,
    });
    const session = begun.headers.get('location') ?? '';
    const put = async (piece: string, range: string): Promise<Response> =>
      await fetch(session, { method: 'PUT', body: piece, headers: { 'content-range': range }, redirect: 'manual' });
    const first = await put('1\n2', 'bytes 0-2/6');
    expect([first.status, first.headers.get('range')]).toEqual([308, 'bytes=0-2']);
    expect((await put('x', 'bytes 9-9/10')).status).toBe(400);
    const last = (await (await put('2\n3', 'bytes 3-5/6')).json()) as LoadJob;
    expect(last.status).toEqual({ state: 'DONE' });
    expect(await warehouse.rows('SELECT id FROM d.pieces ORDER BY id')).toEqual([{ id: 1 }, { id: 3 }, { id: 22 }]);
    expect((await put('', 'bytes */6')).status).toBe(404);
  });
});
