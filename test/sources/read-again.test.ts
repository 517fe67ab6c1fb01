import { buffer } from 'node:stream/consumers';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { QuarantinedRow } from '../../functions/avro/quarantine.ts';
import type { Found } from '../../functions/ledger/replays.ts';
import { readAgain } from '../../functions/quarantine/read-again.ts';
import { planSource } from '../../functions/sources/plan.ts';
import { withReader } from '../../functions/sources/postgres.ts';
import { Transcoding } from '../../functions/transcoder/transcode.ts';
import { parseContract } from '../../schemas/contract.ts';
import { createDatabase, execute } from '../support/postgres.ts';
import { decodeFile } from '../unit/functions/transcoder/decode.ts';

/** Rows are read again by their keys, each once, as they are now; and what became of each run's is counted. */
const field = (name: string, type: unknown) => ({ name, type, doc: name });
const contract = parseContract('test/thing', {
  type: 'record',
  name: 'thing',
  doc: 'A thing.',
  fields: [
    field('shop', 'string'),
    field('id', 'long'),
    field('token', { type: 'string', logicalType: 'uuid' }),
    field('day', { type: 'int', logicalType: 'date' }),
  ],
});
const KEY = ['shop', 'id'];
const TOKEN = '00000000-0000-0000-0000-0000000000';

let url: string;
beforeAll(async () => {
  url = await createDatabase();
  await execute(url, 'create table thing (shop text, id bigint, token uuid, day date, primary key (shop, id))');
  await execute(
    url,
    `insert into thing select shop, id, ('${TOKEN}' || lpad(id::text, 2, '0'))::uuid, '2026-11-20'
       from unnest(array['a', 'o''b"\\, (1)', '日本']) as shop, generate_series(1, 30) as id`,
  );
  await execute(url, `update thing set day = 'infinity' where id = 30`);
});

const rejected = (runId: string, shop: string | null, id: string | null): QuarantinedRow => {
  return { runId, position: 0, reason: 'no', bytes: '', row: { shop, id, token: `${TOKEN}01`, day: 'infinity' } };
};

interface Read {
  readonly rows: readonly string[];
  readonly found: readonly Found[];
}

/** Reads them as `encode` does. @param parts into how many slices they are cut */
async function read(
  quarantined: readonly QuarantinedRow[],
  { parts = 1, key = KEY, table = 'thing' } = {},
): Promise<Read[]> {
  const rejectedBy = [...new Set(quarantined.map(({ runId }) => runId))];
  const results: Read[] = [];
  for (let part = 0; part < parts; part += 1) {
    results.push(
      await withReader(url, 'application', async (client) => {
        await client.query('begin isolation level repeatable read read only');
        const plan = await planSource(client, contract, table);
        const wanted = { table, key, selectList: plan.select, bounds: { rejectedBy, part, of: parts } };
        const again = await readAgain(client, wanted, from(quarantined));
        const transcoding = new Transcoding(client, {
          plan,
          query: again.query,
          codec: 'null',
          identity: 'test',
          onRejected: async (rows) => {
            again.rejected(rows);
            await Promise.resolve();
          },
        });
        const { records } = await decodeFile(await buffer(transcoding.file()));
        return { rows: records.map(({ shop, id }) => `${String(shop)} ${String(id)}`).sort(), found: again.found() };
      }),
    );
  }
  return results;
}

async function* from<T>(items: readonly T[]): AsyncGenerator<T, void, undefined> {
  for (const item of items) yield await Promise.resolve(item);
}

describe('rows in quarantine', () => {
  test('are found by their whole key, whatever is in it, and no others are read', async () => {
    const shops = ['a', 'o\'b"\\, (1)', '日本'];
    const [{ rows, found } = { rows: [], found: [] }] = await read([
      ...shops.map((shop, index) => rejected('r', shop, String(index + 1))),
      rejected('r', 'a', '99'),
      rejected('r', 'nowhere', '1'),
    ]);
    expect(rows).toEqual(['a 1', 'o\'b"\\, (1) 2', '日本 3']);
    expect(found).toEqual([{ ofRun: 'r', rows: 5, gone: 2, rejected: 0 }]);
  });

  test('that are still bad are rejected again, and counted', async () => {
    const [result] = await read([rejected('r', 'a', '30'), rejected('r', 'a', '29')]);
    expect(result).toEqual({ rows: ['a 29'], found: [{ ofRun: 'r', rows: 2, gone: 0, rejected: 1 }] });
  });

  test('that several runs rejected are read once, and count for each of them', async () => {
    const twice = [rejected('r', 'a', '1'), rejected('s', 'a', '1'), rejected('s', 'a', '1'), rejected('s', 'a', '30')];
    expect(await read(twice)).toEqual([
      {
        rows: ['a 1'],
        found: [
          { ofRun: 'r', rows: 1, gone: 0, rejected: 0 },
          { ofRun: 's', rows: 2, gone: 0, rejected: 1 },
        ],
      },
    ]);
  });

  test('are each in one of the slices that they are cut into', async () => {
    const all = Array.from({ length: 40 }, (_, id) => rejected('r', 'a', String(id + 1)));
    const slices = await read(all, { parts: 3 });
    expect(slices.flatMap(({ rows }) => rows).sort()).toEqual(
      Array.from({ length: 29 }, (_, id) => `a ${id + 1}`).sort(),
    );
    for (const { rows } of slices) expect(rows.length).toBeGreaterThan(0);
    const sum = (what: 'rows' | 'gone' | 'rejected'): number =>
      slices.reduce((total, { found }) => total + (found[0]?.[what] ?? 0), 0);
    expect([sum('rows'), sum('gone'), sum('rejected')]).toEqual([40, 10, 1]);
  });

  test('are found by a key of another type than text or number', async () => {
    const [result] = await read([rejected('r', 'a', '1')], { key: ['token'] });
    expect(result?.rows).toHaveLength(3);
  });

  test('of which there are none make a slice without rows', async () => {
    expect(await read([])).toEqual([{ rows: [], found: [] }]);
  });

  test('may be many', async () => {
    const [{ rows, found } = { rows: [], found: [] }] = await read(
      Array.from({ length: 100_000 }, (_, id) => rejected('r', 'a', String(id))),
    );
    expect(rows).toHaveLength(29);
    expect(found).toEqual([{ ofRun: 'r', rows: 100_000, gone: 99_970, rejected: 1 }]);
  });

  test('without a part of their key are found by nobody, and are gone', async () => {
    const [result] = await read([rejected('r', null, '1')]);
    expect(result).toEqual({ rows: [], found: [{ ofRun: 'r', rows: 1, gone: 1, rejected: 0 }] });
  });

  test('that were kept without a column of the key are refused', async () => {
    const reading = read([rejected('r', 'a', '1')], { key: ['shop', 'number'] });
    await expect(reading).rejects.toMatchObject({
      name: 'TerminalError',
      code: 'STATE_UNEXPECTED',
      message: expect.stringContaining('without column "number", which is in the key now'),
    });
  });

  test('whose key is no value of its column any more are refused', async () => {
    const reading = read([rejected('r', 'a', 'one')]);
    await expect(reading).rejects.toMatchObject({ name: 'TerminalError', message: expect.stringContaining('"one"') });
  });
});
