import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Clock } from '../../../emulators/kit/clock.ts';
import { openWarehouse, PROJECT, type Warehouse } from './helpers.ts';

const clock = new Clock();
let warehouse: Warehouse;
beforeAll(async () => {
  warehouse = await openWarehouse({ clock });
});
afterAll(async () => {
  await warehouse.stop();
});

function failure(reason: string, message: RegExp | string): unknown {
  const matching: unknown = typeof message === 'string' ? message : expect.stringMatching(message);
  return expect.objectContaining({ message: matching, errors: [expect.objectContaining({ reason })] });
}

const SCHEMA = [
  { name: 'id', type: 'INT64', mode: 'REQUIRED', description: 'the key' },
  { name: 'name', type: 'STRING' },
  {
    name: 'address',
    type: 'RECORD',
    fields: [
      { name: 'street', type: 'STRING' },
      { name: 'numbers', type: 'INTEGER', mode: 'REPEATED' },
    ],
  },
  { name: 'price', type: 'NUMERIC', precision: '10', scale: '2' },
];

describe('datasets', () => {
  test('are created, found, listed, changed and deleted', async () => {
    await warehouse.client.createDataset('shop', { location: 'EU' });
    const dataset = warehouse.client.dataset('shop');
    expect(await dataset.exists()).toEqual([true]);
    await dataset.setMetadata({ description: 'all of it' });
    expect((await dataset.getMetadata())[0]).toMatchObject({
      id: `${PROJECT}:shop`,
      location: 'EU',
      description: 'all of it',
    });
    expect((await warehouse.client.getDatasets())[0].map(({ id }) => id)).toContain('shop');
    await dataset.createTable('t', { schema: SCHEMA });
    await expect(dataset.delete()).rejects.toEqual(failure('invalid', `Dataset ${PROJECT}:shop is still in use`));
    await dataset.delete({ force: true });
    expect(await dataset.exists()).toEqual([false]);
  });

  test('are refused twice, under a bad name, and where they are not', async () => {
    await warehouse.client.createDataset('twice');
    await expect(warehouse.client.createDataset('twice')).rejects.toEqual(
      failure('duplicate', `Already Exists: Dataset ${PROJECT}:twice`),
    );
    await expect(warehouse.client.createDataset('with-dash')).rejects.toEqual(
      failure('invalid', /^Invalid dataset ID "with-dash"/),
    );
    await expect(warehouse.client.dataset('nowhere').getMetadata()).rejects.toEqual(
      failure('notFound', `Not found: Dataset ${PROJECT}:nowhere`),
    );
    await expect(warehouse.client.dataset('nowhere').createTable('t', {})).rejects.toEqual(
      failure('notFound', `Not found: Dataset ${PROJECT}:nowhere`),
    );
  });

  test('names of datasets and tables are case-sensitive, those of columns are not', async () => {
    await warehouse.client.createDataset('Twice');
    await warehouse.client.dataset('Twice').createTable('T', { schema: 'Id:INTEGER' });
    await warehouse.client.dataset('Twice').createTable('t', { schema: 'id:INTEGER' });
    await expect(
      warehouse.client.dataset('Twice').createTable('u', { schema: 'id:INTEGER,ID:STRING' }),
    ).rejects.toEqual(failure('invalid', /Duplicate field name/));
    expect(await warehouse.rows('SELECT COUNT(iD) AS n FROM Twice.T')).toEqual([{ n: 0 }]);
  });
});

describe('tables', () => {
  beforeAll(async () => {
    await warehouse.client.createDataset('d');
  });

  test('keep schema, partitioning, clustering, constraints and labels', async () => {
    const layout = {
      timePartitioning: { type: 'DAY', field: 'at' },
      clustering: { fields: ['id'] },
      labels: { team: 'a' },
      tableConstraints: { primaryKey: { columns: ['id'] } },
    };
    const schema = [...SCHEMA, { name: 'at', type: 'TIMESTAMP' }];
    const [table] = await warehouse.client.dataset('d').createTable('laid_out', { schema, ...layout });
    const [metadata] = (await table.getMetadata()) as unknown as [Record<string, unknown>];
    expect(metadata).toMatchObject({
      ...layout,
      numRows: '0',
      numBytes: '0',
      type: 'TABLE',
      id: `${PROJECT}:d.laid_out`,
    });
    expect(metadata['schema']).toMatchObject({
      fields: [
        { name: 'id', type: 'INTEGER', mode: 'REQUIRED', description: 'the key' },
        { type: 'STRING', mode: 'NULLABLE' },
        { type: 'RECORD' },
        { precision: '10', scale: '2' },
        {},
      ],
    });
  });

  test('take new nullable columns, relax, and refuse all else', async () => {
    const table = warehouse.client.dataset('d').table('patched');
    await table.create({ schema: SCHEMA });
    await warehouse.rows("INSERT INTO d.patched (id, name, address) VALUES (1, 'a', STRUCT('s', [1, 2]))");
    const relaxed = SCHEMA.map((field) =>
      field.name === 'id'
        ? { ...field, mode: 'NULLABLE' }
        : field.name === 'address'
          ? { ...field, fields: [...(field.fields ?? []), { name: 'city', type: 'STRING' }] }
          : field,
    );
    await table.setMetadata({
      schema: { fields: [...relaxed, { name: 'tags', type: 'STRING', mode: 'REPEATED' }] },
      description: 'x',
    });
    await warehouse.rows('INSERT INTO d.patched (id) VALUES (NULL)');
    const rows = await warehouse.rows('SELECT * EXCEPT (price) FROM d.patched ORDER BY id');
    expect(rows).toEqual([
      { id: null, name: null, address: null, tags: [] },
      { id: 1, name: 'a', address: { street: 's', numbers: [1, 2], city: null }, tags: [] },
    ]);
    const name = `${PROJECT}:d.patched`;
    await expect(table.setMetadata({ schema: 'id:STRING' })).rejects.toEqual(
      failure(
        'invalid',
        `Provided Schema does not match Table ${name}. Field id has changed type from INTEGER to STRING`,
      ),
    );
    await expect(table.setMetadata({ schema: 'id:INTEGER' })).rejects.toEqual(
      failure('invalid', `Provided Schema does not match Table ${name}. Field name is missing in new schema`),
    );
  });

  test('are refused twice, with names and layouts that Google refuses, and deleted', async () => {
    const dataset = warehouse.client.dataset('d');
    await dataset.createTable('once', { schema: SCHEMA });
    await expect(dataset.createTable('once', { schema: SCHEMA })).rejects.toEqual(
      failure('duplicate', `Already Exists: Table ${PROJECT}:d.once`),
    );
    await expect(dataset.createTable('no$decorator', { schema: SCHEMA })).rejects.toEqual(
      failure('invalid', /^Invalid table ID/),
    );
    await expect(
      dataset.createTable('p', { schema: SCHEMA, timePartitioning: { type: 'DAY', field: 'name' } }),
    ).rejects.toEqual(failure('invalid', /has type STRING/));
    await expect(dataset.createTable('q', { schema: SCHEMA, clustering: { fields: ['nope'] } })).rejects.toEqual(
      failure('invalid', /cannot be found/),
    );
    await expect(dataset.createTable('r', { schema: [{ name: 'a b!', type: 'STRING' }] })).rejects.toEqual(
      failure('invalid', /^Invalid field name/),
    );
    await dataset.table('once').delete();
    await expect(dataset.table('once').getMetadata()).rejects.toEqual(
      failure('notFound', `Not found: Table ${PROJECT}:d.once`),
    );
    const [tables] = await dataset.getTables();
    expect(tables.map(({ id }) => id)).toEqual(['laid_out', 'patched']);
  });

  test('expire on the local clock', async () => {
    await warehouse.client.createDataset('short', { defaultTableExpirationMs: '3600000' });
    const table = warehouse.client.dataset('short').table('t');
    await table.create({ schema: SCHEMA });
    expect(await table.exists()).toEqual([true]);
    const real = clock.state;
    clock.set({ ...real, virtualOrigin: real.virtualOrigin + 3_700_000 });
    expect(await table.exists()).toEqual([false]);
    await expect(warehouse.rows('SELECT * FROM short.t')).rejects.toEqual(failure('notFound', /Not found: Table/));
    await table.create({ schema: SCHEMA });
    expect(await table.exists()).toEqual([true]);
    clock.set(real);
  });

  test('a required partition filter is demanded', async () => {
    await warehouse.rows(
      'CREATE TABLE d.filtered (day DATE, x INT64) PARTITION BY day OPTIONS (require_partition_filter = TRUE)',
    );
    await expect(warehouse.rows('SELECT x FROM d.filtered')).rejects.toEqual(
      failure('invalidQuery', /without a filter over column\(s\) 'day'/),
    );
    expect(await warehouse.rows("SELECT x FROM d.filtered WHERE day = '2024-01-01'")).toEqual([]);
  });

  test('rows are streamed in and listed by pages', async () => {
    const table = warehouse.client.dataset('d').table('paged');
    await table.create({ schema: 'id:INTEGER,at:TIMESTAMP' });
    await table.insert(Array.from({ length: 25 }, (_, id) => ({ id, at: '2024-01-01 00:00:00.000001' })));
    const [first, next] = (await table.getRows({ maxResults: 10, autoPaginate: false })) as unknown as [
      { id: number }[],
      object,
    ];
    expect(first.map(({ id }) => id)).toEqual(Array.from({ length: 10 }, (_, i) => i));
    const [second] = (await table.getRows(next)) as unknown as [{ id: number }[]];
    expect(second[0]?.id).toBe(10);
    expect((await table.getRows({ maxResults: 7 }))[0]).toHaveLength(7);
    expect((await table.getRows())[0]).toHaveLength(25);
    await expect(table.insert([{ id: 'x' }, { id: 1 }])).rejects.toMatchObject({ name: 'PartialFailureError' });
    const raw = (await (await fetch(`${warehouse.url}/datasets/d/tables/paged/data?startIndex=24`)).json()) as {
      rows: unknown[];
    };
    expect(raw.rows).toEqual([{ f: [{ v: '24' }, { v: '1704067200.000001' }] }]);
  });
});

test('the paths without /bigquery/v2, the clock and the reset', async () => {
  const other = await openWarehouse();
  await other.client.createDataset('gone');
  const base = other.url.replace('/bigquery/v2', '');
  expect((await fetch(`${base}/datasets/gone`)).status).toBe(200);
  expect((await fetch(`${base}/datasets/gone/routines`)).status).toBe(501);
  const host = other.emulator.env['BIGQUERY_EMULATOR_HOST'] ?? '';
  await fetch(`${host}/emulator/v1/reset`, { method: 'POST' });
  expect((await fetch(`${base}/datasets/gone`)).status).toBe(404);
  await other.stop();
});
