import { buffer } from 'node:stream/consumers';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { planSource } from '../../functions/sources/plan.ts';
import { withReader } from '../../functions/sources/postgres.ts';
import { sliceQuery, type TableRange } from '../../functions/sources/range.ts';
import { planSlices } from '../../functions/sources/slices.ts';
import { Transcoding } from '../../functions/transcoder/transcode.ts';
import { decodeFile } from '../unit/functions/transcoder/decode.ts';
import type { SliceBounds } from '../../functions/ledger/slices.ts';
import { parseContract } from '../../schemas/contract.ts';
import { createDatabase, execute } from '../support/postgres.ts';

const field = (name: string, type: unknown) => ({ name, type, doc: name });
const contract = parseContract('test/all', {
  type: 'record',
  name: 'all',
  doc: 'Every type.',
  fields: [
    field('id', 'long'),
    field('small', ['null', 'int']),
    field('flag', ['null', 'boolean']),
    field('text', ['null', 'string']),
    field('raw', ['null', 'bytes']),
    field('day', ['null', { type: 'int', logicalType: 'date' }]),
    field('local', ['null', { type: 'long', logicalType: 'local-timestamp-micros' }]),
    field('tags', { type: 'array', items: 'string' }),
    field('numbers', { type: 'array', items: 'long' }),
    field('updated_at', { type: 'long', logicalType: 'timestamp-micros' }),
  ],
});

let url: string;
const range: TableRange = { table: 'Odd "name"', key: ['id'], cursor: 'updated_at', from: '-infinity' };

beforeAll(async () => {
  url = await createDatabase();
  await execute(
    url,
    `create table "Odd ""name""" (id bigint primary key, small int, flag boolean, "text" text, raw bytea, day date, local timestamp,
       tags text[] not null default '{}', numbers bigint[] not null default '{}', updated_at timestamptz not null)`,
  );
  await execute(
    url,
    `insert into "Odd ""name""" values
       (-9223372036854775808, -2147483648, true, E'quote\\'s, "double", back\\\\slash, \\n, 日本', '\\x00ff', '0001-01-01', '9999-12-31 23:59:59.999999',
        array['a,b', '{}', 'NULL', '', '"'], array[9223372036854775807, -1], '2026-11-20 09:27:46.123456+07'),
       (9223372036854775807, null, null, null, null, null, null, '{}', '{}', '1969-12-31 23:59:59.999999+00'),
       (7, 0, false, '', '', '1970-01-01', '1970-01-01', '{}', '{}', '0001-01-01 00:00:00+00')`,
  );
});

/** What avsc finds in the file of a slice. */
const read = async (bounds: SliceBounds, from = '-infinity'): Promise<Record<string, unknown>[]> =>
  await withReader(url, 'application', async (client) => {
    const planned = await planSource(client, contract, range.table);
    const transcoding = new Transcoding(client, {
      plan: planned,
      query: sliceQuery(planned.select, { ...range, from }, bounds),
      codec: 'zstandard',
      identity: 'test',
      onRejected: async (rows) => {
        await Promise.reject(new Error(rows[0]?.reason));
      },
    });
    const { records } = await decodeFile(await buffer(transcoding.file()));
    return [...records].sort((a, b) => ((a['id'] as bigint) < (b['id'] as bigint) ? -1 : 1));
  });

describe('invariant 8: what Postgres holds is what the record holds', () => {
  test('every type, at its ends', async () => {
    const [lowest, middle, highest] = await read({});
    expect(lowest).toEqual({
      id: -9223372036854775808n,
      small: { int: -2147483648 },
      flag: { boolean: true },
      text: { string: `quote's, "double", back\\slash, \n, 日本` },
      raw: { bytes: Buffer.from([0, 255]) },
      day: { int: -719162 },
      local: { long: 253402300799999999n },
      tags: ['a,b', '{}', 'NULL', '', '"'],
      numbers: [9223372036854775807n, -1n],
      updated_at: 1795141666123456n,
    });
    expect(middle).toMatchObject({
      id: 7n,
      small: { int: 0 },
      flag: { boolean: false },
      text: { string: '' },
      updated_at: -62135596800000000n,
    });
    expect(highest).toMatchObject({
      id: 9223372036854775807n,
      small: null,
      flag: null,
      text: null,
      raw: null,
      day: null,
      updated_at: -1n,
    });
  });

  test('a cursor and bounds select what they say, bound included', async () => {
    const ids = async (bounds: SliceBounds, from?: string) => (await read(bounds, from)).map((record) => record['id']);
    await expect(ids({}, '2026-11-20 02:27:46.123456+00')).resolves.toEqual([-9223372036854775808n]);
    await expect(ids({ from: '7' })).resolves.toEqual([7n, 9223372036854775807n]);
    await expect(ids({ to: '7' })).resolves.toEqual([-9223372036854775808n]);
    await expect(ids({ from: '7', to: '8' })).resolves.toEqual([7n]);
  });
});

describe('slices', () => {
  test.each([
    [1, [{ to: '7' }, { from: '7', to: '9223372036854775807' }, { from: '9223372036854775807' }]],
    [2, [{ to: '9223372036854775807' }, { from: '9223372036854775807' }]],
    [3, [{}]],
    [100, [{}]],
  ])('of at most %d rows cover every key there can be', async (rows, expected) => {
    const planned = await withReader(
      url,
      'application',
      async (client) => await planSlices(client, range, { rows, bytes: 1e9 }),
    );
    expect(planned).toEqual(expected);
  });

  test.each([
    ['heavy', 'create table heavy as', 'analyze heavy'],
    [
      'parted',
      'create table parted (id int, text text) partition by range (id); create table parted_1 partition of parted for values from (0) to (50); create table parted_2 partition of parted for values from (50) to (200); insert into parted',
      'analyze parted_1, parted_2',
    ],
  ])('cut by key are no larger than they may be, either (%s)', async (table, create, analyze) => {
    await execute(url, `${create} select n as id, repeat('x', 1500) as text from generate_series(1, 100) n`);
    await execute(url, analyze);
    const plan = async (bytes: number) =>
      await withReader(
        url,
        'application',
        async (client) => await planSlices(client, { ...range, table, cursor: 'xmin' }, { rows: 1000, bytes }),
      );
    expect(await plan(1e9)).toEqual([{}]);
    expect((await plan(50_000)).length).toBeGreaterThan(3);
    expect(await plan(1)).toHaveLength(100);
  });

  test('are in the order of the key, and not of its text', async () => {
    await execute(url, 'create table many as select n as id, now() as updated_at from generate_series(1, 12) n');
    const planned = await withReader(
      url,
      'application',
      async (client) => await planSlices(client, { ...range, table: 'many' }, { rows: 4, bytes: 1e9 }),
    );
    expect(planned).toEqual([{ to: '5' }, { from: '5', to: '9' }, { from: '9' }]);
    const small = await withReader(
      url,
      'application',
      async (client) => await planSlices(client, { ...range, table: 'many' }, { rows: 1, bytes: 1e9 }),
    );
    expect(small.slice(-3)).toEqual([{ from: '10', to: '11' }, { from: '11', to: '12' }, { from: '12' }]);
  });

  test('no rows are one slice', async () => {
    await withReader(url, 'application', async (client) => {
      await expect(
        planSlices(client, { ...range, from: '294276-12-31 00:00:00+00' }, { rows: 1, bytes: 1e9 }),
      ).resolves.toEqual([{}]);
    });
  });
});

describe('a source that cannot fill its contract is refused before a byte is read', () => {
  const check = async (table: string): Promise<void> => {
    await withReader(url, 'application', async (client) => {
      await planSource(client, contract, table);
    });
  };

  test('a source that can is accepted', async () => {
    await expect(check(range.table)).resolves.toBeUndefined();
  });

  test('a missing table is named', async () => {
    await expect(check('nobody')).rejects.toMatchObject({
      code: 'SOURCE_REFUSED',
      message: 'source "application": relation "public.nobody" does not exist (SQLSTATE 42P01)',
    });
  });

  test('every column that does not fit is named with what it is and what would fit', async () => {
    await execute(
      url,
      'create table misfit (id text, small int8, flag bool, "text" text, raw bytea, day timestamptz, tags text, numbers int8[], updated_at timestamp)',
    );
    const failure = check('misfit');
    await expect(failure).rejects.toThrow('column "id" is text, which fills string; the contract says long');
    await expect(failure).rejects.toThrow('column "small" is int8, which fills long; the contract says int');
    await expect(failure).rejects.toThrow(
      'column "tags" is text, which fills string; the contract says an array of string',
    );
    await expect(failure).rejects.toThrow('there is no column "local"');
    await expect(failure).rejects.toThrow(
      'column "updated_at" is timestamp, which fills long (local-timestamp-micros); the contract says timestamp-micros',
    );
  });
});

describe('errors of a source are terminal or transient at birth', () => {
  const attempt = async (change: (url: URL) => void): Promise<unknown> => {
    const target = new URL(url);
    change(target);
    return await withReader(target.toString(), 'application', async (client) => await client.query('select 1')).catch(
      (error: unknown) => error,
    );
  };

  test('a wrong password, a missing database and a missing table are terminal', async () => {
    await expect(
      attempt((target) => {
        target.pathname = '/nobody';
      }),
    ).resolves.toMatchObject({ name: 'TerminalError', code: 'SOURCE_REFUSED' });
    const missing = withReader(url, 'application', async (client) => await client.query('select * from nobody'));
    await expect(missing).rejects.toMatchObject({ name: 'TerminalError', code: 'SOURCE_REFUSED' });
  });

  test('a server that does not answer is transient', async () => {
    await expect(
      attempt((target) => {
        target.port = '1';
      }),
    ).resolves.toMatchObject({ name: 'TransientError', code: 'SERVICE_UNAVAILABLE' });
  });
});
