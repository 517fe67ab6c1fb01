import pg from 'pg';
import { describeError, TerminalError, TransientError } from '../runtime/errors.ts';
import { NETWORK, networkCode } from '../runtime/network-errors.ts';
import { bornOf, type ErrorTable, judge, passes, stays, UNKNOWN, type Verdict } from '../runtime/verdict.ts';

const refused = (why: string) => stays('SOURCE_REFUSED', why);

/**
 * Postgres' errors by SQLSTATE, and where that is not here by its class, the first two characters. Their meanings:
 * https://www.postgresql.org/docs/current/errcodes-appendix.html; which of a transaction's failures want a repetition:
 * https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html
 */
export const POSTGRES_ERRORS: ErrorTable = {
  '08': passes('the connection was lost or not made'),
  '08P01': refused('the other side does not speak the protocol: it is no Postgres, or a proxy that is set up wrongly'),
  '0A': refused('this server does not have the feature'),
  '21': refused('a subquery gives more rows than it may'),
  '22': refused('a value does not fit where it is used'),
  '23': refused('a row breaks a constraint of its table'),
  '24': refused('a statement uses a cursor that is not open'),
  '25': refused('the statement is not allowed in this transaction'),
  '25006': passes('the session is on a standby: after a failover the next one is on the primary'),
  '25P03': passes('the server ended a session that was idle in its transaction'),
  '25P04': passes('the server ended a transaction that took too long'),
  '26': refused('a prepared statement is not there: a pooler gives each statement another session'),
  '28': refused('user, password or pg_hba.conf'),
  '2B': refused('other objects depend on it'),
  '2D': refused('the transaction cannot be ended there'),
  '2F': refused('a function of the database is wrong'),
  '34': refused('a cursor is not there'),
  '38': refused('a function of the database is wrong'),
  '39': refused('a function of the database is wrong'),
  '3B': refused('a savepoint is not there'),
  '3D': refused('the database is not there'),
  '3F': refused('the schema is not there'),
  '40': passes('serialization failures and deadlocks: the transaction is to be repeated as a whole'),
  '40002': refused('a row breaks a deferred constraint'),
  '42': refused('the statement is wrong, a table or a column is not there, or a grant is missing'),
  '44': refused('a row does not belong into its view'),
  '53': passes('disk, memory or connections are used up at the moment'),
  '54': refused('a limit of Postgres itself'),
  '55': refused('the object is not in a state that allows it'),
  '55006': passes('somebody else is using the object'),
  '55P03': passes('somebody else holds the lock'),
  '57': passes('an operator or a limit of time ended it'),
  '57014': passes('cancelled, by an operator or by statement_timeout'),
  '57P01': passes('the server is being shut down'),
  '57P02': passes('another session crashed, and the server restarts'),
  '57P03': passes('the server is starting'),
  '57P04': refused('the database was dropped'),
  '57P05': passes('the server ended a session that was idle'),
  '58': passes('an error of the operating system below Postgres'),
  '72': passes('the snapshot is too old: the next one is not'),
  F0: refused("the server's configuration is wrong"),
  HV: passes('a foreign server behind this one'),
  P0: refused('a function of the database raises it'),
  XX: passes('an internal error of Postgres'),
  XX001: refused('the data is corrupted'),
  XX002: refused('an index is corrupted'),

  // Not SQLSTATEs: what Node says of a server's certificate, https://nodejs.org/api/tls.html#x509-certificate-error-codes
  CERT_HAS_EXPIRED: refused("the server's certificate has expired"),
  DEPTH_ZERO_SELF_SIGNED_CERT: refused("nobody vouches for the server's certificate"),
  SELF_SIGNED_CERT_IN_CHAIN: refused("nobody vouches for the server's certificate"),
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: refused("the server's certificate comes from an authority that is not known here"),
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: refused("the server's certificate comes from an authority that is not known here"),
  ERR_TLS_CERT_ALTNAME_INVALID: refused("the server's certificate is another host's"),
};

/** An error of a source's as one of ours; errors that are ours already stay as they are. */
export function fromPostgres(name: string, error: unknown): unknown {
  if (error instanceof TerminalError || error instanceof TransientError) return error;
  return bornOf(judgePostgres(error) ?? UNKNOWN, `source "${name}": ${describe(error)}`, error);
}

/** An error of the ledger's that passes, as one of ours; what does not pass is a mistake of ours, and stays what it is. */
export function fromLedger(error: unknown): unknown {
  if (error instanceof TerminalError || error instanceof TransientError) return error;
  const verdict = judgePostgres(error);
  return verdict?.errorClass === 'transient' ? bornOf(verdict, `the ledger: ${describe(error)}`, error) : error;
}

function judgePostgres(error: unknown): Verdict | undefined {
  const code = sqlState(error);
  return judge(code === undefined ? [networkCode(error)] : [code, code.slice(0, 2)], POSTGRES_ERRORS, NETWORK);
}

function sqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? (error.code ?? '') : undefined;
}

function describe(error: unknown): string {
  const code = sqlState(error);
  return `${describeError(error)}${code === undefined ? '' : ` (SQLSTATE ${code})`}`;
}
