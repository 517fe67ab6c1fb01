import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { cleanUp } from './cleanup.ts';

/** A database of the test's own, dropped after the file. @returns its URL */
export async function createDatabase(): Promise<string> {
  const server = process.env['TEST_POSTGRES_URL'];
  if (server === undefined)
    throw new Error('TEST_POSTGRES_URL is not set; jest.config.js names the global setup that sets it');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await execute(server, `create database ${name}`);
  cleanUp(async () => {
    await execute(server, `drop database if exists ${name} with (force)`);
  });
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.toString();
}

/** One connection for the duration of `work`. */
export async function withConnection<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

export async function execute(
  url: string,
  sql: string,
  values: unknown[] = [],
): Promise<pg.QueryResult<Record<string, unknown>>> {
  return await withConnection(url, async (client) => await client.query(sql, values));
}
