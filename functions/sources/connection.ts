import type pg from 'pg';

/** Where a database is and how to log into it: a postgres:// URL, or pg's own settings. */
export type Connection = string | pg.ClientConfig;

/** pg's settings for a connection whose sessions begin with these settings, after those that it has itself. */
export function clientConfig(connection: Connection, settings: Readonly<Record<string, string>>): pg.ClientConfig {
  const { options = '', ...rest } = typeof connection === 'string' ? { connectionString: connection } : connection;
  const added = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
  return { ...rest, options: [options, ...added].filter(Boolean).join(' ') };
}
