import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { start } from '../../emulators/apis/index.ts';
import { generateLibrary, type LibraryCounts, type LibrarySpec } from '../../functions/generators/library.ts';
import { withWriter } from '../../functions/sources/postgres.ts';
import { cleanUp } from '../support/cleanup.ts';
import { createDatabase, execute } from '../support/postgres.ts';

const spec: LibrarySpec = { books: 25, members: 20, rents: 10, changes: 5 };
let apis: string;
let url: string;

beforeAll(async () => {
  const emulator = await start();
  cleanUp(async () => {
    await emulator.stop();
  });
  apis = emulator.env['OPENLIBRARY_URL'] ?? '';
});
beforeEach(async () => {
  url = await createDatabase();
  await fault('openlibrary', 'none');
  await fault('randomuser', 'none');
});

const fault = async (api: string, mode: string, more: object = {}): Promise<void> => {
  const response = await fetch(`${apis}/emulator/v1/faults`, {
    method: 'PUT',
    body: JSON.stringify({ api, mode, ...more }),
  });
  expect(response.status).toBe(200);
};

const generate = async (runId: string, how: LibrarySpec = spec): Promise<LibraryCounts> =>
  await withWriter(
    url,
    'application',
    async (client) => await generateLibrary(client, runId, how, { openLibraryUrl: apis, randomUserUrl: apis, fetch }),
  );

const select = async (sql: string): Promise<Record<string, unknown>[]> => (await execute(url, sql)).rows;

const idsOf = async (table: string): Promise<number[]> =>
  (await select(`select id::int from ${table} order by id`)).map((row) => row['id'] as number);

const oneTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

describe('generate', () => {
  test('adds what its pipeline says, and the first run has nothing to change', async () => {
    await expect(generate('run-1')).resolves.toEqual({
      books: 25,
      members: 20,
      rents: 10,
      rentsExtended: 0,
      stocksCorrected: 0,
    });
    expect(await idsOf('books_table')).toEqual(oneTo(25));
    expect(await idsOf('library_member')).toEqual(oneTo(20));
    expect(await idsOf('rent_table')).toEqual(oneTo(10));
  });

  test('ids continue, references are valid, rents lie 2 to 4 days back and fall due 2 to 4 days ahead', async () => {
    await generate('run-1');
    await generate('run-2');
    expect(await idsOf('books_table')).toEqual(oneTo(50));
    const dates = await select(
      `select count(*)::int as n from rent_table where id > 10 and current_date - rent_date between 2 and 4 and return_date - current_date between 2 and 4`,
    );
    expect(dates).toEqual([{ n: 10 }]);
    await expect(
      execute(
        url,
        'insert into rent_table (id, book_id, library_member_id, rent_date, return_date) values (99, 999, 1, now(), now())',
      ),
    ).rejects.toThrow('foreign key');
  });

  test('changes existing rows, never its own, and the trigger moves updated_at and leaves created_at', async () => {
    await generate('run-1');
    await expect(generate('run-2')).resolves.toMatchObject({ rentsExtended: 5, stocksCorrected: 5 });
    for (const [table, known] of [
      ['rent_table', 10],
      ['books_table', 25],
    ] as const) {
      const changed = await select(
        `select max(id)::int <= ${known} as old, count(*)::int as n from ${table} where updated_at > created_at`,
      );
      expect(changed).toEqual([{ old: true, n: 5 }]);
    }
  });

  test('invariant 3: a redelivered tick generates nothing twice and answers what it did', async () => {
    await generate('run-1');
    const second = await generate('run-2');
    await expect(generate('run-2')).resolves.toEqual(second);
    expect(await idsOf('books_table')).toEqual(oneTo(50));
  });

  test('two generators at once, on an empty database, agree on tables and ids', async () => {
    await Promise.all(['run-1', 'run-2', 'run-3', 'run-3'].map(async (runId) => await generate(runId)));
    expect(await idsOf('books_table')).toEqual(oneTo(75));
    expect(await idsOf('rent_table')).toEqual(oneTo(30));
  });

  test('tables that are there are left alone', async () => {
    await execute(
      url,
      'create table library_member (id int primary key, name text, age int, updated_at timestamptz, extra text)',
    );
    await execute(url, `insert into library_member values (41, 'Already Here', 30, now(), 'kept')`);
    await generate('run-1', { books: 0, members: 1, rents: 0, changes: 0 }).catch((error: unknown) => error);
    expect(await select('select extra from library_member where id = 41')).toEqual([{ extra: 'kept' }]);
  });

  test('an empty library rents nothing', async () => {
    await expect(generate('run-1', { ...spec, books: 0, members: 0 })).resolves.toMatchObject({ rents: 0 });
  });
});

describe('an outside API', () => {
  test.each(['down', 'rate-limited', 'nonsense', 'wrong-shape'])(
    'that is %s for a moment is asked again',
    async (mode) => {
      await fault('openlibrary', mode, { times: 1 });
      await expect(generate('run-1')).resolves.toMatchObject({ books: 25 });
    },
  );

  test.each([
    ['openlibrary', 'down'],
    ['openlibrary', 'nonsense'],
    ['randomuser', 'wrong-shape'],
  ])('%s that stays %s fails the run clearly, with nothing half-written', async (api, mode) => {
    await fault(api, mode);
    await expect(generate('run-1')).rejects.toMatchObject({
      name: 'TransientError',
      code: 'SERVICE_UNAVAILABLE',
      message: expect.stringMatching(/gave no usable answer in 4 attempts: .*\(GET http/),
    });
    for (const table of ['books_table', 'library_member', 'rent_table', 'alir_generated']) {
      expect(await select(`select count(*)::int as n from ${table}`)).toEqual([{ n: 0 }]);
    }
    await fault(api, 'none');
    await expect(generate('run-1')).resolves.toMatchObject({ books: 25, members: 20, rents: 10 });
  });
});
