import pg from 'pg';
import { describe, expect, test } from '@jest/globals';
import { TerminalError, TransientError } from '../../../../functions/runtime/errors.ts';
import { checkSource, selectList } from '../../../../functions/sources/columns.ts';
import { fromPostgres, quote, quoteTable } from '../../../../functions/sources/postgres.ts';
import { contractOf, DATE, everyType, TIMESTAMP } from '../../records.ts';

function state(code: string): Error {
  return Object.assign(new pg.DatabaseError('from Postgres', 0, 'error'), { code });
}

describe("Postgres' error", () => {
  test.each([
    ['28P01', 'a wrong password'],
    ['3D000', 'no such database'],
    ['42P01', 'no such table'],
    ['42501', 'no permission'],
    ['22003', 'a value out of range'],
    ['0A000', 'a feature that is not there'],
  ])('%s (%s) is terminal', (code) => {
    const error = fromPostgres('application', state(code));
    expect(error).toBeInstanceOf(TerminalError);
    expect(error).toMatchObject({ code: 'SOURCE_REFUSED' });
    expect((error as Error).message).toContain(`source "application": from Postgres (SQLSTATE ${code})`);
  });

  test.each([
    ['57P01', 'a shutdown'],
    ['57P03', 'a start that is not over'],
    ['53300', 'too many connections'],
    ['40001', 'a serialization failure'],
    ['40P01', 'a deadlock'],
    ['08006', 'a broken connection'],
  ])('%s (%s) is transient', (code) => {
    expect(fromPostgres('application', state(code))).toBeInstanceOf(TransientError);
  });

  test('without a code, from the network, is transient', () => {
    const error = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
    expect(fromPostgres('application', error)).toMatchObject({
      name: 'TransientError',
      message: 'source "application": ECONNREFUSED',
    });
  });

  test('that is ours already stays as it is', () => {
    for (const ours of [new TerminalError('AUDIT_FAILED', 'x'), new TransientError('LEASE_LOST', 'y')]) {
      expect(fromPostgres('application', ours)).toBe(ours);
    }
  });
});

test('names are quoted, whatever they hold', () => {
  expect(quote('order')).toBe('"order"');
  expect(quoteTable('a"; drop table b --')).toBe('public."a""; drop table b --"');
});

test('a row is selected as texts, in the order of its contract; arrays as JSON arrays of texts', () => {
  const contract = contractOf({ id: 'long', Day: DATE, tags: { type: 'array', items: 'int' } });
  expect(selectList(contract)).toBe('"id"::text, "Day"::text, array_to_json("tags"::text[])::text');
});

describe('a source table', () => {
  const check = async (columns: Record<string, string>, contract = everyType): Promise<void> => {
    const rows = Object.entries(columns).map(([name, type]) => ({ name, type }));
    const client = { query: async () => await Promise.resolve({ rows }) } as unknown as pg.Client;
    await checkSource(client, 'things', contract);
  };
  const small = contractOf({
    id: 'long',
    at: TIMESTAMP,
    tags: { type: 'array', items: 'string' },
    note: ['null', 'string'],
  });
  const fitting = { id: 'int8', at: 'timestamptz', tags: '_text', note: 'varchar' };

  test('that can fill the contract is taken, with columns more', async () => {
    await check({ ...fitting, more: 'jsonb' }, small);
    await check({ ...fitting, id: 'int2', note: 'uuid', tags: '_uuid' }, small);
  });

  test('that is not there is said to be', async () => {
    await expect(check({}, small)).rejects.toThrow('there is no table public.things in the source');
  });

  test.each([
    ['a column that is missing', { id: undefined }, 'there is no column "id"'],
    [
      'a number that may have decimals',
      { id: 'numeric' },
      'column "id" is numeric, and the contract takes int2 or int4 or int8',
    ],
    ['a time without a zone', { at: 'timestamp' }, 'column "at" is timestamp, and the contract takes timestamptz'],
    ['one value for many', { tags: 'text' }, 'column "tags" is text, and the contract takes text[] or varchar[]'],
    ['many for one', { note: '_text' }, 'column "note" is text[], and the contract takes text or varchar'],
    ['JSON', { note: 'jsonb' }, 'column "note" is jsonb'],
  ])('is refused before a byte is read: %s', async (_, change, reason) => {
    const columns = Object.entries({ ...fitting, ...change }).filter(([, type]) => type !== undefined);
    const error: unknown = await check(Object.fromEntries(columns) as Record<string, string>, small).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ name: 'TerminalError', code: 'SOURCE_CONTRACT_MISMATCH' });
    expect((error as Error).message).toContain(`public.things cannot fill contract test/thing: ${reason}`);
  });

  test('is told all that is wrong at once', async () => {
    await expect(check({ id: 'text', at: 'date' }, small)).rejects.toThrow(
      /"id" is text.*"at" is date.*"tags".*"note"/,
    );
  });
});
