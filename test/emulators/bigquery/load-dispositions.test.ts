import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { avroFile, PROJECT } from './helpers.ts';
import { IDS, type Loads, openLoads, record } from './load-helpers.ts';

let loads: Loads;
beforeAll(async () => {
  loads = await openLoads();
});
afterAll(async () => {
  await loads.stop();
});

describe('all or nothing', () => {
  test.each([
    ['cut off', (file: Buffer) => file.subarray(0, -5)],
    ['with a broken sync marker', (file: Buffer) => Buffer.concat([file.subarray(0, -1), Buffer.from([1])])],
    ['of no bytes', () => Buffer.alloc(0)],
  ])('a second file %s loads nothing', async (name, damage) => {
    const table = `damaged_${name.length}`;
    const good = await avroFile(IDS, [{ id: 1n }]);
    loads.bucket.objects.set(`${table}/a.avro`, good);
    loads.bucket.objects.set(`${table}/b.avro`, damage(good));
    const job = await loads.load(table, [`${table}/a.avro`, `${table}/b.avro`], {
      schema: { fields: [{ name: 'id', type: 'INTEGER' }] },
    });
    expect(job.status.errorResult).toMatchObject({
      reason: 'invalid',
      message: expect.stringMatching(/^The Apache Avro library failed to (parse|read)/),
    });
    expect(await loads.warehouse.client.dataset('d').table(table).exists()).toEqual([false]);
  });

  test('what is not there is notFound', async () => {
    loads.bucket.objects.set('there.avro', await avroFile(IDS, []));
    for (const uri of ['nope.avro', 'nope-*.avro', 'gs://other/x.avro', 'gs://other/*']) {
      expect((await loads.load('never', ['there.avro', uri], {})).status.errorResult?.reason).toBe('notFound');
    }
    expect((await loads.load('never', 'a*b*.avro', {})).status.errorResult?.reason).toBe('invalid');
    expect(
      (await loads.load('never', 'there.avro', { createDisposition: 'CREATE_NEVER' })).status.errorResult?.message,
    ).toBe(`Not found: Table ${PROJECT}:d.never`);
    expect((await loads.load('never', 'there.avro', { maxBadRecords: 5 })).status.errorResult?.reason).toBe(
      'notImplemented',
    );
  });
});

describe('dispositions and schemas', () => {
  const ids = async (table: string): Promise<unknown[]> =>
    (await loads.warehouse.rows(`SELECT id FROM d.${table} ORDER BY id`)).map(({ id }) => id);

  test('append, empty, truncate, truncate the data', async () => {
    loads.bucket.objects.set('one.avro', await avroFile(IDS, [{ id: 1n }]));
    loads.bucket.objects.set('two.avro', await avroFile(IDS, [{ id: 2n }]));
    await loads.load('disposed', 'one.avro', {});
    await loads.load('disposed', 'two.avro', {});
    expect(await ids('disposed')).toEqual([1, 2]);
    expect(
      (await loads.load('disposed', 'one.avro', { writeDisposition: 'WRITE_EMPTY' })).status.errorResult,
    ).toMatchObject({
      reason: 'duplicate',
      message: `Already Exists: Table ${PROJECT}:d.disposed`,
    });
    await loads.load('disposed', 'two.avro', { writeDisposition: 'WRITE_TRUNCATE_DATA' });
    expect(await ids('disposed')).toEqual([2]);
    loads.bucket.objects.set('other.avro', await avroFile(record([{ name: 'id', type: 'string' }]), [{ id: 'x' }]));
    await loads.load('disposed', 'other.avro', { writeDisposition: 'WRITE_TRUNCATE' });
    expect(await ids('disposed')).toEqual(['x']);
  });

  test('a mismatch is refused in Google’s words; options let columns come and relax', async () => {
    await loads.warehouse.rows('CREATE TABLE d.shaped (id INT64 NOT NULL, name STRING)');
    const mismatch = `Provided Schema does not match Table ${PROJECT}:d.shaped.`;
    loads.bucket.objects.set('text.avro', await avroFile(record([{ name: 'id', type: 'string' }]), [{ id: 'x' }]));
    expect((await loads.load('shaped', 'text.avro', {})).status.errorResult).toMatchObject({
      reason: 'invalid',
      message: `${mismatch} Field id has changed type from INTEGER to STRING`,
    });
    loads.bucket.objects.set(
      'wide.avro',
      await avroFile(
        record([
          { name: 'id', type: ['null', 'long'] },
          { name: 'extra', type: ['null', 'long'] },
        ]),
        [{ id: null, extra: 5n }],
      ),
    );
    expect((await loads.load('shaped', 'wide.avro', {})).status.errorResult?.message).toBe(
      `${mismatch} Field id has changed mode from REQUIRED to NULLABLE`,
    );
    const relax = { schemaUpdateOptions: ['ALLOW_FIELD_RELAXATION'] };
    expect((await loads.load('shaped', 'wide.avro', relax)).status.errorResult?.message).toBe(
      `${mismatch} Cannot add fields (field: extra)`,
    );
    const both = { schemaUpdateOptions: ['ALLOW_FIELD_RELAXATION', 'ALLOW_FIELD_ADDITION'] };
    expect((await loads.load('shaped', 'wide.avro', both)).status).toEqual({ state: 'DONE' });
    expect(await loads.warehouse.rows('SELECT * FROM d.shaped')).toEqual([{ id: null, name: null, extra: 5 }]);
  });
});
