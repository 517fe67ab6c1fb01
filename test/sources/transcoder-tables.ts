import pg from 'pg';
import type { CodecName } from '../../functions/transcoder/codecs.ts';
import { cleanUp } from '../support/cleanup.ts';
import { createDatabase } from '../support/postgres.ts';
import { SETUP, type TypeSpec } from '../unit/functions/transcoder/values.ts';

export const CODECS: readonly CodecName[] = ['null', 'deflate', 'snappy', 'zstandard'];
const OPTIONS = '-c timezone=UTC -c intervalstyle=iso_8601 -c datestyle=ISO';

/** The database of the test file. */
export const url = createDatabase();

/** A session that prints values as the contracts have them; it ends with the test file. */
export async function connect(config: pg.ClientConfig = {}): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: await url, options: OPTIONS, ...config });
  client.on('error', () => undefined);
  await client.connect();
  cleanUp(async () => {
    await client.end();
  });
  return client;
}

/** The session that makes the tables, in a database that has the types. */
export const writer = (async () => {
  const client = await connect();
  for (const statement of SETUP) await client.query(statement);
  return client;
})();

export interface Column {
  readonly name: string;
  readonly spec: TypeSpec;
  readonly nullable: boolean;
}
