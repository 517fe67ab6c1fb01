import pg from 'pg';
import { clientConfig, type Connection } from './connection.ts';
import { fromPostgres } from './postgres-errors.ts';

/** Sessions under this name cannot write, so they never hold a cursor back (see cursor.ts). */
export const READER = 'alir-read-only';

/** How long a source may take to answer the connection, in ms. */
const CONNECT_TIMEOUT_MS = 10_000;

/** After so long without a byte the system asks whether the other side is still there, in ms. */
const KEEP_ALIVE_MS = 30_000;

/** Values arrive as Postgres prints them; what they mean is the contract's business. */
const RAW_TEXT = { getTypeParser: () => (value: unknown) => value };

/**
 * Runs `work` on one connection that only reads, in UTC, with every value as text.
 * @throws TerminalError | TransientError, as `postgres-errors.ts` says of pg's
 */
export async function withReader<T>(
  connection: Connection,
  name: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const config = { application_name: READER, types: RAW_TEXT };
  return await withClient({ connection, name, config, settings: { default_transaction_read_only: 'on' } }, work);
}

/** The same for one that writes, with pg's ordinary values. */
export async function withWriter<T>(
  connection: Connection,
  name: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  return await withClient({ connection, name, config: { application_name: 'alir' }, settings: {} }, work);
}

interface Session {
  readonly connection: Connection;
  readonly name: string;
  readonly config: pg.ClientConfig;
  readonly settings: Readonly<Record<string, string>>;
}

async function withClient<T>(
  { connection, name, config, settings }: Session,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    ...clientConfig(connection, { timezone: 'UTC', datestyle: 'ISO,YMD', bytea_output: 'hex', ...settings }),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
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

export function quote(identifier: string): string {
  return pg.escapeIdentifier(identifier);
}

/** A table of the `public` schema, quoted. */
export function quoteTable(table: string): string {
  return `public.${quote(table)}`;
}
