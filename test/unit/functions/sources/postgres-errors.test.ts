import pg from 'pg';
import { describe, expect, test } from '@jest/globals';
import { TerminalError, TransientError } from '../../../../functions/runtime/errors.ts';
import { fromPostgres } from '../../../../functions/sources/postgres-errors.ts';

function state(code: string): Error {
  return Object.assign(new pg.DatabaseError('from Postgres', 0, 'error'), { code });
}

describe("Postgres' error", () => {
  test.each([
    ['28P01', 'a wrong password'],
    ['28000', 'no entry in pg_hba.conf'],
    ['3D000', 'no such database'],
    ['3F000', 'no such schema'],
    ['42P01', 'no such table'],
    ['42501', 'no permission'],
    ['42601', 'a syntax error'],
    ['22003', 'a value out of range'],
    ['23505', 'a double key'],
    ['0A000', 'a feature that is not there'],
    ['25P02', 'a transaction that has failed already'],
    ['26000', 'a prepared statement in another session'],
    ['40002', 'a deferred constraint, in the class of those that are to be repeated'],
    ['54000', 'a limit of Postgres'],
    ['55000', 'an object in another state'],
    ['57P04', 'a database that was dropped, in the class of shutdowns'],
    ['08P01', 'another protocol, in the class of lost connections'],
    ['P0001', 'what a function raises'],
    ['XX001', 'corrupted data, in the class of internal errors'],
  ])('%s (%s) is terminal', (code) => {
    const error = fromPostgres('application', state(code));
    expect(error).toBeInstanceOf(TerminalError);
    expect(error).toMatchObject({ code: 'SOURCE_REFUSED' });
    expect((error as Error).message).toContain(`source "application": from Postgres (SQLSTATE ${code})`);
  });

  test.each([
    ['57P01', 'a shutdown'],
    ['57P02', 'a crash of another session'],
    ['57P03', 'a start that is not over'],
    ['57014', 'a statement that was cancelled'],
    ['53100', 'a full disk'],
    ['53300', 'too many connections'],
    ['40001', 'a serialization failure'],
    ['40P01', 'a deadlock'],
    ['55006', 'an object in use, in the class of what stays'],
    ['55P03', 'a lock that somebody holds, in the class of what stays'],
    ['25006', 'a standby, in the class of what stays'],
    ['08006', 'a broken connection'],
    ['58030', 'an input or output error'],
    ['XX000', 'an internal error'],
  ])('%s (%s) is transient', (code) => {
    expect(fromPostgres('application', state(code))).toMatchObject({
      name: 'TransientError',
      code: 'SERVICE_UNAVAILABLE',
    });
  });

  test('from the network is transient', () => {
    const error = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
    expect(fromPostgres('application', error)).toMatchObject({
      name: 'TransientError',
      code: 'SERVICE_UNAVAILABLE',
      message: 'source "application": ECONNREFUSED',
    });
  });

  test('of a certificate is terminal', () => {
    const error = Object.assign(new Error('certificate has expired'), { code: 'CERT_HAS_EXPIRED' });
    expect(fromPostgres('application', error)).toMatchObject({ name: 'TerminalError', code: 'SOURCE_REFUSED' });
  });

  test.each([
    ['a SQLSTATE of a class that is new', state('ZZ999')],
    ['no code', new Error('Connection terminated unexpectedly')],
    ['a code of five letters that is no SQLSTATE', Object.assign(new Error('x'), { code: '42P01' })],
  ])('that nobody knows, %s, may be tried again', (_, error) => {
    expect(fromPostgres('application', error)).toMatchObject({ name: 'TransientError', code: 'UNCLASSIFIED' });
  });

  test('that is ours already stays as it is', () => {
    for (const ours of [new TerminalError('AUDIT_FAILED', 'x'), new TransientError('LEASE_LOST', 'y')]) {
      expect(fromPostgres('application', ours)).toBe(ours);
    }
  });
});
