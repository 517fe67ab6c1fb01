import { describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { TransientError } from '../../functions/runtime/errors.ts';
import { describeColumns } from '../../functions/transcoder/columns.ts';
import { compilePlan } from '../../functions/transcoder/plan.ts';
import type { Rejection } from '../../functions/transcoder/rows.ts';
import { Transcoding, type TranscodeOptions } from '../../functions/transcoder/transcode.ts';
import { cleanUp } from '../support/cleanup.ts';
import { createDatabase, execute } from '../support/postgres.ts';
import { until } from '../support/until.ts';
import { contractOf } from '../unit/records.ts';
import { ChoppedSocket } from '../unit/functions/transcoder/chopped.ts';
import { decodeFile } from '../unit/functions/transcoder/decode.ts';

const ROWS = 200_000;
const contract = contractOf({ id: 'int', name: ['null', 'string'] });
const database = (async () => {
  const url = await createDatabase();
  await execute(url, `create table many as select id, 'name ' || id as name from generate_series(1, ${ROWS}) as id`);
  await execute(url, 'create table bad as select case when id % 2 = 0 then id end as id, id::text as name from many');
  return url;
})();

async function connect(config: pg.ClientConfig = {}): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: await database, ...config });
  client.on('error', () => undefined);
  await client.connect();
  cleanUp(async () => {
    await client.end();
  });
  return client;
}

async function open(client: pg.Client, table: string, options: Partial<TranscodeOptions> = {}): Promise<Transcoding> {
  const plan = compilePlan(contract, table, await describeColumns(client, table));
  const onRejected = async (): Promise<void> => {
    await Promise.resolve();
  };
  const query = `select ${plan.select} from ${table}`;
  return new Transcoding(client, { plan, query, codec: 'null', identity: 'x', onRejected, ...options });
}

async function readAll(transcoding: Transcoding): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of transcoding.file()) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function backendOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid ?? 0;
}

/** Reads until the COPY is well under way. */
async function begin(transcoding: Transcoding): Promise<AsyncGenerator<Buffer, void, undefined>> {
  const file = transcoding.file();
  await file.next();
  await file.next();
  return file;
}

async function drain(file: AsyncGenerator<Buffer>): Promise<void> {
  for await (const piece of file) expect(piece.length).toBeGreaterThan(0);
}

describe('after a COPY the connection is what it was', () => {
  test('for queries and for another COPY', async () => {
    const client = await connect();
    const listeners = client.connection.stream.listeners('data');
    for (let turn = 0; turn < 3; turn++) {
      const transcoding = await open(client, 'many');
      const { records } = await decodeFile(await readAll(transcoding));
      expect(records).toHaveLength(ROWS);
      expect(transcoding.counts).toEqual({ extracted: ROWS, encoded: ROWS, quarantined: 0 });
      expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    }
    expect(client.connection.stream.listeners('data')).toEqual(listeners);
  });

  test('and pg hears the notices that come among the rows', async () => {
    const client = await connect();
    const heard: (string | undefined)[] = [];
    client.on('notice', ({ message }) => heard.push(message));
    await client.query(`create function pg_temp.noisy(id int) returns int language plpgsql as
                        $$ begin if id % 1000 = 0 then raise notice 'row %', id; end if; return id; end $$`);
    const transcoding = await open(client, 'many', {
      query: 'select pg_temp.noisy(id), name from many where id <= 3000',
    });
    await drain(transcoding.file());
    expect(heard).toEqual(['row 1000', 'row 2000', 'row 3000']);
    expect(transcoding.counts.encoded).toBe(3000);
  });

  test('for a query that waited behind it', async () => {
    const client = await connect({ stream: () => new ChoppedSocket([997]) });
    const transcoding = await open(client, 'many');
    const file = transcoding.file();
    await file.next();
    const second = file.next();
    const behind = client.query('select 2 as two');
    await second;
    await drain(file);
    expect((await behind).rows).toEqual([{ two: 2 }]);
  });

  test('when Postgres refuses the query', async () => {
    const client = await connect();
    const transcoding = await open(client, 'many', { query: 'select nothing from nowhere' });
    await expect(readAll(transcoding)).rejects.toThrow('relation "nowhere" does not exist');
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  test('when a statement takes too long', async () => {
    const client = await connect();
    await client.query("set statement_timeout = '200ms'");
    const query = 'select id, name from many cross join pg_sleep(60)';
    const slow = await open(client, 'many', { query });
    await expect(readAll(slow)).rejects.toThrow('statement timeout');
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  test('when it is cancelled half way', async () => {
    const client = await connect();
    const pid = await backendOf(client);
    const file = await begin(await open(client, 'many', { blockBytes: 10_000 }));
    await execute(await database, 'select pg_cancel_backend($1)', [pid]);
    await expect(drain(file)).rejects.toThrow('canceling statement due to user request');
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });
});

describe('a file never looks complete', () => {
  test('when the backend is terminated half way', async () => {
    const client = await connect();
    const pid = await backendOf(client);
    const file = await begin(await open(client, 'many', { blockBytes: 10_000 }));
    await execute(await database, 'select pg_terminate_backend($1)', [pid]);
    await expect(drain(file)).rejects.toThrow(/terminating connection|Connection terminated/);
  });

  test('when the network goes half way', async () => {
    const client = await connect();
    const file = await begin(await open(client, 'many', { blockBytes: 10_000 }));
    client.connection.stream.destroy();
    await expect(drain(file)).rejects.toThrow('Connection terminated');
  });

  test('when what comes is no COPY stream: the connection is given up', async () => {
    const client = await connect();
    const transcoding = await open(client, 'many', { query: 'select id, name, 1 from many' });
    await expect(readAll(transcoding)).rejects.toThrow(TransientError);
    await expect(client.query('select 1')).rejects.toThrow();
  });

  test('when rejected rows cannot be stored', async () => {
    const client = await connect();
    const onRejected = async (): Promise<void> => {
      await Promise.reject(new Error('no room'));
    };
    await expect(readAll(await open(client, 'bad', { onRejected }))).rejects.toThrow('no room');
  });
});

describe('whoever reads sets the pace', () => {
  test('a reader that waits makes Postgres wait, and misses nothing', async () => {
    const client = await connect();
    const transcoding = await open(client, 'many', { blockBytes: 10_000 });
    const file = await begin(transcoding);
    await until('the socket to be paused', () => Promise.resolve(client.connection.stream.isPaused() || undefined));
    expect(transcoding.counts.extracted).toBeLessThan(ROWS / 2);
    await drain(file);
    expect(transcoding.counts.encoded).toBe(ROWS);
  });

  test('a reader that leaves ends the connection', async () => {
    const client = await connect();
    const file = await begin(await open(client, 'many', { blockBytes: 10_000 }));
    await file.return();
    expect(client.connection.stream.destroyed).toBe(true);
  });

  test('a reader that gives up need not wait for Postgres', async () => {
    const client = await connect();
    const stop = new AbortController();
    const query = 'select id, name from many cross join pg_sleep(600)';
    const file = (await open(client, 'many', { query, signal: stop.signal })).file();
    await file.next();
    const next = file.next();
    stop.abort(new Error('the lease is lost'));
    await expect(next).rejects.toThrow('the lease is lost');
    expect(client.connection.stream.destroyed).toBe(true);
    await expect(readAll(await open(await connect(), 'many', { signal: stop.signal }))).rejects.toThrow(
      'the lease is lost',
    );
  });

  test('rows that are rejected are stored some at a time, and the last ones before the file ends', async () => {
    const client = await connect();
    const stored: Rejection[] = [];
    let storing = 0;
    const onRejected = async (rows: readonly Rejection[]): Promise<void> => {
      expect((storing += 1)).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      stored.push(...rows);
      storing -= 1;
    };
    const transcoding = await open(client, 'bad', { onRejected });
    const { records } = await decodeFile(await readAll(transcoding));
    expect(records).toHaveLength(ROWS / 2);
    expect(transcoding.counts).toEqual({ extracted: ROWS, encoded: ROWS / 2, quarantined: ROWS / 2 });
    expect(stored).toHaveLength(ROWS / 2);
    expect(stored.map(({ position }) => position)).toEqual(Array.from({ length: ROWS / 2 }, (_, index) => index * 2));
    expect(stored[1]).toMatchObject({
      position: 2,
      reason: 'field "id": null, and the contract does not allow it',
      values: { id: null, name: '3' },
    });
    expect(stored[1]?.bytes.toString('hex')).toBe('0002ffffffff0000000133');
  });
});
