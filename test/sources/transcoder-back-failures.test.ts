import { describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { TerminalError } from '../../functions/runtime/errors.ts';
import { describeColumns } from '../../functions/transcoder/columns.ts';
import { loadFile, type LoadFileOptions } from '../../functions/transcoder/load-file.ts';
import { compilePlan } from '../../functions/transcoder/plan.ts';
import { Transcoding } from '../../functions/transcoder/transcode.ts';
import { cleanUp } from '../support/cleanup.ts';
import { createDatabase, execute } from '../support/postgres.ts';
import { until } from '../support/until.ts';
import { contractOf, TIMESTAMP } from '../unit/records.ts';
import { piecesOf } from '../unit/functions/transcoder/pieces-of.ts';

const ROWS = 100_000;
const contract = contractOf({ id: 'long', name: ['null', 'string'] });
const database = createDatabase();

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: await database });
  client.on('error', () => undefined);
  await client.connect();
  cleanUp(async () => {
    await client.end();
  });
  return client;
}

async function encode(client: pg.Client, from: string, of = contract): Promise<Buffer> {
  const plan = compilePlan(of, from, await describeColumns(client, from));
  const onRejected = async (): Promise<void> => {
    await Promise.reject(new Error('rejected'));
  };
  const query = `select ${plan.select} from ${from}`;
  const transcoding = new Transcoding(client, {
    plan,
    query,
    codec: 'snappy',
    identity: 'x',
    onRejected,
    blockBytes: 50_000,
  });
  const pieces: Buffer[] = [];
  for await (const piece of transcoding.file()) pieces.push(piece);
  return Buffer.concat(pieces);
}

const many = (async () => {
  const url = await database;
  await execute(
    url,
    `create table many as select id::bigint, 'name ' || id as name from generate_series(1, ${ROWS}) id`,
  );
  return await encode(await connect(), 'many');
})();

let tables = 0;
async function createTable(columns: string): Promise<string> {
  const table = `into_${(tables += 1)}`;
  await execute(await database, `create table ${table} (${columns})`);
  return table;
}

async function load(
  client: pg.Client,
  table: string,
  file: Buffer,
  more: Partial<LoadFileOptions> = {},
): Promise<number> {
  const plan = compilePlan(contract, table, await describeColumns(client, table));
  return await loadFile(client, { plan, table, file: piecesOf(file, [65_536]), ...more });
}

/** Nothing is stored, and the connection does what it did. */
async function expectUntouched(client: pg.Client, table: string): Promise<void> {
  expect((await client.query(`select count(*)::int as n from ${table}`)).rows).toEqual([{ n: 0 }]);
}

async function expectOpen(
  loading: Promise<number>,
  client: pg.Client,
  table: string,
  message: string | RegExp,
): Promise<void> {
  await expect(loading).rejects.toThrow(message);
  await expectUntouched(client, table);
}

describe('a file is stored whole or not at all, and the connection can be used again', () => {
  const COLUMNS = 'id bigint, name text';

  test('whole, twice, within a transaction that is taken back', async () => {
    const client = await connect();
    const table = await createTable(COLUMNS);
    await client.query('begin');
    expect(await load(client, table, await many)).toBe(ROWS);
    expect(await load(client, table, await many, { records: ROWS })).toBe(ROWS);
    await client.query('rollback');
    await expectUntouched(client, table);
  });

  test.each([
    ['a constraint', 'id bigint check (id < 90000), name text', 'violates check constraint'],
    [
      'a key that stands twice',
      'id bigint, name text, half bigint generated always as (id / 2) stored unique',
      'unique',
    ],
    ['a name that is too long', 'id bigint, name varchar(8)', 'value too long for type character varying(8)'],
    ['a column that must be filled', 'id bigint, name text, more int not null', 'null value in column "more"'],
  ])('not for %s', async (_, columns, message) => {
    const client = await connect();
    const table = await createTable(columns);
    await expectOpen(load(client, table, await many), client, table, message);
  });

  test('not when a value does not fit: Postgres is told to forget what it has', async () => {
    const client = await connect();
    const table = await createTable('id smallint, name text');
    const small = contractOf({ id: 'long', name: ['null', 'string'] });
    const plan = compilePlan(small, table, await describeColumns(client, table));
    const loading = loadFile(client, { plan, table, file: piecesOf(await many, [1000]) });
    await expectOpen(loading, client, table, 'record 32767, field "id": 32768 is no int2');
  });

  test('not when the file is cut, corrupted, or shorter than was said', async () => {
    const client = await connect();
    const table = await createTable(COLUMNS);
    const file = await many;
    await expectOpen(load(client, table, file.subarray(0, -1)), client, table, 'ends within the marker');
    const corrupted = Buffer.from(file);
    corrupted.writeUInt8(corrupted.readUInt8(file.length - 5000) ^ 1, file.length - 5000);
    await expectOpen(load(client, table, corrupted), client, table, 'the Avro file is broken');
    await expectOpen(load(client, table, file, { records: ROWS + 1 }), client, table, `${ROWS + 1} were written`);
  });

  test('not when whoever sends the file fails half way', async () => {
    const client = await connect();
    const table = await createTable(COLUMNS);
    const file = await many;
    async function* failing(): AsyncGenerator<Buffer> {
      yield file.subarray(0, file.length / 2);
      await Promise.reject(new Error('the bucket is gone'));
    }
    await expectOpen(load(client, table, file, { file: failing() }), client, table, 'the bucket is gone');
  });

  test('not before a table is there that takes it', async () => {
    const client = await connect();
    const table = await createTable(COLUMNS);
    await client.query(`alter table ${table} rename name to title`);
    const plan = compilePlan(contract, 'many', await describeColumns(client, 'many'));
    const loading = loadFile(client, { plan, table, file: piecesOf(await many, [1000]) });
    await expectOpen(loading, client, table, 'column "name" of relation');
  });

  test('a trigger that keeps rows out is no silent loss', async () => {
    const client = await connect();
    const table = await createTable(COLUMNS);
    await client.query(`create function odd() returns trigger language plpgsql as
                        $$ begin if new.id % 2 = 0 then return null; end if; return new; end $$`);
    await client.query(`create trigger odd before insert on ${table} for each row execute function odd()`);
    await expect(load(client, table, await many)).rejects.toThrow(`Postgres stored ${ROWS / 2}`);
  });
});

describe('a load ends', () => {
  test('when the backend is terminated, while the file lets us wait', async () => {
    const client = await connect();
    const table = await createTable('id bigint, name text');
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    const file = await many;
    async function* hanging(): AsyncGenerator<Buffer> {
      yield file.subarray(0, file.length / 2);
      await execute(await database, 'select pg_terminate_backend($1)', [rows[0]?.pid]);
      await new Promise(() => undefined);
    }
    const loading = load(client, table, file, { file: hanging() });
    await expect(loading).rejects.toThrow(/terminating connection|Connection terminated/);
    await expectUntouched(await connect(), table);
  });

  test('when it is given up, while Postgres lets us wait', async () => {
    const [client, other] = [await connect(), await connect()];
    const table = await createTable('id bigint, name text');
    await other.query('begin');
    await other.query(`lock table ${table}`);
    const plan = compilePlan(contract, 'many', await describeColumns(client, 'many'));
    const stop = new AbortController();
    const file = piecesOf(await many, [1000]);
    const loading = loadFile(client, { plan, table, file, signal: stop.signal });
    await until('the COPY to wait', async () => {
      const sql = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like 'copy%'";
      const waiting = await execute(await database, sql);
      return waiting.rows[0];
    });
    stop.abort(new Error('the lease is lost'));
    await expect(loading).rejects.toThrow('the lease is lost');
    expect(client.connection.stream.destroyed).toBe(true);
    await other.query('rollback');
    await expectUntouched(await connect(), table);
  });

  test('when it is given up, while the file does not even begin', async () => {
    const client = await connect();
    const stop = new AbortController();
    async function* silent(): AsyncGenerator<Buffer> {
      await new Promise(() => undefined);
      yield Buffer.alloc(0);
    }
    const loading = load(client, 'many', await many, { file: silent(), signal: stop.signal });
    setImmediate(() => {
      stop.abort(new Error('the lease is lost'));
    });
    await expect(loading).rejects.toThrow('the lease is lost');
  });

  test('and reads no more of the file than Postgres takes', async () => {
    const [client, other] = [await connect(), await connect()];
    const table = await createTable('id bigint, name text');
    await client.query(`create function hold() returns trigger language plpgsql as
                        $$ begin perform pg_advisory_xact_lock_shared(7); return new; end $$`);
    await client.query(`create trigger hold before insert on ${table} for each row execute function hold()`);
    await other.query('select pg_advisory_lock(7)');
    const file = await many;
    const copies = 40;
    let sent = 0;
    async function* repeated(): AsyncGenerator<Buffer> {
      const start = file.indexOf(file.subarray(-16)) + 16;
      yield file.subarray(0, start);
      for (; sent < copies; sent++) {
        yield file.subarray(start);
        await Promise.resolve();
      }
    }
    const loading = load(client, table, file, { file: repeated() });
    await until('the socket to be full', () =>
      Promise.resolve(client.connection.stream.writableNeedDrain || undefined),
    );
    expect(sent).toBeLessThan(copies / 2);
    await other.query('select pg_cancel_backend($1)', [(client as unknown as { processID: number }).processID]);
    await expectOpen(loading, client, table, 'canceling statement due to user request');
  });
});

describe('what has no exact way back is refused', () => {
  const at = contractOf({ at: TIMESTAMP });
  const price = contractOf({ price: { type: 'bytes', logicalType: 'decimal', precision: 12, scale: 4 } });
  const ratio = contractOf({ ratio: 'double' });
  const wait = contractOf({ wait: 'string' });

  test.each([
    ['a timestamp', at, 'at timestamptz', "'2024-01-01 00:00:00.123456'", 'at timestamptz(3)', 'more than 3 digits'],
    ['a numeric', price, 'price numeric(12,4)', '1.2345', 'price numeric(10,2)', 'more than 2 digits behind the point'],
    ['a free numeric', price, 'price numeric', '1.2345', 'price money', 'cannot hold 1.2345'],
    ['a double', ratio, 'ratio float8', '0.1', 'ratio float4', '0.1 is no float4'],
    ['an interval', wait, 'wait interval', "'1 day 1.5 s'", 'wait interval(0)', 'rounds what it is given'],
    ['another type', wait, 'wait text', "'tomorrow'", 'wait interval', 'invalid input syntax for type interval'],
  ])('%s', async (_, of, from, value, to, message) => {
    const client = await connect();
    const [source, table] = [await createTable(from), await createTable(to)];
    await client.query(`insert into ${source} values (${value})`);
    const file = piecesOf(await encode(client, source, of), [100]);
    const loading = (async () => {
      const plan = compilePlan(of, table, await describeColumns(client, table));
      return await loadFile(client, { plan, table, file });
    })();
    await expectOpen(loading, client, table, message);
  });

  test('a file of another schema, before Postgres hears of it', async () => {
    const client = await connect();
    const plan = compilePlan(contract, 'many', await describeColumns(client, 'many'));
    const file = piecesOf(await encode(client, 'many', contractOf({ id: 'long' })), [100]);
    const loading = loadFile(client, { plan, table: 'nowhere', file });
    await expect(loading).rejects.toThrow(TerminalError);
    await expect(loading).rejects.toThrow("the file's schema has nothing more where contract test/thing has");
  });
});
