import { promisify } from 'node:util';
import { crc32, deflateRaw, zstdCompress } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CONVERSIONS } from './avro-conversions.ts';
import { avroFile } from './helpers.ts';
import { decimal, IDS, type Loads, openLoads, record } from './load-helpers.ts';

let loads: Loads;
beforeAll(async () => {
  loads = await openLoads();
});
afterAll(async () => {
  await loads.stop();
});

describe('Avro', () => {
  test.each(CONVERSIONS.map((entry, i) => [...entry, i] as const))(
    '%s',
    async (_, type, value, expected, wire, index) => {
      const table = `conversion_${index}`;
      loads.bucket.objects.set(
        `${table}.avro`,
        await avroFile(record([{ name: 'x', type, doc: 'what it is' }]), [{ x: value }]),
      );
      const job = await loads.load(table, `${table}.avro`, {});
      expect(job.status).toEqual({ state: 'DONE' });
      expect(await loads.firstRow(table)).toEqual([wire]);
      const [metadata] = (await loads.warehouse.client.dataset('d').table(table).getMetadata()) as unknown as [object];
      expect(metadata).toMatchObject({
        schema: { fields: [{ name: 'x', type: expected, description: 'what it is' }] },
      });
    },
  );

  test('without useAvroLogicalTypes they are integers', async () => {
    loads.bucket.objects.set(
      'plain.avro',
      await avroFile(record([{ name: 'x', type: { type: 'long', logicalType: 'timestamp-micros' } }]), [{ x: 7n }]),
    );
    await loads.load('plain', 'plain.avro', { useAvroLogicalTypes: false });
    expect(await loads.firstRow('plain')).toEqual(['7']);
  });

  test('decimals follow decimalTargetTypes, and none is rounded', async () => {
    const type = (scale: number): object =>
      record([{ name: 'x', type: { type: 'bytes', logicalType: 'decimal', precision: 20, scale } }]);
    loads.bucket.objects.set('big.avro', await avroFile(type(12), [{ x: decimal(1n, 8) }]));
    expect(
      (await loads.load('big', 'big.avro', { decimalTargetTypes: ['NUMERIC', 'BIGNUMERIC'] })).status.errorResult,
    ).toBeUndefined();
    expect(await loads.firstRow('big')).toEqual(['0.000000000001']);
    expect((await loads.load('big_numeric', 'big.avro', {})).status.errorResult?.message).toMatch(
      /more than 9 digits behind the point/,
    );
    await loads.load('big_text', 'big.avro', { decimalTargetTypes: ['STRING'] });
    expect(await loads.firstRow('big_text')).toEqual(['0.000000000001']);
  });

  test.each(['null', 'deflate', 'zstandard'])('codec %s, many blocks, many files by one wildcard', async (codec) => {
    const compress = { deflate: promisify(deflateRaw), zstandard: promisify(zstdCompress) }[codec];
    const rows = Array.from({ length: 20_000 }, (_, i) => ({ id: BigInt(i) }));
    for (const n of [0, 1])
      loads.bucket.objects.set(`many/${codec}-${n}.avro`, await avroFile(IDS, rows, codec, compress));
    const job = await loads.load(`many_${codec}`, `many/${codec}-*.avro`, {});
    expect(job.statistics.load).toMatchObject({ inputFiles: '2', outputRows: '40000', outputBytes: '320000' });
    expect(await loads.warehouse.rows(`SELECT COUNT(*) AS n, SUM(id) AS s FROM d.many_${codec}`)).toEqual([
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
    loads.bucket.objects.set(
      'snappy.avro',
      Buffer.concat([header, Buffer.from([20, (packed.length + 4) * 2]), packed, crc, sync]),
    );
    expect((await loads.load('snappy', 'snappy.avro', {})).status).toEqual({ state: 'DONE' });
    expect(await loads.warehouse.rows('SELECT COUNT(*) AS n, SUM(id) AS s FROM d.snappy')).toEqual([{ n: 10, s: 5 }]);
  });

  test('no records create the table', async () => {
    loads.bucket.objects.set('empty.avro', await avroFile(IDS, []));
    expect((await loads.load('empty', 'empty.avro', {})).statistics.load).toMatchObject({ outputRows: '0' });
    expect(await loads.warehouse.client.dataset('d').table('empty').exists()).toEqual([true]);
  });
});
