import pg from 'pg';
import { clientConfig, type Connection } from '../sources/connection.ts';
import { fromLedger } from '../sources/postgres-errors.ts';
import { ledgerSchema, migrate } from './migrate.ts';
import type { Queryable } from './queryable.ts';

/** The ledger: a schema of its own in Postgres that says what ran, what runs, and where the next run begins. */
export interface Ledger extends Queryable {
  /** Runs `work` in one transaction; commits what it did when it returns, and nothing when it throws. */
  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface LedgerOptions {
  /** Of the database that holds the ledger. */
  readonly connection: Connection;
  /** Connections at most; a function instance needs few. */
  readonly connections?: number;
  /** Told of errors on idle connections, which would end the process if nobody listened. */
  readonly onIdleError?: (error: Error) => void;
}

/**
 * Names by statement. A server plans a named statement once per connection, which is half of what a small one costs;
 * there are some dozens of them, and none is made up at run time.
 */
const names = new Map<string, string>();

/** The same statement under its name. What has no parameters may be several statements, and those have no name. */
function named(text: string, values: readonly unknown[] | undefined): pg.QueryConfig {
  if (!values) return { text };
  const name = names.get(text) ?? `ledger-${names.size}`;
  names.set(text, name);
  return { name, text, values: [...values] };
}

async function judged<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fromLedger(error);
  }
}

/**
 * Connects lazily; the first use brings the schema up to date, so that no deployment step can be forgotten.
 * A rejection that passes (a restart, a failover, a deadlock) is a TransientError; any other is pg's own.
 */
export function openLedger({ connection, connections = 4, onIdleError = () => undefined }: LedgerOptions): Ledger {
  const pool = new pg.Pool({
    ...clientConfig(connection, { search_path: ledgerSchema, timezone: 'UTC' }),
    max: connections,
    application_name: 'alir',
    connectionTimeoutMillis: 10_000,
    allowExitOnIdle: true,
  });
  pool.on('error', onIdleError);

  const inTransaction = async <T>(work: (tx: Queryable) => Promise<T>): Promise<T> => {
    const client = await pool.connect();
    let broken: Error | undefined;
    try {
      await client.query('begin');
      const result = await work({ query: async (text, values) => await client.query(named(text, values)) });
      await client.query('commit');
      return result;
    } catch (error) {
      await client.query('rollback').catch((failure: unknown) => {
        broken = failure as Error;
      });
      throw error;
    } finally {
      client.release(broken);
    }
  };

  let migrated: Promise<void> | undefined;
  const ready = async (): Promise<void> => {
    migrated ??= inTransaction(migrate);
    try {
      await migrated;
    } catch (error) {
      migrated = undefined; // A database that was down is asked again at the next call.
      throw error;
    }
  };

  return {
    query: async (text, values) =>
      await judged(async () => {
        await ready();
        return await pool.query(named(text, values));
      }),
    transaction: async (work) =>
      await judged(async () => {
        await ready();
        return await inTransaction(work);
      }),
    close: async () => {
      await pool.end();
    },
  };
}
