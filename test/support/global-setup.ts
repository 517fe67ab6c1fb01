import { start } from '../../emulators/postgres/index.ts';

/** One Postgres for the whole test run; every test file makes databases of its own in it (`postgres.ts`). */
export default async function setup(): Promise<void> {
  process.env['METADATA_SERVER_DETECTION'] = 'none';
  const postgres = await start();
  const { PGHOST = '', PGPORT = '', PGUSER = '', PGPASSWORD = '' } = postgres.env;
  process.env['TEST_POSTGRES_URL'] = `postgres://${PGUSER}:${PGPASSWORD}@${PGHOST}:${PGPORT}/postgres`;
  (globalThis as { stopTestPostgres?: () => Promise<void> }).stopTestPostgres = async () => {
    await postgres.stop();
  };
}
