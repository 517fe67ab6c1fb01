import pg from 'pg';
import { clientConfig, type Connection } from './connection.ts';
import { describeError, TerminalError, TransientError } from '../runtime/errors.ts';

/** Sessions under this name only read, so they never hold a cursor back (see cursor.ts). */
export const READER = 'alir-read-only';

/** How long a source may take to answer the connection, in ms. */
const CONNECT_TIMEOUT_MS = 10_000;

/** SQLSTATE classes that repetition does not cure: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const TERMINAL_CLASSES = ['28', '3D', '3F', '42', '0A', '22'];

/** Values arrive as Postgres prints them; what they mean is the contract's business. */
const RAW_TEXT = { getTypeParser: () => (value: unknown) => value };

/**
 * Runs `work` on one connection that only reads, in UTC, with every value as text.
 * @throws TerminalError SOURCE_REFUSED | TransientError SERVICE_UNAVAILABLE, whatever pg says
 */
export async function withReader<T>(
  connection: Connection,
  name: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  return await withClient(connection, name, { application_name: READER, types: RAW_TEXT }, work);
}

/** The same for one that writes, with pg's ordinary values. */
export async function withWriter<T>(
  connection: Connection,
  name: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  return await withClient(connection, name, { application_name: 'alir' }, work);
}

async function withClient<T>(
  connection: Connection,
  name: string,
  config: pg.ClientConfig,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    ...clientConfig(connection, { timezone: 'UTC', datestyle: 'ISO,YMD', bytea_output: 'hex' }),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    ...config,
  });
  // A connection that breaks between two queries would end the process if nobody listened; the next query says it.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    throw fromPostgres(name, error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** pg's error as one of ours; errors that are ours already stay as they are. */
export function fromPostgres(name: string, error: unknown): unknown {
  if (error instanceof TerminalError || error instanceof TransientError) return error;
  const state = error instanceof pg.DatabaseError ? (error.code ?? '') : '';
  const message = `source "${name}": ${describeError(error)}${state === '' ? '' : ` (SQLSTATE ${state})`}`;
  if (TERMINAL_CLASSES.includes(state.slice(0, 2)))
    return new TerminalError('SOURCE_REFUSED', message, { cause: error });
  return new TransientError('SERVICE_UNAVAILABLE', message, { cause: error });
}

export function quote(identifier: string): string {
  return pg.escapeIdentifier(identifier);
}

/** A table of the `public` schema, quoted. */
export function quoteTable(table: string): string {
  return `public.${quote(table)}`;
}
