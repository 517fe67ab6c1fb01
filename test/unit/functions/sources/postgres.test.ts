import pg from 'pg';
import { describe, expect, test } from '@jest/globals';
import { TerminalError, TransientError } from '../../../../functions/runtime/errors.ts';
import { fromPostgres, quote, quoteTable } from '../../../../functions/sources/postgres.ts';

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
